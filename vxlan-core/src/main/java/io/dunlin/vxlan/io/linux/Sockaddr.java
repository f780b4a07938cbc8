package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.net.InetSocketAddress;

/**
 * {@code struct sockaddr_in} and {@code struct sockaddr_in6} over (memory, offset), without judgement of their content.
 *
 * <pre>
 * offset           0             2            4               8              24
 * sockaddr_in      family (host) port (net)   address (net)   zeros to 16
 * sockaddr_in6     family (host) port (net)   flow label      address (net)  scope id, to 28
 * </pre>
 */
final class Sockaddr {
    static final int IPV4_LENGTH = 16;
    static final int IPV6_LENGTH = 28;
    /** Room for either, a multiple of 8. */
    static final int ROOM = 32;

    private static final int FAMILY = 0;
    private static final int PORT = 2;
    private static final int IPV4_ADDRESS = 4;
    private static final int IPV6_ADDRESS = 8;

    private Sockaddr() {}

    static int family(IpAddress address) {
        return address.isIpv4() ? SocketCalls.AF_INET : SocketCalls.AF_INET6;
    }

    static int length(int family) {
        return family == SocketCalls.AF_INET ? IPV4_LENGTH : IPV6_LENGTH;
    }

    /** Family and port; the rest is left as it is (zeros, in memory just allocated). */
    static void put(Memory memory, int offset, int family, int port) {
        memory.hostU16(offset + FAMILY, family);
        memory.u16(offset + PORT, port);
    }

    /** The address alone, of the given family. */
    static void putAddress(Memory memory, int offset, int family, long high, long low) {
        if (family == SocketCalls.AF_INET) {
            memory.i32(offset + IPV4_ADDRESS, (int) low);
        } else {
            memory.i64(offset + IPV6_ADDRESS, high);
            memory.i64(offset + IPV6_ADDRESS + 8, low);
        }
    }

    /** As {@link IpAddress#high()}. */
    static long high(Memory memory, int offset, int family) {
        return family == SocketCalls.AF_INET ? 0 : memory.i64(offset + IPV6_ADDRESS);
    }

    /** As {@link IpAddress#low()}. */
    static long low(Memory memory, int offset, int family) {
        return family == SocketCalls.AF_INET
                ? IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(memory.i32(offset + IPV4_ADDRESS))
                : memory.i64(offset + IPV6_ADDRESS + 8);
    }

    static int port(Memory memory, int offset) {
        return memory.u16(offset + PORT);
    }

    /** {@code 10.0.0.1:4789}, {@code [fd00::1]:4789}. */
    static String text(InetSocketAddress address) {
        var ip = IpAddress.of(address.getAddress());
        return (ip.isIpv4() ? ip.toString() : "[" + ip + "]") + ":" + address.getPort();
    }
}
