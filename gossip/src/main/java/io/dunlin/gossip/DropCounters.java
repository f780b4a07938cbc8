package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Refused;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts what is refused and dropped, and tells the observer at most once a minute of each kind. Counted on one thread, read from any. */
final class DropCounters {
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Clock clock;
    private final Observer observer;
    /** All kinds from the beginning: it does not change, so anybody may read it. */
    private final Map<Enum<?>, Counter> counters = new HashMap<>();

    DropCounters(Clock clock, Observer observer) {
        this.clock = clock;
        this.observer = observer;
        for (DropReason reason : DropReason.values()) {
            counters.put(reason, new Counter(clock.nanoTime()));
        }
        for (Refused reason : Refused.values()) {
            counters.put(reason, new Counter(clock.nanoTime()));
        }
    }

    private static final class Counter {
        final AtomicLong count = new AtomicLong();
        /** When the observer may be told again. */
        long quietUntil;

        Counter(long quietUntil) {
            this.quietUntil = quietUntil;
        }
    }

    void count(DropReason reason, String what, @Nullable InetSocketAddress from) {
        countKind(reason, what, from);
    }

    void count(Refused reason, @Nullable InetSocketAddress from) {
        countKind(reason, "", from);
    }

    private void countKind(Enum<?> kind, String what, @Nullable InetSocketAddress from) {
        Counter counter = counters.get(kind);
        if (counter == null) {
            throw new IllegalArgumentException("no counter for " + kind);
        }
        counter.count.lazySet(counter.count.getPlain() + 1);
        long now = clock.nanoTime();
        if (now - counter.quietUntil >= 0) {
            counter.quietUntil = now + QUIET_NANOS;
            observer.dropped(kind, what, from);
        }
    }

    /** By the reason's name, without zeros. */
    Map<String, Long> snapshot() {
        var snapshot = new TreeMap<String, Long>();
        counters.forEach((kind, counter) -> {
            long count = counter.count.get();
            if (count > 0) {
                snapshot.put(kind.name(), count);
            }
        });
        return snapshot;
    }
}
