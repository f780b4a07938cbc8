package io.dunlin.vxlan.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bounded queue of packets from one thread to one other, by copy into memory of its own. Lock-free: the producer publishes {@code
 * tail} with release, which pairs with the consumer's acquire, and the other way round for {@code head} and the room behind it.
 *
 * <p>Records lie one after the other: their bytes as a long, the packet, padding to 8. A record never wraps; where the rest of the ring
 * is too short for the next one, {@link #SKIP} stands there.
 */
final class PacketRing implements AutoCloseable {
    private static final VarHandle HEAD;
    private static final VarHandle TAIL;
    private static final int HEADER = Long.BYTES;
    private static final long SKIP = -1;
    private static final int LARGEST_PACKET = 65_535;

    static {
        try {
            var lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(PacketRing.class, "head", long.class);
            TAIL = lookup.findVarHandle(PacketRing.class, "tail", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final int bytes;

    @SuppressWarnings("unused") // by HEAD: bytes the consumer has taken since the start
    private long head;

    @SuppressWarnings("unused") // by TAIL: bytes the producer has put since the start
    private long tail;

    /** @param bytes a power of two, at least twice the largest packet */
    PacketRing(int bytes) {
        if (Integer.bitCount(bytes) != 1 || bytes < 2 * (LARGEST_PACKET + HEADER)) {
            throw new IllegalArgumentException(
                    "a ring of " + bytes + " bytes: must be a power of two and hold two packets");
        }
        this.bytes = bytes;
        this.memory = arena.allocate(bytes, 64);
    }

    /** Producer: copies a packet in. False if it does not fit now. */
    boolean offer(MemorySegment source, long from, int length) {
        return offer(source, from, length, 0, 0);
    }

    /** Producer: the same for a packet in two pieces. */
    boolean offer(MemorySegment source, long head, int headLength, long body, int bodyLength) {
        int length = headLength + bodyLength;
        if (length < 0 || length > LARGEST_PACKET) {
            throw new IllegalArgumentException("packet of " + length + " bytes: allowed are up to " + LARGEST_PACKET);
        }
        long at = (long) TAIL.get(this); // plain: only the producer writes it
        int slot = (int) (at & bytes - 1);
        int record = record(length);
        int skipped = record <= bytes - slot ? 0 : bytes - slot;
        if (at + skipped + record - (long) HEAD.getAcquire(this)
                > bytes) { // acquire: the consumer is done with that room
            return false;
        }
        if (skipped > 0) {
            memory.set(ValueLayout.JAVA_LONG, slot, SKIP);
            slot = 0;
        }
        memory.set(ValueLayout.JAVA_LONG, slot, length);
        MemorySegment.copy(source, head, memory, slot + HEADER, headLength);
        MemorySegment.copy(source, body, memory, slot + HEADER + headLength, bodyLength);
        TAIL.setRelease(this, at + skipped + record); // pairs with the acquire in nextLength()
        return true;
    }

    /** Any thread: whether no packet waits. */
    boolean isEmpty() {
        return (long) TAIL.getAcquire(this) == (long) HEAD.getOpaque(this);
    }

    /** Consumer: bytes of the next packet, -1 if there is none. */
    int nextLength() {
        long at = (long) HEAD.get(this); // plain: only the consumer writes it
        if (at == (long) TAIL.getAcquire(this)) {
            return -1;
        }
        int slot = (int) (at & bytes - 1);
        long length = memory.get(ValueLayout.JAVA_LONG, slot);
        if (length == SKIP) {
            HEAD.setRelease(this, at + bytes - slot);
            return nextLength(); // a record always follows what was skipped, as both are published at once
        }
        return (int) length;
    }

    /** Consumer: copies the next packet, whose length {@link #nextLength} has just told, to {@code target}, and frees its room. */
    void take(MemorySegment target, long to) {
        long at = (long) HEAD.get(this);
        int slot = (int) (at & bytes - 1);
        int length = (int) memory.get(ValueLayout.JAVA_LONG, slot);
        MemorySegment.copy(memory, slot + HEADER, target, to, length);
        HEAD.setRelease(this, at + record(length)); // pairs with the acquire in offer()
    }

    private static int record(int length) {
        return HEADER + length + 7 & ~7;
    }

    /** Frees the memory; a thread that still uses the ring gets an IllegalStateException. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
