package io.dunlin.gossip;

import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableMessage;
import io.dunlin.gossip.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All rows that a member knows, its own among them, and what of them is to be seen: the rows of members that are there. Those of one that
 * failed are kept for a while, and come back with it. Pure: it is told the time and who is there. Used on the protocol's thread, but for
 * {@link #view}.
 */
final class TableStore {
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
        Replica replica;
        boolean present;
        /** What it adds to its bucket's hash. */
        long share;

        Known(Replica replica) {
            this.replica = replica;
        }

        OwnerRows rows() {
            return replica.rows();
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
        this.local = new Known(fresh(localName, generation));
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
        return local.rows();
    }

    /** What is known of a member's rows; null if it never told of any, or was forgotten. */
    @Nullable
    Replica replica(String name) {
        Known known = owners.get(name);
        return known == null ? null : known.replica;
    }

    /** Whether there is more to know of a member than this one does. */
    boolean lacks(String owner, long generation, long version) {
        Known known = owners.get(owner);
        return known == null || known.replica.lacks(generation, version);
    }

    private Replica fresh(String owner, long generation) {
        return new Replica(new OwnerRows(owner, generation, limits), limits);
    }

    /** Whether that member is there, and speaks of tables. */
    boolean isPresent(String name) {
        Known known = owners.get(name);
        return known != null && known.present;
    }

    /** One but this that is there; null if there is none. Looks at all owners. */
    @Nullable
    String randomPresent(RandomGenerator random) {
        String found = null;
        int count = 0;
        for (Known known : owners.values()) {
            if (known.present && known != local && random.nextInt(++count) == 0) {
                found = known.rows().owner();
            }
        }
        return found;
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
        Row before = local.rows().get(table, key);
        if (before != null && before.value().equals(value)) {
            return new PutResult.Accepted(before);
        }
        if (before == null && local.rows().size() >= limits.rowsPerOwner()) {
            return new PutResult.Refused(
                    "this member has " + local.rows().size() + " rows of " + limits.rowsPerOwner());
        }
        if (before == null && rows >= limits.rows()) {
            return new PutResult.Refused("there are " + rows + " rows of " + limits.rows());
        }
        long more = (long) key.length() + value.length();
        if (bytes + more > limits.bytes()) {
            return new PutResult.Refused(
                    "rows take " + bytes + " bytes of " + limits.bytes() + ", and this one " + more);
        }
        write(table, key, value, nowNanos);
        return new PutResult.Accepted(local.rows().rows().getLast());
    }

    /** Removes this member's row, and says whether there was one. */
    boolean remove(String table, String key, long nowNanos) {
        if (local.rows().get(table, key) == null) {
            return false;
        }
        write(table, key, null, nowNanos);
        return true;
    }

    private void write(String table, String key, @Nullable Bytes value, long nowNanos) {
        long rowsBefore = local.rows().size();
        long bytesBefore = local.rows().bytes();
        local.rows().write(table, key, value, nowNanos, (before, after) -> show(before, after, Cause.REMOVED));
        count(local.rows().size() - rowsBefore, local.rows().bytes() - bytesBefore);
        reckon(local);
    }

    /** This member's name was seen with a higher generation or version than its own: all its rows go into a new life beyond that. */
    void supersede(long generation, long nowNanos) {
        Replica renewed = fresh(localName, generation);
        for (Row row : local.rows().rows()) {
            renewed.rows()
                    .write(
                            row.table(),
                            row.key(),
                            row.value(),
                            nowNanos,
                            (_, after) -> show(row, after, Cause.REMOVED));
        }
        local.replica = renewed;
        reckon(local);
    }

    /** Takes what a peer told; {@code reset} as in {@link Replica#apply}. */
    Applied apply(RowRange range, boolean reset, long nowNanos) {
        if (range.owner().equals(localName)) {
            return Applied.KNOWN;
        }
        Known known = owners.get(range.owner());
        if (known != null && range.generation() < known.rows().generation()) {
            return Applied.KNOWN;
        }
        if (!makeRoom(known, range)) {
            return Applied.REFUSED;
        }
        if (known == null) {
            // A life is known from its beginning, whatever part of it is told first.
            known = new Known(fresh(range.owner(), range.generation()));
            owners.put(range.owner(), known);
            leavePresence(known, nowNanos);
        }
        Known owner = known;
        long rowsBefore = owner.replica.size();
        long bytesBefore = owner.replica.bytes();
        boolean news = owner.replica.apply(range, reset, nowNanos, (before, after) -> {
            if (owner.present) {
                show(before, after, Cause.REMOVED);
            }
        });
        count(owner.replica.size() - rowsBefore, owner.replica.bytes() - bytesBefore);
        reckon(owner);
        return news ? Applied.NEWS : Applied.KNOWN;
    }

    /** Somebody knows the owner's rows otherwise, and better: they are to be told anew. */
    void distrust(String name) {
        Known known = owners.get(name);
        if (known != null && known != local) {
            long rowsBefore = known.replica.size();
            long bytesBefore = known.replica.bytes();
            known.replica.refetch();
            count(known.replica.size() - rowsBefore, known.replica.bytes() - bytesBefore);
        }
    }

    /** A member is there. One that never speaks of tables has no place here. */
    void joined(String name) {
        Known known = owners.get(name);
        if (known != null && !known.present) {
            known.present = true;
            absent.remove(name);
            known.rows().rows().forEach(row -> show(null, row, Cause.REMOVED));
            tellForgotten(name);
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
            known.rows().rows().forEach(row -> show(row, null, cause));
            known.present = false;
        }
    }

    private void leavePresence(Known known, long nowNanos) {
        absent.put(known.rows().owner(), nowNanos);
        while (absent.size() > MAX_ABSENT) {
            forget(absent.firstEntry().getKey());
        }
    }

    private void forget(String name) {
        Known known = owners.remove(name);
        if (absent.remove(name) != null) {
            tellForgotten(name);
        }
        if (known != null) {
            count(-known.replica.size(), -known.replica.bytes());
            buckets[bucket(name)] -= known.share;
        }
    }

    /** Rows of a member that was not there: it is again, and they were told; or it is no longer waited for. */
    private void tellForgotten(String name) {
        views.values().forEach(view -> view.forgot(name));
    }

    /** To be called now and then: forgets removals, and members that did not come back. */
    void prune(long nowNanos) {
        for (Known known : owners.values()) {
            known.replica.prune(nowNanos);
        }
        while (!absent.isEmpty()
                && nowNanos - absent.firstEntry().getValue()
                        > limits.absentKept().toNanos()) {
            forget(absent.firstEntry().getKey());
        }
    }

    /** Whether what {@code range} adds fits; rows of members that are not there give way, the longest gone first. */
    private boolean makeRoom(@Nullable Known known, RowRange range) {
        OwnerRows held = known == null ? null : known.replica.taker(range);
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
            OwnerDigest digest = known.rows().digest();
            share = OwnerRows.mix(digest.owner().hashCode() ^ OwnerRows.mix(digest.generation()));
            share = OwnerRows.mix(share ^ OwnerRows.mix(digest.version()) ^ digest.hash());
        }
        buckets[bucket(known.rows().owner())] += share - known.share;
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

    /** By bucket, of the owners that are there; empty for buckets whose bit is not set. */
    List<List<OwnerDigest>> digests(long mask) {
        var digests = new ArrayList<List<OwnerDigest>>(buckets.length);
        for (int i = 0; i < buckets.length; i++) {
            digests.add(new ArrayList<>(0));
        }
        for (Known known : owners.values()) {
            int bucket = bucket(known.rows().owner());
            if (known.present && (mask >>> bucket & 1) != 0) {
                digests.get(bucket).add(known.rows().digest());
            }
        }
        return digests;
    }
}
