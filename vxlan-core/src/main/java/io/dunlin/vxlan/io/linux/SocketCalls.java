package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls on sockets. The constants are those of asm-generic, which x86-64 and aarch64 share; the hot calls take memory as an address
 * (see {@link FileCalls}).
 */
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

    private static final MethodHandle SOCKET =
            Libc.link("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SOCKETPAIR =
            Libc.link("socketpair", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BIND =
            Libc.link("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKNAME =
            Libc.link("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SETSOCKOPT =
            Libc.link("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final FunctionDescriptor TRANSFER =
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SEND = Libc.link("send", TRANSFER);
    private static final MethodHandle RECV = Libc.link("recv", TRANSFER);
    private static final FunctionDescriptor SENDS =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle SENDMMSG = Libc.linkUnchecked("sendmmsg", SENDS);
    private static final MethodHandle SENDMMSG_ERRNO = Libc.link("sendmmsg", SENDS);
    private static final FunctionDescriptor RECEIVES =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle RECVMMSG = Libc.linkUnchecked("recvmmsg", RECEIVES);
    private static final MethodHandle RECVMMSG_ERRNO = Libc.link("recvmmsg", RECEIVES);

    private SocketCalls() {}

    static int socket(CallState state, int family, int type, int protocol) {
        try {
            return state.orError((int) SOCKET.invokeExact(state.memory(), family, type, protocol));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Fills {@code pair} with two sockets that are connected to each other. */
    static int socketpair(CallState state, int family, int type, int[] pair) {
        try (var arena = Arena.ofConfined()) {
            var sockets = arena.allocate(JAVA_INT, 2);
            int result = state.orError((int) SOCKETPAIR.invokeExact(state.memory(), family, type, 0, sockets));
            MemorySegment.copy(sockets, JAVA_INT, 0, pair, 0, 2);
            return result;
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int bind(CallState state, int socket, MemorySegment address, int length) {
        try {
            return state.orError((int) BIND.invokeExact(state.memory(), socket, address, length));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Fills {@code address} with what the socket is bound to. */
    static int getsockname(CallState state, int socket, MemorySegment address) {
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
            return state.orError((int) GETSOCKNAME.invokeExact(state.memory(), socket, address, length));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int setsockopt(CallState state, int socket, int level, int option, int value) {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocateFrom(JAVA_INT, value);
            return state.orError((int)
                    SETSOCKOPT.invokeExact(state.memory(), socket, level, option, memory, (int) JAVA_INT.byteSize()));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static long send(CallState state, int socket, long address, long bytes, int flags) {
        try {
            return state.orError((long) SEND.invokeExact(state.memory(), socket, address, bytes, flags));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static long recv(CallState state, int socket, long address, long bytes, int flags) {
        try {
            return state.orError((long) RECV.invokeExact(state.memory(), socket, address, bytes, flags));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** @param messages address of {@code count} structures mmsghdr, as {@link MessageArray} holds them */
    static int sendmmsg(CallState state, int socket, long messages, int count, int flags) {
        try {
            int sent = (int) SENDMMSG.invokeExact(socket, messages, count, flags);
            return sent >= 0
                    ? sent
                    : state.orError((int) SENDMMSG_ERRNO.invokeExact(state.memory(), socket, messages, count, flags));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Without its timeout, which does not do what it says (recvmmsg(2), "Bugs"). */
    static int recvmmsg(CallState state, int socket, long messages, int count, int flags) {
        try {
            int received = (int) RECVMMSG.invokeExact(socket, messages, count, flags, 0L);
            return received >= 0
                    ? received
                    : state.orError(
                            (int) RECVMMSG_ERRNO.invokeExact(state.memory(), socket, messages, count, flags, 0L));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
