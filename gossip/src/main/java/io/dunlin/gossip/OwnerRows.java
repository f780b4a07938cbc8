package io.dunlin.gossip;

import io.dunlin.gossip.table.Entry;
import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage.Want;
import io.dunlin.gossip.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one member knows of the rows of one owner in one life of it.
 *
 * <p>An owner numbers its changes in all its tables from 1, so what is known of it is one number: all up to {@link #version}. What came
 * ahead of that is used at once, and remembered as ranges; when the gap before it closes, it counts. A row at or below {@link #version}
 * that is not here was replaced or removed, so nothing that arrives late brings it back.
 *
 * <p>Rows are found by key, and by version through a sorted list, which costs 4 bytes a row and a move of memory for each change (20 µs in
 * 100,000 rows); a tree or a log with holes would cost 60 or 12 bytes. Used on the protocol's thread.
 */
final class OwnerRows {
    /** Ranges ahead that are remembered. What comes beyond is used too, but has to be fetched again. */
    static final int MAX_AHEAD = 64;

    private final String owner;
    private final long generation;
    private final Map<String, Map<String, Row>> rows = new HashMap<>(4);
    private final ArrayList<Row> byVersion = new ArrayList<>(0);
    private @Nullable Tombstones tombstones;
    /** Ranges beyond {@link #version}, from → to; null for none. */
    private @Nullable TreeMap<Long, Long> ahead;

    private long version;
    private long removalsKnown;
    private long horizon;
    private long newest;
    private long hash;
    private long bytes;

    /** Is told of each row that another takes the place of, or that is new or gone. */
    interface Changes {
        void changed(@Nullable Row before, @Nullable Row after);
    }

    OwnerRows(String owner, long generation) {
        this.owner = owner;
        this.generation = generation;
    }

    String owner() {
        return owner;
    }

    long generation() {
        return generation;
    }

    /** All changes up to it are known. */
    long version() {
        return version;
    }

    int size() {
        return byVersion.size();
    }

    /** Of keys and values. */
    long bytes() {
        return bytes;
    }

    int tombstones() {
        return tombstones == null ? 0 : tombstones.size();
    }

    /** In the order of their versions; the list itself, which changes. */
    List<Row> rows() {
        return byVersion;
    }

    @Nullable
    Row get(String table, String key) {
        Map<String, Row> keys = rows.get(table);
        return keys == null ? null : keys.get(key);
    }

    OwnerDigest digest() {
        boolean settled = newest <= version;
        return new OwnerDigest(owner, generation, version, settled ? Math.max(hash & Long.MAX_VALUE, 1) : 0);
    }

    /** What to ask for. */
    Want want() {
        return new Want(owner, generation, version, Math.max(version, removalsKnown));
    }

    /** The owner itself changes a row. */
    void write(String table, String key, @Nullable Bytes value, long nowNanos, Changes changes) {
        put(new Entry(table, key, version + 1, value), nowNanos, changes);
        version++;
    }

    /**
     * Takes what a peer told.
     *
     * @param reset it begins at 0 although it was asked for since a later version: all is told anew
     * @return whether it told anything new
     */
    boolean apply(RowRange range, boolean reset, long nowNanos, Changes changes) {
        if (!reset && isKnown(range)) {
            return false;
        }
        if (reset) {
            version = range.from();
            ahead = null;
        }
        long known = version;
        for (Entry entry : range.entries()) {
            if (entry.version() > known) {
                put(entry, nowNanos, changes);
            }
        }
        if (range.isExact()) {
            dropUnlisted(range, changes);
        }
        if (range.from() < range.horizon()) {
            horizon = Math.max(horizon, Math.min(range.horizon(), range.to()));
        }
        if (range.from() > version) {
            remember(range);
        } else {
            // Of rows up to 0, of which there are none, all removals are known.
            long removals = known == 0 ? Long.MAX_VALUE : Math.max(removalsKnown, known);
            removalsKnown = Math.min(removals, range.asOf());
            version = Math.max(version, range.to());
            closeGaps();
        }
        return true;
    }

    private boolean isKnown(RowRange range) {
        if (range.to() <= version) {
            return true;
        }
        Map.Entry<Long, Long> before = ahead == null ? null : ahead.floorEntry(range.from());
        return before != null && before.getValue() >= range.to();
    }

    private void put(Entry entry, long nowNanos, Changes changes) {
        Row before = get(entry.table(), entry.key());
        if (before != null && before.version() >= entry.version()) {
            return;
        }
        if (tombstones != null) {
            if (tombstones.version(entry.table(), entry.key()) >= entry.version()) {
                return;
            }
            tombstones.forget(entry.table(), entry.key());
        }
        newest = Math.max(newest, entry.version());
        if (entry.value() == null) {
            if (before != null) {
                remove(before);
            }
            if (tombstones == null) {
                tombstones = new Tombstones();
            }
            tombstones.add(entry.table(), entry.key(), entry.version(), nowNanos);
            horizon = Math.max(horizon, tombstones.prune(nowNanos));
            if (before != null) {
                changes.changed(before, null);
            }
        } else {
            if (before != null) {
                remove(before);
            }
            var row = new Row(entry.table(), entry.key(), entry.value(), owner, generation, entry.version());
            insert(row);
            changes.changed(before, row);
        }
    }

    private void insert(Row row) {
        rows.computeIfAbsent(row.table(), _ -> new HashMap<>(4)).put(row.key(), row);
        byVersion.add(firstAfter(row.version()), row);
        hash += hash(row);
        bytes += bytes(row);
    }

    private void remove(Row row) {
        Map<String, Row> keys = rows.get(row.table());
        if (keys != null) {
            keys.remove(row.key());
            if (keys.isEmpty()) {
                rows.remove(row.table());
            }
        }
        byVersion.remove(firstAfter(row.version()) - 1);
        hash -= hash(row);
        bytes -= bytes(row);
    }

    private void dropUnlisted(RowRange range, Changes changes) {
        var gone = new ArrayList<Row>(0);
        Iterator<Entry> listed = range.entries().iterator();
        long next = 0;
        for (int i = firstAfter(range.from()); i < byVersion.size(); i++) {
            Row row = byVersion.get(i);
            if (row.version() > range.to()) {
                break;
            }
            while (next < row.version() && listed.hasNext()) {
                next = listed.next().version();
            }
            if (next != row.version()) {
                gone.add(row);
            }
        }
        for (Row row : gone) {
            remove(row);
            changes.changed(row, null);
        }
    }

    private void remember(RowRange range) {
        if (ahead == null) {
            ahead = new TreeMap<>();
        }
        if (ahead.size() < MAX_AHEAD) {
            ahead.merge(range.from(), range.to(), Math::max);
        }
    }

    private void closeGaps() {
        while (ahead != null && ahead.firstKey() <= version) {
            long to = ahead.pollFirstEntry().getValue();
            if (to > version) {
                version = to;
                // What these knew of removals is not remembered: no more than what they told.
                removalsKnown = Math.min(removalsKnown, version);
            }
            if (ahead.isEmpty()) {
                ahead = null;
            }
        }
    }

    /** Forgets removals that are too old. */
    void prune(long nowNanos) {
        if (tombstones != null) {
            horizon = Math.max(horizon, tombstones.prune(nowNanos));
            if (tombstones.size() == 0) {
                tombstones = null;
            }
        }
    }

    /**
     * What was asked for, as much as fits; all from the beginning if {@code want} is of another life, or has missed removals that are
     * forgotten here.
     *
     * @param room bytes for the entries; one entry is taken in any case
     * @return null if there is nothing that is not known there
     */
    @Nullable
    RowRange range(Want want, int room) {
        boolean fresh = want.generation() != generation || Math.max(want.since(), want.removalsKnown()) < horizon;
        long from = fresh ? 0 : want.since();
        if (want.generation() > generation || (want.generation() == generation && want.since() >= version)) {
            return null;
        }
        var entries = new ArrayList<Entry>();
        long to = version;
        int left = room;
        var changes = new Merged(from);
        for (Entry entry = changes.next(); entry != null && entry.version() <= version; entry = changes.next()) {
            left -= TableCodec.entrySize(entry);
            if (left < 0 && !entries.isEmpty()) {
                to = entries.getLast().version();
                break;
            }
            entries.add(entry);
        }
        return new RowRange(owner, generation, from, to, version, Math.min(horizon, version), entries);
    }

    /** Rows and tombstones in the order of their versions. */
    private final class Merged {
        private final Iterator<Tombstones.Tombstone> removals;
        private int at;
        private Tombstones.@Nullable Tombstone removal;

        Merged(long from) {
            at = firstAfter(from);
            removals = tombstones == null
                    ? List.<Tombstones.Tombstone>of().iterator()
                    : tombstones.after(from).iterator();
            removal = removals.hasNext() ? removals.next() : null;
        }

        @Nullable
        Entry next() {
            Row row = at < byVersion.size() ? byVersion.get(at) : null;
            Tombstones.Tombstone gone = removal;
            if (gone != null && (row == null || gone.version() < row.version())) {
                removal = removals.hasNext() ? removals.next() : null;
                return new Entry(gone.key().table(), gone.key().key(), gone.version(), null);
            }
            if (row == null) {
                return null;
            }
            at++;
            return new Entry(row.table(), row.key(), row.version(), row.value());
        }
    }

    /** The place in {@link #byVersion} of the first row with a higher version. */
    private int firstAfter(long wanted) {
        int low = 0;
        int high = byVersion.size();
        if (high > 0 && byVersion.getLast().version() <= wanted) {
            return high;
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (byVersion.get(middle).version() <= wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static long bytes(Row row) {
        return row.key().length() + row.value().length();
    }

    /** Summed up, so that the order does not matter. Against accidents: who wants to, finds another row of the same hash. */
    private static long hash(Row row) {
        long key = (long) row.table().hashCode() << 32 | row.key().hashCode() & 0xffff_ffffL;
        long content = (long) row.value().hashCode() << 32 ^ row.version();
        return mix(mix(key) ^ content);
    }

    /** The finalizer of SplitMix64. */
    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ z >>> 27) * 0x94d0_49bb_1331_11ebL;
        return z ^ z >>> 31;
    }
}
