package io.dunlin.vxlan.wire;

/**
 * TCP header (RFC 9293 section 3.1).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Source Port          |       Destination Port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Sequence Number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Acknowledgment Number                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Data |       |C|E|U|A|P|R|S|F|                               |
 * | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Checksum            |         Urgent Pointer        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           Options …                           |
 * }</pre>
 */
public final class TcpHeader {
    public static final int SOURCE_PORT = 0;
    public static final int DESTINATION_PORT = 2;
    public static final int SEQUENCE = 4;
    public static final int ACKNOWLEDGMENT = 8;
    public static final int DATA_OFFSET = 12;
    public static final int FLAGS = 13;
    public static final int CHECKSUM = 16;
    public static final int URGENT_POINTER = 18;
    /** Without options. */
    public static final int LENGTH = 20;

    public static final int FLAG_FIN = 0x01;
    public static final int FLAG_SYN = 0x02;
    public static final int FLAG_RST = 0x04;
    public static final int FLAG_PSH = 0x08;
    public static final int FLAG_ACK = 0x10;
    /** Explicit congestion notification: echo (RFC 3168). */
    public static final int FLAG_ECE = 0x40;
    /** Explicit congestion notification: window reduced (RFC 3168). */
    public static final int FLAG_CWR = 0x80;

    /** Of the 64 bits at {@link #ACKNOWLEDGMENT}, which end with length, flags and window, those that only the last segment may have. */
    private static final long LAST_ONLY = (FLAG_FIN | FLAG_PSH) << 16;

    /** Kind of the option "end of list". */
    public static final int OPTION_END = 0;
    /** Kind of the option "no operation", one byte without a length. */
    public static final int OPTION_NOP = 1;
    /** Kind of the option "maximum segment size"; 4 bytes (RFC 9293 section 3.7.1). */
    public static final int OPTION_MSS = 2;

    private TcpHeader() {}

    /** Whether {@code available} bytes hold a header without options: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    /** Bytes of the header with its options: 0 to 60, legal from 20 on. */
    public static int headerLength(Memory memory, int at) {
        return memory.u8(at + DATA_OFFSET) >>> 4 << 2;
    }

    public static int flags(Memory memory, int at) {
        return memory.u8(at + FLAGS);
    }

    public static void setFlags(Memory memory, int at, int flags) {
        memory.u8(at + FLAGS, flags);
    }

    public static int acknowledgment(Memory memory, int at) {
        return memory.i32(at + ACKNOWLEDGMENT);
    }

    public static int sequence(Memory memory, int at) {
        return memory.i32(at + SEQUENCE);
    }

    /**
     * Partial sum of what the segments of one super-packet share: all but sequence number, flags and checksum.
     *
     * @param headerLength bytes, with options
     */
    public static long sumOfShared(Memory memory, int at, int headerLength) {
        int sequence = sequence(memory, at);
        return InternetChecksum.sum(memory, at, headerLength)
                + InternetChecksum.without(sequence >>> 16)
                + InternetChecksum.without(sequence)
                + InternetChecksum.without(flags(memory, at))
                + InternetChecksum.without(memory.u16(at + CHECKSUM));
    }

    /**
     * Sets what a segment has of its own, and the checksum.
     *
     * @param sum of the pseudo-header, the payload and {@link #sumOfShared}
     */
    public static void setOwn(Memory memory, int at, int sequence, int flags, long sum) {
        memory.i32(at + SEQUENCE, sequence);
        memory.u8(at + FLAGS, flags);
        long all = sum
                + InternetChecksum.word(sequence >>> 16)
                + InternetChecksum.word(sequence)
                + InternetChecksum.word(flags);
        memory.u16(at + CHECKSUM, InternetChecksum.finish(all));
    }

    /** Writes a header of 20 bytes, with a window and a checksum of 0. */
    public static void write(
            Memory memory, int at, int sourcePort, int destinationPort, int sequence, int acknowledgment, int flags) {
        memory.u16(at + SOURCE_PORT, sourcePort);
        memory.u16(at + DESTINATION_PORT, destinationPort);
        memory.i32(at + SEQUENCE, sequence);
        memory.i32(at + ACKNOWLEDGMENT, acknowledgment);
        memory.i32(at + DATA_OFFSET, LENGTH >> 2 << 28 | flags << 16);
        memory.i32(at + CHECKSUM, 0);
    }

    /** The checksum field, 0 to 0xffff. */
    public static int checksum(Memory memory, int at) {
        return memory.u16(at + CHECKSUM);
    }

    /** Sets the checksum field, 0 to 0xffff. */
    public static void setChecksum(Memory memory, int at, int checksum) {
        memory.u16(at + CHECKSUM, checksum);
    }

    /**
     * Whether two headers of {@code headerLength} bytes are the same but for sequence numbers, checksums and the flags PSH and FIN: so are
     * those of segments of one super-packet.
     */
    public static boolean areAlike(Memory memory, int one, int other, int headerLength) {
        long differences = memory.i64(one + ACKNOWLEDGMENT) ^ memory.i64(other + ACKNOWLEDGMENT);
        return memory.i32(one) == memory.i32(other)
                && (differences & ~LAST_ONLY) == 0
                && memory.u16(one + URGENT_POINTER) == memory.u16(other + URGENT_POINTER)
                && memory.areEqual(one + LENGTH, other + LENGTH, headerLength - LENGTH);
    }

    /** The option byte at {@code offset} from the header's start; {@link #headerLength} bounds it. */
    public static int optionByte(Memory memory, int at, int offset) {
        return memory.u8(at + offset);
    }

    /** The two option bytes at {@code offset}, as a number. */
    public static int optionWord(Memory memory, int at, int offset) {
        return memory.u16(at + offset);
    }

    /**
     * Changes two option bytes, and the checksum with them (RFC 1624).
     *
     * @param offset from the header's start; odd where options before it have an odd length
     */
    public static void setOptionWord(Memory memory, int at, int offset, int value) {
        int before = memory.u16(at + offset);
        memory.u16(at + offset, value);
        int checksum = memory.u16(at + CHECKSUM);
        // The checksum's words start at even offsets; at an odd one the two bytes lie in two words, each in the other
        // half.
        boolean odd = (offset & 1) != 0;
        memory.u16(
                at + CHECKSUM,
                InternetChecksum.update(checksum, odd ? swap(before) : before, odd ? swap(value) : value));
    }

    private static int swap(int word) {
        return Short.reverseBytes((short) word) & 0xffff;
    }
}
