package io.dunlin.vxlan.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that packets lie in, or that system calls work on: integers in network byte order (big-endian) or the host's, at any alignment,
 * and blocks of bytes. The one place that says how header fields are read and written.
 *
 * <p>Two views of the same bytes. Fields are reached through a buffer: through a segment each costs the compiler two and a half times as
 * much, and a node's first seconds are the compiler's (docs/adr/0013). What goes over many bytes uses the segment: only such loops become
 * vector instructions (docs/adr/0011).
 *
 * <p>Offsets are in bytes from its start; all methods throw {@link IndexOutOfBoundsException} beyond its ends. As safe for threads as the
 * bytes themselves: not at all.
 */
public final class Memory {
    private static final int CACHE_LINE = 64;
    private static final boolean IS_NETWORK_ORDER = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

    private final MemorySegment segment;
    // One buffer, in the host's order, and the bytes turned round here: a second one would be as much again to look at
    // for each access.
    private final ByteBuffer buffer;

    private Memory(MemorySegment segment, ByteBuffer buffer) {
        this.segment = segment;
        this.buffer = buffer.order(ByteOrder.nativeOrder());
    }

    /**
     * Zeros outside the heap that begin with a cache line. No arena, whose liveness each access would have to check: they are given back
     * when nothing refers to this object any more. Whoever hands {@link #address} to native code holds on to it meanwhile.
     */
    public static Memory allocate(int bytes) {
        // alignedSlice moves both ends
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes + 2 * CACHE_LINE)
                .alignedSlice(CACHE_LINE)
                .slice(0, bytes);
        return new Memory(MemorySegment.ofBuffer(buffer), buffer);
    }

    /** A copy of {@code content} outside the heap, until {@code arena} is closed. */
    public static Memory copyOf(Arena arena, byte[] content) {
        Memory memory = of(arena.allocate(content.length, CACHE_LINE));
        memory.put(0, content);
        return memory;
    }

    /** On the heap, where native code cannot reach it. */
    public static Memory of(byte[] bytes) {
        return of(MemorySegment.ofArray(bytes));
    }

    /** The bytes of {@code segment}, 2^31 - 1 at most, for as long as it is there. */
    public static Memory of(MemorySegment segment) {
        return new Memory(segment, segment.asByteBuffer());
    }

    public MemorySegment segment() {
        return segment;
    }

    /** Where it begins, for the kernel and other native code. */
    public long address() {
        return segment.address();
    }

    /** Its bytes. */
    public int size() {
        return buffer.capacity();
    }

    public int u8(int at) {
        return buffer.get(at) & 0xff;
    }

    public void u8(int at, int value) {
        buffer.put(at, (byte) value);
    }

    public int u16(int at) {
        return IS_NETWORK_ORDER ? buffer.getShort(at) & 0xffff : Short.reverseBytes(buffer.getShort(at)) & 0xffff;
    }

    public void u16(int at, int value) {
        buffer.putShort(at, IS_NETWORK_ORDER ? (short) value : Short.reverseBytes((short) value));
    }

    public int i32(int at) {
        return IS_NETWORK_ORDER ? buffer.getInt(at) : Integer.reverseBytes(buffer.getInt(at));
    }

    public void i32(int at, int value) {
        buffer.putInt(at, IS_NETWORK_ORDER ? value : Integer.reverseBytes(value));
    }

    public long u48(int at) {
        return (long) u16(at) << 32 | Integer.toUnsignedLong(i32(at + 2));
    }

    public void u48(int at, long value) {
        u16(at, (int) (value >>> 32));
        i32(at + 2, (int) value);
    }

    public long i64(int at) {
        return IS_NETWORK_ORDER ? buffer.getLong(at) : Long.reverseBytes(buffer.getLong(at));
    }

    public void i64(int at, long value) {
        buffer.putLong(at, IS_NETWORK_ORDER ? value : Long.reverseBytes(value));
    }

    /** As {@link #u16(int)}, in the host's byte order. */
    public int hostU16(int at) {
        return buffer.getShort(at) & 0xffff;
    }

    public void hostU16(int at, int value) {
        buffer.putShort(at, (short) value);
    }

    public int hostI32(int at) {
        return buffer.getInt(at);
    }

    public void hostI32(int at, int value) {
        buffer.putInt(at, value);
    }

    public long hostI64(int at) {
        return buffer.getLong(at);
    }

    public void hostI64(int at, long value) {
        buffer.putLong(at, value);
    }

    /** Whether {@code bytes} bytes at two places are the same; for headers, so a few dozen at most. */
    public boolean areEqual(int one, int other, int bytes) {
        int i = 0;
        for (; i + 8 <= bytes; i += 8) {
            if (hostI64(one + i) != hostI64(other + i)) {
                return false;
            }
        }
        if (i + 4 <= bytes) {
            if (hostI32(one + i) != hostI32(other + i)) {
                return false;
            }
            i += 4;
        }
        for (; i < bytes; i++) {
            if (u8(one + i) != u8(other + i)) {
                return false;
            }
        }
        return true;
    }

    /** Copies bytes to another place, which may overlap with the first. */
    public void copy(int from, int to, int bytes) {
        MemorySegment.copy(segment, from, segment, to, bytes);
    }

    /** Copies bytes to other memory. */
    public void copyTo(Memory target, int from, int to, int bytes) {
        MemorySegment.copy(segment, from, target.segment, to, bytes);
    }

    /** Copies the first {@code bytes} that remain in a buffer to {@code at}; its position stays. */
    public void put(int at, ByteBuffer source, int bytes) {
        buffer.put(at, source, source.position(), bytes);
    }

    /** Copies a whole array to {@code at}. */
    public void put(int at, byte[] source) {
        buffer.put(at, source);
    }

    /** Copies {@code bytes} of an array, from its {@code from}-th on, to {@code at}. */
    public void put(int at, byte[] source, int from, int bytes) {
        buffer.put(at, source, from, bytes);
    }

    /** A copy of all of it. */
    public byte[] toArray() {
        return toArray(0, size());
    }

    /** A copy of {@code bytes} bytes from {@code at} on. */
    public byte[] toArray(int at, int bytes) {
        var array = new byte[bytes];
        get(at, array, 0, bytes);
        return array;
    }

    /** Copies {@code bytes} bytes from {@code at} on into an array, from its {@code to}-th on. */
    public void get(int at, byte[] target, int to, int bytes) {
        buffer.get(at, target, to, bytes);
    }
}
