package io.dunlin.vxlan.wire;

import java.lang.foreign.MemorySegment;

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

    public static int payloadLength(MemorySegment memory, long at) {
        return NetworkOrder.u16(memory, at + PAYLOAD_LENGTH);
    }

    public static int nextHeader(MemorySegment memory, long at) {
        return NetworkOrder.u8(memory, at + NEXT_HEADER);
    }

    public static int hopLimit(MemorySegment memory, long at) {
        return NetworkOrder.u8(memory, at + HOP_LIMIT);
    }

    public static long sourceHigh(MemorySegment memory, long at) {
        return NetworkOrder.i64(memory, at + SOURCE);
    }

    public static long sourceLow(MemorySegment memory, long at) {
        return NetworkOrder.i64(memory, at + SOURCE + 8);
    }

    public static long destinationHigh(MemorySegment memory, long at) {
        return NetworkOrder.i64(memory, at + DESTINATION);
    }

    public static long destinationLow(MemorySegment memory, long at) {
        return NetworkOrder.i64(memory, at + DESTINATION + 8);
    }

    public static void write(
            MemorySegment memory,
            long at,
            int payloadLength,
            int nextHeader,
            int hopLimit,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        NetworkOrder.i32(memory, at, 6 << 28);
        NetworkOrder.i32(memory, at + PAYLOAD_LENGTH, payloadLength << 16 | nextHeader << 8 | hopLimit);
        NetworkOrder.i64(memory, at + SOURCE, sourceHigh);
        NetworkOrder.i64(memory, at + SOURCE + 8, sourceLow);
        NetworkOrder.i64(memory, at + DESTINATION, destinationHigh);
        NetworkOrder.i64(memory, at + DESTINATION + 8, destinationLow);
    }

    public static void setPayloadLength(MemorySegment memory, long at, int bytes) {
        NetworkOrder.u16(memory, at + PAYLOAD_LENGTH, bytes);
    }

    /** Whether two headers are the same but for their payload lengths. */
    public static boolean areAlike(MemorySegment memory, long one, long other) {
        return NetworkOrder.i32(memory, one) == NetworkOrder.i32(memory, other)
                && NetworkOrder.u16(memory, one + NEXT_HEADER) == NetworkOrder.u16(memory, other + NEXT_HEADER)
                && NetworkOrder.areEqual(memory, one + SOURCE, other + SOURCE, 32);
    }

    /** Exchanges source and destination. */
    public static void swapAddresses(MemorySegment memory, long at) {
        long high = sourceHigh(memory, at);
        long low = sourceLow(memory, at);
        NetworkOrder.i64(memory, at + SOURCE, destinationHigh(memory, at));
        NetworkOrder.i64(memory, at + SOURCE + 8, destinationLow(memory, at));
        NetworkOrder.i64(memory, at + DESTINATION, high);
        NetworkOrder.i64(memory, at + DESTINATION + 8, low);
    }

    public static void setHopLimit(MemorySegment memory, long at, int hops) {
        NetworkOrder.u8(memory, at + HOP_LIMIT, hops);
    }
}
