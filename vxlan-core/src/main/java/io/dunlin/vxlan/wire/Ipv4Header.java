package io.dunlin.vxlan.wire;

/**
 * IPv4 header (RFC 791 section 3.1).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |    DSCP   |ECN|          Total Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |Flags|     Fragment Offset     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Time to Live |    Protocol   |        Header Checksum        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Source Address                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Destination Address                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Options …                          |
 * }</pre>
 */
public final class Ipv4Header {
    public static final int VERSION_IHL = 0;
    public static final int TRAFFIC_CLASS = 1;
    public static final int TOTAL_LENGTH = 2;
    public static final int IDENTIFICATION = 4;
    public static final int FRAGMENT = 6;
    public static final int TTL = 8;
    public static final int PROTOCOL = 9;
    public static final int CHECKSUM = 10;
    public static final int SOURCE = 12;
    public static final int DESTINATION = 16;
    /** Without options. */
    public static final int LENGTH = 20;

    /** Of {@link #fragment}: do not fragment. */
    public static final int DONT_FRAGMENT = 0x4000;
    /** Of {@link #fragment}: more fragments follow. */
    public static final int MORE_FRAGMENTS = 0x2000;
    /** Of {@link #fragment}: offset in units of 8 bytes. */
    public static final int OFFSET_MASK = 0x1fff;

    private Ipv4Header() {}

    /** Whether {@code available} bytes hold a header without options: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    /** Bytes of the header with its options: 0 to 60, legal from 20 on. */
    public static int headerLength(Memory memory, int at) {
        return (memory.u8(at) & 15) << 2;
    }

    public static int totalLength(Memory memory, int at) {
        return memory.u16(at + TOTAL_LENGTH);
    }

    public static int identification(Memory memory, int at) {
        return memory.u16(at + IDENTIFICATION);
    }

    /** Flags and offset, for the masks above. */
    public static int fragment(Memory memory, int at) {
        return memory.u16(at + FRAGMENT);
    }

    /** Whether it is a part of a packet: the first, the last or one in between. */
    public static boolean isFragment(Memory memory, int at) {
        return (fragment(memory, at) & (MORE_FRAGMENTS | OFFSET_MASK)) != 0;
    }

    public static int ttl(Memory memory, int at) {
        return memory.u8(at + TTL);
    }

    public static int protocol(Memory memory, int at) {
        return memory.u8(at + PROTOCOL);
    }

    public static int source(Memory memory, int at) {
        return memory.i32(at + SOURCE);
    }

    public static int destination(Memory memory, int at) {
        return memory.i32(at + DESTINATION);
    }

    /** The option byte at {@code offset} from the header's start; {@link #headerLength} bounds it. */
    public static int optionByte(Memory memory, int at, int offset) {
        return memory.u8(at + offset);
    }

    public static boolean isChecksumRight(Memory memory, int at, int headerLength) {
        // Nearly all headers are without options, and a sum whose length the compiler knows has no branches: 2 ns of
        // IpCheckBenchmark's 18.
        long sum = headerLength == LENGTH
                ? InternetChecksum.sum(memory, at, LENGTH)
                : InternetChecksum.sum(memory, at, headerLength);
        return InternetChecksum.isRight(sum);
    }

    /** Writes a header of 20 bytes with a right checksum; identification 0, which "don't fragment" allows (RFC 6864). */
    public static void write(
            Memory memory, int at, int totalLength, int ttl, int protocol, int source, int destination) {
        memory.i32(at, 0x4500_0000 | totalLength);
        memory.i32(at + IDENTIFICATION, DONT_FRAGMENT);
        memory.i32(at + TTL, ttl << 24 | protocol << 16);
        memory.i32(at + SOURCE, source);
        memory.i32(at + DESTINATION, destination);
        memory.u16(at + CHECKSUM, InternetChecksum.finish(InternetChecksum.sum(memory, at, LENGTH)));
    }

    /**
     * Partial sum of what the segments of one super-packet share: all but length, identification and checksum.
     *
     * @param headerLength bytes, with options
     */
    public static long sumOfShared(Memory memory, int at, int headerLength) {
        return InternetChecksum.sum(memory, at, headerLength)
                + InternetChecksum.without(totalLength(memory, at))
                + InternetChecksum.without(identification(memory, at))
                + InternetChecksum.without(memory.u16(at + CHECKSUM));
    }

    /**
     * Sets what a segment has of its own, and the checksum.
     *
     * @param sumOfShared of {@link #sumOfShared}
     */
    public static void setOwn(Memory memory, int at, int totalLength, int identification, long sumOfShared) {
        memory.u16(at + TOTAL_LENGTH, totalLength);
        memory.u16(at + IDENTIFICATION, identification);
        long sum = sumOfShared + InternetChecksum.word(totalLength) + InternetChecksum.word(identification);
        memory.u16(at + CHECKSUM, InternetChecksum.finish(sum));
    }

    /** Changes the length, and the checksum with it. */
    public static void setTotalLength(Memory memory, int at, int totalLength) {
        int checksum = memory.u16(at + CHECKSUM);
        memory.u16(at + CHECKSUM, InternetChecksum.update(checksum, totalLength(memory, at), totalLength));
        memory.u16(at + TOTAL_LENGTH, totalLength);
    }

    /** Whether two headers without options are the same but for lengths, identifications and checksums. */
    public static boolean areAlike(Memory memory, int one, int other) {
        return memory.u16(one) == memory.u16(other)
                && memory.i32(one + FRAGMENT) == memory.i32(other + FRAGMENT)
                && memory.i64(one + SOURCE) == memory.i64(other + SOURCE);
    }

    /** Changes the source address, and the checksum with it. */
    public static void setSource(Memory memory, int at, int address) {
        setAddress(memory, at, SOURCE, address);
    }

    /** Changes the destination address, and the checksum with it. */
    public static void setDestination(Memory memory, int at, int address) {
        setAddress(memory, at, DESTINATION, address);
    }

    private static void setAddress(Memory memory, int at, int field, int address) {
        int before = memory.i32(at + field);
        memory.i32(at + field, address);
        int checksum = InternetChecksum.update(memory.u16(at + CHECKSUM), before >>> 16, address >>> 16);
        memory.u16(at + CHECKSUM, InternetChecksum.update(checksum, before & 0xffff, address & 0xffff));
    }

    /** Exchanges source and destination; the checksum stays right. */
    public static void swapAddresses(Memory memory, int at) {
        int source = source(memory, at);
        memory.i32(at + SOURCE, destination(memory, at));
        memory.i32(at + DESTINATION, source);
    }

    /** Changes the time to live, and the checksum with it. */
    public static void setTtl(Memory memory, int at, int ttl) {
        int before = memory.u16(at + TTL);
        int after = ttl << 8 | (before & 0xff);
        memory.u16(at + TTL, after);
        int checksum = memory.u16(at + CHECKSUM);
        memory.u16(at + CHECKSUM, InternetChecksum.update(checksum, before, after));
    }
}
