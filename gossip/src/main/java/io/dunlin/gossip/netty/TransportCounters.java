package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.TransportCounter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;

/** What a transport counted. Written on its event loop alone, read by any thread: opaque accesses, so that a reader sees whole numbers. */
@SuppressWarnings("EnumOrdinal") // append only, and an array is the fastest map there is
public final class TransportCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final TransportCounter[] COUNTERS = TransportCounter.values();

    private final long[] counts = new long[COUNTERS.length];

    /** All zero. */
    public TransportCounters() {}

    void increment(TransportCounter counter) {
        add(counter, 1);
    }

    void add(TransportCounter counter, long amount) {
        long before = counts[counter.ordinal()]; // plain: only this thread writes it
        CELL.setOpaque(counts, counter.ordinal(), before + amount);
    }

    /** Any thread. */
    public long get(TransportCounter counter) {
        return (long) CELL.getOpaque(counts, counter.ordinal());
    }

    /** Each counter. Any thread. */
    public Map<TransportCounter, Long> snapshot() {
        var snapshot = new EnumMap<TransportCounter, Long>(TransportCounter.class);
        for (TransportCounter counter : COUNTERS) {
            snapshot.put(counter, get(counter));
        }
        return snapshot;
    }
}
