package io.dunlin.vxlan.io.linux;

import static io.dunlin.vxlan.io.linux.LinuxException.check;
import static io.dunlin.vxlan.io.linux.SocketCalls.*;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;

/** Opens the descriptors of a {@link LinuxUdpSocket}: kernel UDP sockets with the options an outer header asks for. */
final class UdpDescriptors {
    /** Bytes asked for in each direction: some 10 ms at 10 Gbit/s. The kernel grants what {@code net.core.[rw]mem_max} allows if that is less. */
    private static final int BUFFER = 16 << 20;

    /** TTL and hop limit of the outer header: what RFC 1700 recommends, whatever {@code net.ipv4.ip_default_ttl} says. */
    private static final int OUTER_TTL = 64;

    private UdpDescriptors() {}

    /**
     * A socket that datagrams of the data-path port arrive at.
     *
     * @param joining whether it shares the port with one that {@linkplain #share shares} it; without, a port in use is an error
     */
    static int openReceiving(CallState state, IpAddress address, int port, boolean joining) throws LinuxException {
        int socket = open(state, address, port, joining);
        try {
            enlarge(state, socket, SO_RCVBUFFORCE, SO_RCVBUF);
            if (!address.isIpv4()) {
                // RFC 7348 section 5: a VXLAN datagram without a UDP checksum must be accepted; over IPv6 only on
                // request (RFC 6935).
                // Kernels before 3.16 lack the option, and drop such datagrams.
                setsockopt(state, socket, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
            }
            return socket;
        } catch (Throwable t) {
            FileCalls.close(socket);
            throw t;
        }
    }

    /** A socket that only sends, from a port the kernel picks. Nobody reads what strays to it, so it keeps next to nothing. */
    static int openSending(CallState state, IpAddress address) throws LinuxException {
        int socket = open(state, address, 0, false);
        try {
            enlarge(state, socket, SO_SNDBUFFORCE, SO_SNDBUF);
            setsockopt(state, socket, SOL_SOCKET, SO_RCVBUF, 0); // the kernel raises it to its minimum, a packet or two
            return socket;
        } catch (Throwable t) {
            FileCalls.close(socket);
            throw t;
        }
    }

    /** Lets the kernel join received datagrams (UDP_GRO); false where it cannot. */
    static boolean joinReceived(CallState state, int socket) {
        return setsockopt(state, socket, IPPROTO_UDP, UDP_GRO, 1) == 0;
    }

    /** Whether the kernel can cut what is sent (UDP_SEGMENT). Sets nothing: each message says its own size. */
    static boolean canCut(CallState state, int socket) {
        return setsockopt(state, socket, IPPROTO_UDP, UDP_SEGMENT, 0) == 0;
    }

    /** Address and port the socket is bound to. */
    static InetSocketAddress localAddress(CallState state, int socket, IpAddress address) throws LinuxException {
        try (var arena = Arena.ofConfined()) {
            var name = Memory.of(arena.allocate(Sockaddr.ROOM, 8));
            check(getsockname(state, socket, name.segment()), "getsockname", address.toString());
            return new InetSocketAddress(address.toInetAddress(), Sockaddr.port(name, 0));
        }
    }

    /**
     * Lets others of this user share the socket's port from now on; datagrams are spread over them by a hash of their addresses and
     * ports. To be called after it was bound: asked for before, the kernel would not say that the port is another program's.
     */
    static void share(CallState state, int socket, String text) throws LinuxException {
        set(state, socket, SOL_SOCKET, SO_REUSEPORT, 1, text);
    }

    private static int open(CallState state, IpAddress address, int port, boolean joining) throws LinuxException {
        var text = Sockaddr.text(new InetSocketAddress(address.toInetAddress(), port));
        int family = Sockaddr.family(address);
        int socket = check(socket(state, family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP), "socket", text);
        try (var arena = Arena.ofConfined()) {
            // DF: a router that cannot pass the datagram shall say so, and the kernel then refuses the next (EMSGSIZE),
            // rather than
            // fragments be lost one by one (RFC 7348 section 4.3).
            if (family == AF_INET) {
                set(state, socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, text);
                set(state, socket, IPPROTO_IP, IP_TTL, OUTER_TTL, text);
            } else {
                set(state, socket, IPPROTO_IPV6, IPV6_V6ONLY, 1, text);
                set(state, socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, text);
                set(state, socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, OUTER_TTL, text);
            }
            if (joining) {
                share(state, socket, text);
            }
            var name = Memory.of(arena.allocate(Sockaddr.ROOM, 8));
            Sockaddr.put(name, 0, family, port);
            Sockaddr.putAddress(name, 0, family, address.high(), address.low());
            check(bind(state, socket, name.segment(), Sockaddr.length(family)), "bind", text);
            return socket;
        } catch (Throwable t) {
            FileCalls.close(socket);
            throw t;
        }
    }

    private static void set(CallState state, int socket, int level, int option, int value, String text)
            throws LinuxException {
        check(setsockopt(state, socket, level, option, value), "setsockopt", text);
    }

    /** A smaller buffer than asked for loses packets earlier, which is counted; it is no reason not to start. */
    private static void enlarge(CallState state, int socket, int force, int plain) {
        if (setsockopt(state, socket, SOL_SOCKET, force, BUFFER) < 0) {
            setsockopt(state, socket, SOL_SOCKET, plain, BUFFER);
        }
    }
}
