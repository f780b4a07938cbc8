package io.dunlin.vxlan.wire;

/**
 * IPv6 header (RFC 8200 section 3).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version| Traffic Class |           Flow Label                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Source Address (16 bytes)                  |
 * |                  Destination Address (16 bytes)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class Ipv6Header {
    public static final int VERSION_CLASS_LABEL = 0;
    public static final int PAYLOAD_LENGTH = 4;
    public static final int NEXT_HEADER = 6;
    public static final int HOP_LIMIT = 7;
    public static final int SOURCE = 8;
    public static final int DESTINATION = 24;
    public static final int LENGTH = 40;

    private Ipv6Header() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int payloadLength(Memory memory, int at) {
        return memory.u16(at + PAYLOAD_LENGTH);
    }

    public static int nextHeader(Memory memory, int at) {
        return memory.u8(at + NEXT_HEADER);
    }

    public static int hopLimit(Memory memory, int at) {
        return memory.u8(at + HOP_LIMIT);
    }

    public static long sourceHigh(Memory memory, int at) {
        return memory.i64(at + SOURCE);
    }

    public static long sourceLow(Memory memory, int at) {
        return memory.i64(at + SOURCE + 8);
    }

    public static long destinationHigh(Memory memory, int at) {
        return memory.i64(at + DESTINATION);
    }

    public static long destinationLow(Memory memory, int at) {
        return memory.i64(at + DESTINATION + 8);
    }

    public static void write(
            Memory memory,
            int at,
            int payloadLength,
            int nextHeader,
            int hopLimit,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        memory.i32(at, 6 << 28);
        memory.i32(at + PAYLOAD_LENGTH, payloadLength << 16 | nextHeader << 8 | hopLimit);
        memory.i64(at + SOURCE, sourceHigh);
        memory.i64(at + SOURCE + 8, sourceLow);
        memory.i64(at + DESTINATION, destinationHigh);
        memory.i64(at + DESTINATION + 8, destinationLow);
    }

    public static void setPayloadLength(Memory memory, int at, int bytes) {
        memory.u16(at + PAYLOAD_LENGTH, bytes);
    }

    /** Whether two headers are the same but for their payload lengths. */
    public static boolean areAlike(Memory memory, int one, int other) {
        return memory.i32(one) == memory.i32(other)
                && memory.u16(one + NEXT_HEADER) == memory.u16(other + NEXT_HEADER)
                && memory.areEqual(one + SOURCE, other + SOURCE, 32);
    }

    public static void setSource(Memory memory, int at, long high, long low) {
        memory.i64(at + SOURCE, high);
        memory.i64(at + SOURCE + 8, low);
    }

    public static void setDestination(Memory memory, int at, long high, long low) {
        memory.i64(at + DESTINATION, high);
        memory.i64(at + DESTINATION + 8, low);
    }

    /** Exchanges source and destination. */
    public static void swapAddresses(Memory memory, int at) {
        long high = sourceHigh(memory, at);
        long low = sourceLow(memory, at);
        memory.i64(at + SOURCE, destinationHigh(memory, at));
        memory.i64(at + SOURCE + 8, destinationLow(memory, at));
        memory.i64(at + DESTINATION, high);
        memory.i64(at + DESTINATION + 8, low);
    }

    public static void setHopLimit(Memory memory, int at, int hops) {
        memory.u8(at + HOP_LIMIT, hops);
    }
}
