package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Refused;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** Counts what is refused and dropped, and tells the observer at most once a minute of each kind. Counted on one thread, read from any. */
final class DropCounters {
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int REASONS = DropReason.values().length;
    private static final int KINDS = REASONS + Refused.values().length;

    private final Clock clock;
    private final Observer observer;
    private final AtomicLongArray counts = new AtomicLongArray(KINDS);
    /** When the observer may be told again. */
    private final long[] quietUntil = new long[KINDS];

    DropCounters(Clock clock, Observer observer) {
        this.clock = clock;
        this.observer = observer;
        Arrays.fill(quietUntil, clock.nanoTime());
    }

    void count(DropReason reason, String what, @Nullable InetSocketAddress from) {
        count(reason.ordinal(), reason, what, from);
    }

    void count(Refused reason, @Nullable InetSocketAddress from) {
        count(REASONS + reason.ordinal(), reason, "", from);
    }

    private void count(int kind, Enum<?> reason, String what, @Nullable InetSocketAddress from) {
        counts.lazySet(kind, counts.getPlain(kind) + 1);
        long now = clock.nanoTime();
        if (now - quietUntil[kind] >= 0) {
            quietUntil[kind] = now + QUIET_NANOS;
            observer.dropped(reason, what, from);
        }
    }

    /** By the reason's name, without zeros. */
    Map<String, Long> snapshot() {
        var snapshot = new TreeMap<String, Long>();
        for (DropReason reason : DropReason.values()) {
            put(snapshot, reason, reason.ordinal());
        }
        for (Refused reason : Refused.values()) {
            put(snapshot, reason, REASONS + reason.ordinal());
        }
        return snapshot;
    }

    private void put(Map<String, Long> snapshot, Enum<?> reason, int kind) {
        long count = counts.get(kind);
        if (count > 0) {
            snapshot.put(reason.name(), count);
        }
    }
}
