package io.dunlin.vxlan.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one worker counted. Written by its thread alone, read by any: opaque accesses, so that a reader sees whole numbers that never go
 * back, and a writer pays for no fence.
 */
@SuppressWarnings("EnumOrdinal") // both enums are append only, and an array is the fastest map there is
public final class Counters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final Counter[] COUNTERS = Counter.values();
    private static final DropReason[] REASONS = DropReason.values();

    private final long[] counts = new long[COUNTERS.length];
    private final long[] drops = new long[REASONS.length];

    /** All zero. */
    public Counters() {}

    /** Worker's thread. */
    public void add(Counter counter, long amount) {
        add(counts, counter.ordinal(), amount);
    }

    /** Worker's thread. */
    public void drop(DropReason reason) {
        add(drops, reason.ordinal(), 1);
    }

    private static void add(long[] cells, int index, long amount) {
        long before = cells[index]; // plain: only this thread writes it
        CELL.setOpaque(cells, index, before + amount);
    }

    /** Any thread. */
    public long get(Counter counter) {
        return (long) CELL.getOpaque(counts, counter.ordinal());
    }

    /** Any thread. */
    public long get(DropReason reason) {
        return (long) CELL.getOpaque(drops, reason.ordinal());
    }

    /** Each counter, in the order of a packet's way. Any thread. */
    public Map<Counter, Long> counts() {
        var snapshot = new EnumMap<Counter, Long>(Counter.class);
        for (Counter counter : COUNTERS) {
            snapshot.put(counter, get(counter));
        }
        return snapshot;
    }

    /** Each reason that occurred. Any thread. */
    public Map<DropReason, Long> drops() {
        var snapshot = new EnumMap<DropReason, Long>(DropReason.class);
        for (DropReason reason : REASONS) {
            long count = get(reason);
            if (count > 0) {
                snapshot.put(reason, count);
            }
        }
        return snapshot;
    }
}
