package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Calls on sockets. The constants are those of asm-generic, which x86-64 and aarch64 share. */
final class SocketCalls {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;

    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x8_0000;

    static final int SOL_SOCKET = 1;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_REUSEPORT = 15;
    static final int SO_SNDBUFFORCE = 32;
    static final int SO_RCVBUFFORCE = 33;

    static final int IPPROTO_IP = 0;
    static final int IP_TTL = 2;
    static final int IP_MTU_DISCOVER = 10;
    static final int IP_PMTUDISC_DO = 2;

    static final int IPPROTO_UDP = 17;
    static final int UDP_NO_CHECK6_RX = 102;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;

    static final int IPPROTO_IPV6 = 41;
    static final int IPV6_UNICAST_HOPS = 16;
    static final int IPV6_MTU_DISCOVER = 23;
    static final int IPV6_PMTUDISC_DO = 2;
    static final int IPV6_V6ONLY = 26;

    static final int SOL_NETLINK = 270;
    static final int NETLINK_CAP_ACK = 10;
    static final int NETLINK_EXT_ACK = 11;

    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;

    private static final LibcFunction SOCKET = LibcFunction.named("socket");
    private static final LibcFunction SOCKETPAIR = LibcFunction.named("socketpair");
    private static final LibcFunction BIND = LibcFunction.named("bind");
    private static final LibcFunction GETSOCKNAME = LibcFunction.named("getsockname");
    private static final LibcFunction SETSOCKOPT = LibcFunction.named("setsockopt");
    private static final LibcFunction SEND = LibcFunction.named("send");
    private static final LibcFunction RECV = LibcFunction.named("recv");
    private static final LibcFunction SENDMMSG = LibcFunction.named("sendmmsg");
    private static final LibcFunction RECVMMSG = LibcFunction.named("recvmmsg");

    private static final long NO_TIMEOUT = 0;

    private SocketCalls() {}

    static int socket(CallState state, int family, int type, int protocol) {
        return SOCKET.call(state, family, type, protocol);
    }

    /** Fills {@code pair} with two sockets that are connected to each other. */
    static int socketpair(CallState state, int family, int type, int[] pair) {
        try (var arena = Arena.ofConfined()) {
            var sockets = arena.allocate(JAVA_INT, 2);
            int result = SOCKETPAIR.call(state, family, type, 0, sockets.address(), 0);
            MemorySegment.copy(sockets, JAVA_INT, 0, pair, 0, 2);
            return result;
        }
    }

    static int bind(CallState state, int socket, MemorySegment address, int length) {
        return BIND.call(state, socket, address.address(), length);
    }

    /** Fills {@code address} with what the socket is bound to. */
    static int getsockname(CallState state, int socket, MemorySegment address) {
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
            return GETSOCKNAME.call(state, socket, address.address(), length.address());
        }
    }

    static int setsockopt(CallState state, int socket, int level, int option, int value) {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocateFrom(JAVA_INT, value);
            return SETSOCKOPT.call(state, socket, level, option, memory.address(), JAVA_INT.byteSize());
        }
    }

    static int send(CallState state, int socket, long address, int bytes, int flags) {
        return SEND.call(state, socket, address, bytes, flags, 0);
    }

    static int recv(CallState state, int socket, long address, int bytes, int flags) {
        return RECV.call(state, socket, address, bytes, flags, 0);
    }

    /** @param messages address of {@code count} structures mmsghdr, as {@link MessageArray} holds them */
    static int sendmmsg(CallState state, int socket, long messages, int count, int flags) {
        return SENDMMSG.callOften(state, socket, messages, count, flags, 0);
    }

    /** Without its timeout, which does not do what it says (recvmmsg(2), "Bugs"). */
    static int recvmmsg(CallState state, int socket, long messages, int count, int flags) {
        return RECVMMSG.callOften(state, socket, messages, count, flags, NO_TIMEOUT);
    }
}
