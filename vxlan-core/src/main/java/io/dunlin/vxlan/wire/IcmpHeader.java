package io.dunlin.vxlan.wire;

/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) header: both begin alike.
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     by type: identifier and sequence number, or an MTU        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class IcmpHeader {
    public static final int TYPE = 0;
    public static final int CODE = 1;
    public static final int CHECKSUM = 2;
    public static final int REST = 4;
    public static final int LENGTH = 8;

    public static final int ECHO_REPLY = 0;
    public static final int UNREACHABLE = 3;
    public static final int REDIRECT = 5;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;
    /** Code of {@link #UNREACHABLE}: fragmentation needed and "don't fragment" set; the next hop's MTU in bytes 6 and 7 (RFC 1191). */
    public static final int FRAGMENTATION_NEEDED = 4;

    /** Code of {@link #UNREACHABLE}: nobody listens on the port. */
    public static final int PORT_UNREACHABLE = 3;

    /** ICMPv6: destination unreachable. */
    public static final int V6_UNREACHABLE = 1;
    /** Code of {@link #V6_UNREACHABLE}: nobody listens on the port. */
    public static final int V6_PORT_UNREACHABLE = 4;
    /** ICMPv6: packet too big; the MTU in bytes 4 to 7. */
    public static final int V6_TOO_BIG = 2;
    /** ICMPv6: types below are errors, types from here on are not. */
    public static final int V6_FIRST_INFORMATIONAL = 128;

    public static final int V6_ECHO_REQUEST = 128;
    public static final int V6_ECHO_REPLY = 129;
    public static final int V6_ROUTER_SOLICITATION = 133;
    public static final int V6_NEIGHBOUR_SOLICITATION = 135;
    public static final int V6_NEIGHBOUR_ADVERTISEMENT = 136;
    public static final int V6_REDIRECT = 137;

    private IcmpHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int type(Memory memory, int at) {
        return memory.u8(at + TYPE);
    }

    public static int code(Memory memory, int at) {
        return memory.u8(at + CODE);
    }

    /** Of an echo request or reply. */
    public static int identifier(Memory memory, int at) {
        return memory.u16(at + REST);
    }

    /** The checksum field, 0 to 0xffff. */
    public static int checksum(Memory memory, int at) {
        return memory.u16(at + CHECKSUM);
    }

    /** Writes type, code and the four bytes after the checksum, and a checksum of 0. */
    public static void write(Memory memory, int at, int type, int code, int rest) {
        memory.i32(at, type << 24 | code << 16);
        memory.i32(at + REST, rest);
    }

    /** Changes the type, and the checksum with it; the code stays. */
    public static void setType(Memory memory, int at, int type) {
        int before = memory.u16(at);
        int after = type << 8 | (before & 0xff);
        memory.u16(at, after);
        int checksum = InternetChecksum.update(memory.u16(at + CHECKSUM), before, after);
        // An echo reply with identifier, sequence number and payload 0 is the one message without any bit set. Its
        // checksum is 0xffff,
        // where the update says 0, as it does for a payload that sums up to 0xffff. 0xffff is right for both.
        if (checksum == 0 && after == 0 && memory.i32(at + REST) == 0) {
            checksum = 0xffff;
        }
        setChecksum(memory, at, checksum);
    }

    public static void setChecksum(Memory memory, int at, int checksum) {
        memory.u16(at + CHECKSUM, checksum);
    }

    /** Sets the checksum of an ICMP message over IPv4, whose field is 0 now. */
    public static void completeIpv4(Memory memory, int at, int bytes) {
        setChecksum(memory, at, InternetChecksum.finish(InternetChecksum.sum(memory, at, bytes)));
    }

    /** Sets the checksum of an ICMPv6 message, whose field is 0 now, with the pseudo-header of the IPv6 header at {@code ip}. */
    public static void completeIpv6(Memory memory, int ip, int at, int bytes) {
        long pseudo = InternetChecksum.pseudoHeaderIpv6(memory, ip, IpProtocol.ICMPV6, bytes);
        setChecksum(memory, at, InternetChecksum.finish(pseudo + InternetChecksum.sum(memory, at, bytes)));
    }

    public static boolean isChecksumRightIpv4(Memory memory, int at, int bytes) {
        return InternetChecksum.isRight(InternetChecksum.sum(memory, at, bytes));
    }

    public static boolean isChecksumRightIpv6(Memory memory, int ip, int at, int bytes) {
        long pseudo = InternetChecksum.pseudoHeaderIpv6(memory, ip, IpProtocol.ICMPV6, bytes);
        return InternetChecksum.isRight(pseudo + InternetChecksum.sum(memory, at, bytes));
    }
}
