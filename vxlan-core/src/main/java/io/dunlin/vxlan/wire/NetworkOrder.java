package io.dunlin.vxlan.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Integers in network byte order (big-endian), at any alignment. The one place that says how header fields are read and written. */
public final class NetworkOrder {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    public static int u8(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    public static void u8(MemorySegment memory, long at, int value) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    public static int u16(MemorySegment memory, long at) {
        return memory.get(U16, at) & 0xffff;
    }

    public static void u16(MemorySegment memory, long at, int value) {
        memory.set(U16, at, (short) value);
    }

    public static int i32(MemorySegment memory, long at) {
        return memory.get(U32, at);
    }

    public static void i32(MemorySegment memory, long at, int value) {
        memory.set(U32, at, value);
    }

    public static long u48(MemorySegment memory, long at) {
        return (long) u16(memory, at) << 32 | Integer.toUnsignedLong(i32(memory, at + 2));
    }

    public static void u48(MemorySegment memory, long at, long value) {
        u16(memory, at, (int) (value >>> 32));
        i32(memory, at + 2, (int) value);
    }

    /** Whether {@code bytes} bytes at two places are the same; for headers, so a few dozen at most. */
    public static boolean areEqual(MemorySegment memory, long one, long other, int bytes) {
        int i = 0;
        for (; i + 8 <= bytes; i += 8) {
            if (i64(memory, one + i) != i64(memory, other + i)) {
                return false;
            }
        }
        if (i + 4 <= bytes) {
            if (i32(memory, one + i) != i32(memory, other + i)) {
                return false;
            }
            i += 4;
        }
        for (; i < bytes; i++) {
            if (u8(memory, one + i) != u8(memory, other + i)) {
                return false;
            }
        }
        return true;
    }

    public static long i64(MemorySegment memory, long at) {
        return memory.get(U64, at);
    }

    public static void i64(MemorySegment memory, long at, long value) {
        memory.set(U64, at, value);
    }
}
