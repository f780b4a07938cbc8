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
import org.jspecify.annotations.Nullable;

/**
 * The rows of one owner in one life of it, as of a version.
 *
 * <p>An owner numbers its changes in all its tables from 1, so what is known of it is one number. Only what continues it is taken ({@link
 * #accepts}): so no row at or below {@link #version} is ever added, and nothing that arrives late brings a removed one back. A range tells
 * what the versions in it left behind as of a later one, so in the midst of several ranges the rows are those of no version; they are again
 * when the last has come ({@link #isSettled}).
 *
 * <p>Rows are found by key, and by version through a sorted list, which costs 4 bytes a row and a move of memory for each change (20 µs in
 * 100,000 rows); a tree or a log with holes would cost 60 or 12 bytes. Used on the protocol's thread.
 */
final class OwnerRows {
    private final String owner;
    private final long generation;
    private final TableLimits limits;
    private final Map<String, Keyed> rows = new HashMap<>(4);
    private final ArrayList<Row> byVersion = new ArrayList<>(0);
    private @Nullable Tombstones tombstones;

    private long version;
    private long removalsKnown;
    private long horizon;
    private long asOf;
    private long hash;
    private long bytes;

    /** The rows of a table, which share its name. */
    private static final class Keyed {
        final String table;
        final Map<String, Row> rows = new HashMap<>(4);

        Keyed(String table) {
            this.table = table;
        }
    }

    /** Is told of each row that another takes the place of, or that is new or gone. */
    interface Changes {
        void changed(@Nullable Row before, @Nullable Row after);
    }

    OwnerRows(String owner, long generation, TableLimits limits) {
        this.owner = owner;
        this.limits = limits;
        this.generation = generation;
    }

    String owner() {
        return owner;
    }

    long generation() {
        return generation;
    }

    /** Whether these are the rows as of {@link #version}, not a part of what has yet to follow. */
    boolean isSettled() {
        return version >= asOf;
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
        Keyed keyed = rows.get(table);
        return keyed == null ? null : keyed.rows.get(key);
    }

    OwnerDigest digest() {
        return new OwnerDigest(owner, generation, version, isSettled() ? Math.max(hash & Long.MAX_VALUE, 1) : 0);
    }

    /** What to ask for. */
    Want want() {
        return new Want(owner, generation, version, removalsKnown());
    }

    /** The owner itself changes a row. */
    void write(String table, String key, @Nullable Bytes value, long nowNanos, Changes changes) {
        put(new Entry(table, key, version + 1, value), nowNanos, changes);
        version++;
        prune(nowNanos);
    }

    private long removalsKnown() {
        return Math.max(version, removalsKnown);
    }

    /** Whether it continues what is known, and misses no removal that is not known. */
    boolean accepts(RowRange range) {
        return range.generation() == generation
                && range.from() <= version
                && range.to() > version
                && (version == 0 || range.horizon() <= removalsKnown());
    }

    /** Takes what a peer told, which is to be {@linkplain #accepts acceptable}. */
    void apply(RowRange range, long nowNanos, Changes changes) {
        for (Entry entry : range.entries()) {
            if (entry.version() > version) {
                put(entry, nowNanos, changes);
            }
        }
        if (range.from() < range.horizon()) {
            horizon = Math.max(horizon, Math.min(range.horizon(), range.to()));
        }
        // Of rows up to version 0, of which there are none, all removals are known.
        removalsKnown = Math.min(version == 0 ? Long.MAX_VALUE : removalsKnown(), range.asOf());
        version = range.to();
        asOf = Math.max(asOf, range.asOf());
        prune(nowNanos);
    }

    private void put(Entry entry, long nowNanos, Changes changes) {
        Row before = get(entry.table(), entry.key());
        if (before != null) {
            remove(before);
        }
        if (entry.value() == null) {
            if (tombstones == null) {
                tombstones = new Tombstones(limits);
            }
            tombstones.add(entry.table(), entry.key(), entry.version(), nowNanos);
            if (before != null) {
                changes.changed(before, null);
            }
        } else {
            if (tombstones != null) {
                tombstones.forget(entry.table(), entry.key());
            }
            Keyed keyed = rows.computeIfAbsent(entry.table(), Keyed::new);
            var row = new Row(keyed.table, entry.key(), entry.value(), owner, generation, entry.version());
            insert(keyed, row);
            changes.changed(before, row);
        }
    }

    private void insert(Keyed keyed, Row row) {
        keyed.rows.put(row.key(), row);
        byVersion.add(firstAfter(row.version()), row);
        hash += hash(row);
        bytes += bytes(row);
    }

    private void remove(Row row) {
        Keyed keyed = rows.get(row.table());
        if (keyed != null) {
            keyed.rows.remove(row.key());
            if (keyed.rows.isEmpty()) {
                rows.remove(row.table());
            }
        }
        byVersion.remove(firstAfter(row.version()) - 1);
        hash -= hash(row);
        bytes -= bytes(row);
    }

    /** Forgets removals that are too old or too many. */
    void prune(long nowNanos) {
        if (tombstones == null) {
            return;
        }
        horizon = Math.max(horizon, tombstones.prune(nowNanos));
        if (tombstones.size() == 0) {
            tombstones = null;
        }
    }

    /**
     * What was asked for, as much as fits; all from the beginning if {@code want} is of another life, or has missed removals that are
     * forgotten here.
     *
     * @param room bytes for the entries; one entry is taken in any case
     * @return null if nothing is to be told: the other knows as much, or this one is in the midst of being told itself
     */
    @Nullable
    RowRange range(Want want, int room) {
        boolean known = want.generation() > generation || (want.generation() == generation && want.since() >= version);
        if (known || !isSettled()) {
            return null;
        }
        boolean fresh = want.generation() < generation || want.removalsKnown() < horizon;
        long from = fresh ? 0 : want.since();
        var entries = new ArrayList<Entry>();
        long to = version;
        int left = room;
        var changes = new Merged(from);
        for (Entry entry = changes.next(); entry != null; entry = changes.next()) {
            left -= TableCodec.entrySize(entry);
            if (left < 0 && !entries.isEmpty()) {
                to = entries.getLast().version();
                break;
            }
            entries.add(entry);
        }
        return new RowRange(owner, generation, from, to, version, horizon, entries);
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
        return (long) row.key().length() + row.value().length();
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
