package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.wire.Memory;

/**
 * What gathering calls take: structures iovec, one after the other. Belongs to one thread at a time.
 *
 * <pre>
 * struct iovec, 64-bit   0 iov_base   8 iov_len
 * </pre>
 */
final class IovecArray {
    /** Most that one call takes (UIO_MAXIOV). */
    static final int MAX_PER_CALL = 1024;

    private static final int SIZE = 16;
    private static final int BASE = 0;
    private static final int BYTES = 8;

    private final Memory memory;
    private final int capacity;
    private int count;

    IovecArray(int capacity) {
        this.memory = Memory.allocate(capacity * SIZE);
        this.capacity = capacity;
    }

    int count() {
        return count;
    }

    int left() {
        return capacity - count;
    }

    void clear() {
        count = 0;
    }

    /** Adds a piece. */
    void add(long address, int bytes) {
        set(count++, address, bytes);
    }

    /** Makes the last piece longer, if that is where {@code address} goes on. */
    boolean extendLast(long address, int bytes) {
        int last = count - 1;
        if (base(last) + length(last) != address) {
            return false;
        }
        set(last, base(last), length(last) + bytes);
        return true;
    }

    /** Where the {@code index}-th piece begins. */
    long base(int index) {
        return memory.hostI64(index * SIZE + BASE);
    }

    /** Its bytes. */
    int length(int index) {
        return (int) memory.hostI64(index * SIZE + BYTES);
    }

    void set(int index, long address, int bytes) {
        int at = index * SIZE;
        memory.hostI64(at + BASE, address);
        memory.hostI64(at + BYTES, bytes);
    }

    /** Address of the {@code index}-th structure, for the call. */
    long address(int index) {
        return memory.address() + (long) index * SIZE;
    }
}
