package io.dunlin.gossip;

import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableMessage;
import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All rows that a member knows, its own among them, and what of them is to be seen: the rows of members that are there. Those of one that
 * failed are kept for a while, and come back with it. Pure: it is told the time and who is there. Used on the protocol's thread, but for
 * {@link #view}.
 */
final class TableStore {
    /** How long the rows of a member that failed, or that is not known yet, are kept for its return. */
    static final Duration ABSENT_KEPT = Duration.ofHours(1);

    /** Members that are not there of which rows are kept. */
    static final int MAX_ABSENT = 16_384;

    private final String localName;
    private final TableLimits limits;
    private final Map<String, TableView> views = new ConcurrentHashMap<>();
    private final Map<String, Known> owners = new HashMap<>();
    /** Owners that are not there and since when, the longest first. */
    private final LinkedHashMap<String, Long> absent = new LinkedHashMap<>();

    private final long[] buckets = new long[TableMessage.BUCKETS];
    private final Known local;
    private long rows;
    private long bytes;

    /** An owner, whatever life it is in. */
    private static final class Known {
        OwnerRows rows;
        boolean present;
        /** What it adds to its bucket's hash. */
        long share;

        Known(OwnerRows rows) {
            this.rows = rows;
        }
    }

    /** What became of what a peer told. */
    enum Applied {
        NEWS,
        KNOWN,
        /** There is no room for it. */
        REFUSED
    }

    TableStore(String localName, long generation, TableLimits limits) {
        this.localName = localName;
        this.limits = limits;
        this.local = new Known(new OwnerRows(localName, generation));
        local.present = true;
        owners.put(localName, local);
        reckon(local);
    }

    /** The one of that name; on any thread. */
    TableView view(String table) {
        return views.computeIfAbsent(table, TableView::new);
    }

    /** This member's own. */
    OwnerRows local() {
        return local.rows;
    }

    /** What is known of a member's rows; null if it never told of any, or was forgotten. */
    @Nullable
    OwnerRows owner(String name) {
        Known known = owners.get(name);
        return known == null ? null : known.rows;
    }

    /** Whether that member is there, and speaks of tables. */
    boolean isPresent(String name) {
        Known known = owners.get(name);
        return known != null && known.present;
    }

    /** Rows that are kept, also those that are not to be seen. */
    long rows() {
        return rows;
    }

    /** Of their keys and values. */
    long bytes() {
        return bytes;
    }

    PutResult put(String table, String key, Bytes value, long nowNanos) {
        Row before = local.rows.get(table, key);
        if (before != null && before.value().equals(value)) {
            return new PutResult.Accepted(before);
        }
        if (before == null && local.rows.size() >= limits.rowsPerOwner()) {
            return new PutResult.Refused("this member has " + local.rows.size() + " rows of " + limits.rowsPerOwner());
        }
        if (before == null && rows >= limits.rows()) {
            return new PutResult.Refused("there are " + rows + " rows of " + limits.rows());
        }
        long more = key.length() + value.length();
        if (bytes + more > limits.bytes()) {
            return new PutResult.Refused(
                    "rows take " + bytes + " bytes of " + limits.bytes() + ", and this one " + more);
        }
        write(table, key, value, nowNanos);
        return new PutResult.Accepted(local.rows.rows().getLast());
    }

    /** @return whether there was one */
    boolean remove(String table, String key, long nowNanos) {
        if (local.rows.get(table, key) == null) {
            return false;
        }
        write(table, key, null, nowNanos);
        return true;
    }

    private void write(String table, String key, @Nullable Bytes value, long nowNanos) {
        long rowsBefore = local.rows.size();
        long bytesBefore = local.rows.bytes();
        local.rows.write(table, key, value, nowNanos, (before, after) -> show(before, after, Cause.REMOVED));
        count(local.rows.size() - rowsBefore, local.rows.bytes() - bytesBefore);
        reckon(local);
    }

    /** This member's name was seen with a higher generation or version than its own: all its rows go into a new life beyond that. */
    void supersede(long generation, long nowNanos) {
        var rows = new OwnerRows(localName, generation);
        for (Row row : List.copyOf(local.rows.rows())) {
            rows.write(row.table(), row.key(), row.value(), nowNanos, (_, after) -> show(row, after, Cause.REMOVED));
        }
        local.rows = rows;
        reckon(local);
    }

    /** Takes what a peer told; {@code reset} as in {@link OwnerRows#apply}. */
    Applied apply(RowRange range, boolean reset, long nowNanos) {
        if (range.owner().equals(localName)) {
            return Applied.KNOWN;
        }
        Known known = owners.get(range.owner());
        if (known != null && range.generation() < known.rows.generation()) {
            return Applied.KNOWN;
        }
        if (!makeRoom(known, range)) {
            return Applied.REFUSED;
        }
        if (known == null) {
            known = new Known(new OwnerRows(range.owner(), range.generation()));
            owners.put(range.owner(), known);
            leavePresence(known, nowNanos);
        } else if (range.generation() > known.rows.generation()) {
            restart(known, range, nowNanos);
            return Applied.NEWS;
        }
        Known owner = known;
        long rowsBefore = owner.rows.size();
        long bytesBefore = owner.rows.bytes();
        boolean news = owner.rows.apply(range, reset, nowNanos, (before, after) -> {
            if (owner.present) {
                show(before, after, Cause.REMOVED);
            }
        });
        count(owner.rows.size() - rowsBefore, owner.rows.bytes() - bytesBefore);
        reckon(owner);
        return news ? Applied.NEWS : Applied.KNOWN;
    }

    /** The rows of its new life take the place of those of the old. */
    private void restart(Known known, RowRange range, long nowNanos) {
        OwnerRows old = known.rows;
        var rows = new OwnerRows(range.owner(), range.generation());
        rows.apply(range, false, nowNanos, (_, after) -> {
            if (after != null && known.present) {
                show(old.get(after.table(), after.key()), after, Cause.REMOVED);
            }
        });
        if (known.present) {
            for (Row row : old.rows()) {
                if (rows.get(row.table(), row.key()) == null) {
                    show(row, null, Cause.REMOVED);
                }
            }
        }
        known.rows = rows;
        count(rows.size() - old.size(), rows.bytes() - old.bytes());
        reckon(known);
    }

    /** Forgets what is known of an owner's rows, so that it is fetched anew. */
    void distrust(String name) {
        Known known = owners.get(name);
        if (known != null && known != local) {
            OwnerRows old = known.rows;
            if (known.present) {
                old.rows().forEach(row -> show(row, null, Cause.REMOVED));
            }
            known.rows = new OwnerRows(name, old.generation());
            count(-old.size(), -old.bytes());
            reckon(known);
        }
    }

    /** A member is there. One that never speaks of tables has no place here. */
    void joined(String name) {
        Known known = owners.get(name);
        if (known != null && !known.present) {
            known.present = true;
            absent.remove(name);
            known.rows.rows().forEach(row -> show(null, row, Cause.REMOVED));
            reckon(known);
        }
    }

    void failed(String name, long nowNanos) {
        Known known = owners.get(name);
        if (known != null && known.present && known != local) {
            hide(known, Cause.OWNER_FAILED);
            leavePresence(known, nowNanos);
            reckon(known);
        }
    }

    void left(String name) {
        Known known = owners.get(name);
        if (known != null && known != local) {
            hide(known, Cause.OWNER_LEFT);
            forget(name);
        }
    }

    private void hide(Known known, Cause cause) {
        if (known.present) {
            known.rows.rows().forEach(row -> show(row, null, cause));
            known.present = false;
        }
    }

    private void leavePresence(Known known, long nowNanos) {
        absent.put(known.rows.owner(), nowNanos);
        while (absent.size() > MAX_ABSENT) {
            forget(absent.firstEntry().getKey());
        }
    }

    private void forget(String name) {
        Known known = owners.remove(name);
        absent.remove(name);
        if (known != null) {
            count(-known.rows.size(), -known.rows.bytes());
            buckets[bucket(name)] -= known.share;
        }
    }

    /** To be called now and then: forgets removals, and members that did not come back. */
    void prune(long nowNanos) {
        for (Known known : owners.values()) {
            known.rows.prune(nowNanos);
        }
        while (!absent.isEmpty() && nowNanos - absent.firstEntry().getValue() > ABSENT_KEPT.toNanos()) {
            forget(absent.firstEntry().getKey());
        }
    }

    /** Whether what {@code range} adds fits; rows of members that are not there give way, the longest gone first. */
    private boolean makeRoom(@Nullable Known known, RowRange range) {
        OwnerRows held = known != null && known.rows.generation() == range.generation() ? known.rows : null;
        int newRows = 0;
        long newBytes = 0;
        for (var entry : range.entries()) {
            if (entry.value() != null) {
                newBytes += entry.key().length() + entry.value().length();
                if (held == null || held.get(entry.table(), entry.key()) == null) {
                    newRows++;
                }
            }
        }
        if ((held == null ? 0 : held.size()) + newRows > limits.rowsPerOwner()) {
            return false;
        }
        while (rows + newRows > limits.rows() || bytes + newBytes > limits.bytes()) {
            String longestGone = longestGoneBut(range.owner());
            if (longestGone == null) {
                return false;
            }
            forget(longestGone);
        }
        return true;
    }

    private @Nullable String longestGoneBut(String owner) {
        for (String name : absent.keySet()) {
            if (!name.equals(owner)) {
                return name;
            }
        }
        return null;
    }

    private void show(@Nullable Row before, @Nullable Row after, Cause cause) {
        Row either = after != null ? after : before;
        if (either != null) {
            view(either.table()).change(before, after, cause);
        }
    }

    private void count(long moreRows, long moreBytes) {
        rows += moreRows;
        bytes += moreBytes;
    }

    // ------------------------------------------------------------------ digests

    private static int bucket(String name) {
        return (int) (OwnerRows.mix(name.hashCode()) >>> 58);
    }

    /** Sets what the owner adds to its bucket's hash. */
    private void reckon(Known known) {
        long share = 0;
        if (known.present) {
            OwnerDigest digest = known.rows.digest();
            share = OwnerRows.mix(digest.owner().hashCode() ^ OwnerRows.mix(digest.generation()));
            share = OwnerRows.mix(share ^ OwnerRows.mix(digest.version()) ^ digest.hash());
        }
        buckets[bucket(known.rows.owner())] += share - known.share;
        known.share = share;
    }

    /** For each bucket a hash of what is known of those of its owners that are there. */
    List<Long> bucketHashes() {
        var hashes = new ArrayList<Long>(buckets.length);
        for (long bucket : buckets) {
            hashes.add(bucket);
        }
        return hashes;
    }

    /** Of all buckets. */
    long summary() {
        long summary = 0;
        for (long bucket : buckets) {
            summary = OwnerRows.mix(summary ^ bucket);
        }
        return summary;
    }

    /** Bit i: bucket i's hash is another. */
    long differing(List<Long> hashes) {
        long differing = 0;
        for (int i = 0; i < buckets.length; i++) {
            if (hashes.get(i) != buckets[i]) {
                differing |= 1L << i;
            }
        }
        return differing;
    }

    /** Of owners that are there, in the buckets whose bits are set, ordered by bucket. */
    List<OwnerDigest> digests(long mask) {
        var digests = new ArrayList<OwnerDigest>();
        for (Known known : owners.values()) {
            if (known.present && isIn(mask, known.rows.owner())) {
                digests.add(known.rows.digest());
            }
        }
        return digests;
    }

    static boolean isIn(long mask, String owner) {
        return (mask >>> bucket(owner) & 1) != 0;
    }
}
