package io.dunlin.gossip;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Removals of one owner's rows that are remembered, so that a peer which was away for a while hears of them one by one. Bounded in number
 * and time: who was away for longer gets all rows anew, which shows what is missing.
 */
final class Tombstones {
    private final int most;
    private final long keptNanos;
    private final TreeMap<Long, Tombstone> byVersion = new TreeMap<>();
    private final Map<Key, Tombstone> byKey = new HashMap<>();

    Tombstones(TableLimits limits) {
        most = limits.removals();
        keptNanos = limits.removalsKept().toNanos();
    }

    record Tombstone(Key key, long version, long sinceNanos) {}

    record Key(String table, String key) {}

    int size() {
        return byVersion.size();
    }

    /** In the order of versions, those after {@code version}. */
    Iterable<Tombstone> after(long version) {
        return byVersion.tailMap(version, false).values();
    }

    void add(String table, String key, long version, long nowNanos) {
        var tombstone = new Tombstone(new Key(table, key), version, nowNanos);
        forget(table, key);
        byKey.put(tombstone.key, tombstone);
        byVersion.put(version, tombstone);
    }

    /** The row was written again. */
    void forget(String table, String key) {
        Tombstone known = byKey.remove(new Key(table, key));
        if (known != null) {
            byVersion.remove(known.version);
        }
    }

    /**
     * Forgets what is too old or too many.
     *
     * @return the highest version among what was forgotten, or 0
     */
    long prune(long nowNanos) {
        long forgotten = 0;
        for (Tombstone oldest = oldest(); oldest != null && isDue(oldest, nowNanos); oldest = oldest()) {
            byVersion.pollFirstEntry();
            byKey.remove(oldest.key);
            forgotten = oldest.version;
        }
        return forgotten;
    }

    private boolean isDue(Tombstone oldest, long nowNanos) {
        return size() > most || nowNanos - oldest.sinceNanos > keptNanos;
    }

    private @Nullable Tombstone oldest() {
        return byVersion.isEmpty() ? null : byVersion.firstEntry().getValue();
    }
}
