package io.dunlin.vxlan.wire;

/**
 * UDP header (RFC 768).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |        Destination Port       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Length             |            Checksum           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class UdpHeader {
    public static final int SOURCE_PORT = 0;
    public static final int DESTINATION_PORT = 2;
    public static final int DATAGRAM_LENGTH = 4;
    public static final int CHECKSUM = 6;
    public static final int LENGTH = 8;

    private UdpHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int sourcePort(Memory memory, int at) {
        return memory.u16(at + SOURCE_PORT);
    }

    /** At the same place in TCP's header, as is the other one. */
    public static void setSourcePort(Memory memory, int at, int port) {
        memory.u16(at + SOURCE_PORT, port);
    }

    public static void setDestinationPort(Memory memory, int at, int port) {
        memory.u16(at + DESTINATION_PORT, port);
    }

    public static int destinationPort(Memory memory, int at) {
        return memory.u16(at + DESTINATION_PORT);
    }

    /** Both ports as one number: what tells the flows of two hosts apart; at the same place in TCP's header. */
    public static int ports(Memory memory, int at) {
        return memory.i32(at);
    }

    /** Partial sum of the ports. */
    public static long sumOfPorts(Memory memory, int at) {
        return InternetChecksum.sum(memory, at, DATAGRAM_LENGTH);
    }

    /** Bytes of header and payload. */
    public static int datagramLength(Memory memory, int at) {
        return memory.u16(at + DATAGRAM_LENGTH);
    }

    public static void setDatagramLength(Memory memory, int at, int bytes) {
        memory.u16(at + DATAGRAM_LENGTH, bytes);
    }

    /** The checksum field; 0 stands for none (RFC 768). */
    public static int checksum(Memory memory, int at) {
        return memory.u16(at + CHECKSUM);
    }

    /** Writes all 8 bytes, without a checksum: of what is authenticated otherwise, or goes through a tunnel (RFC 6935, for IPv6). */
    public static void writeUnsummed(Memory memory, int at, int sourcePort, int destinationPort, int length) {
        memory.u16(at + SOURCE_PORT, sourcePort);
        memory.u16(at + DESTINATION_PORT, destinationPort);
        memory.u16(at + DATAGRAM_LENGTH, length);
        memory.u16(at + CHECKSUM, 0);
    }

    /** Sets the checksum field, 0 to 0xffff. */
    public static void setChecksum(Memory memory, int at, int checksum) {
        memory.u16(at + CHECKSUM, checksum);
    }
}
