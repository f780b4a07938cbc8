package io.dunlin.gossip;

import io.dunlin.gossip.table.OwnerDigest;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableMessage.Want;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one member knows of another's rows, from life to life: the rows, and what cannot be joined to them yet. News that comes before what
 * it continues waits for it. Rows that have to be told from the beginning, of a new life or after removals that were missed, gather beside
 * the old ones and take their place when all are there, so that what did not change is not seen to go and come back.
 */
final class Replica {
    /** News that waits. What comes beyond has to be fetched. */
    static final int MAX_AHEAD = 64;

    private final TableLimits limits;
    private OwnerRows rows;
    /** To take the place of {@link #rows}. */
    private @Nullable OwnerRows next;
    /** By where it begins; null for none. */
    private @Nullable TreeMap<Long, RowRange> ahead;

    Replica(OwnerRows rows, TableLimits limits) {
        this.rows = rows;
        this.limits = limits;
    }

    /** What is to be seen. */
    OwnerRows rows() {
        return rows;
    }

    OwnerDigest digest() {
        return rows.digest();
    }

    /** What to ask for. */
    Want want() {
        return next != null ? next.want() : rows.want();
    }

    /** Whether there is more to know than this, which was said to be. */
    boolean lacks(long generation, long version) {
        return next != null
                || rows.generation() < generation
                || (rows.generation() == generation && rows.version() < version);
    }

    /** Rows that are kept, those that wait to be seen among them. */
    int size() {
        return rows.size() + (next == null ? 0 : next.size());
    }

    long bytes() {
        return rows.bytes() + (next == null ? 0 : next.bytes());
    }

    /** Has all rows told anew. */
    void refetch() {
        next = new OwnerRows(rows.owner(), rows.generation(), limits);
    }

    /** Which of both would take it; null: neither. */
    @Nullable
    OwnerRows taker(RowRange range) {
        if (rows.accepts(range)) {
            return rows;
        }
        return next != null && next.accepts(range) ? next : null;
    }

    /**
     * Takes what a peer told.
     *
     * @param reset it begins at 0 although it was asked for since a later version
     * @return whether it told anything new
     */
    boolean apply(RowRange range, boolean reset, long nowNanos, OwnerRows.Changes changes) {
        OwnerRows latest = next != null ? next : rows;
        boolean newLife = range.generation() > latest.generation();
        boolean begins = newLife || (reset && range.generation() == latest.generation());
        if (range.from() == 0 && begins) {
            next = new OwnerRows(range.owner(), range.generation(), limits);
        }
        OwnerRows taker = taker(range);
        if (taker == null) {
            return replaceIfComplete(nowNanos, changes) || await(range);
        }
        taker.apply(range, nowNanos, taker == rows ? changes : (before, after) -> {});
        if (taker == rows) {
            takeAwaited(nowNanos, changes);
        }
        replaceIfComplete(nowNanos, changes);
        return true;
    }

    /** Lets the rows that were gathered take the place of the others. */
    private boolean replaceIfComplete(long nowNanos, OwnerRows.Changes changes) {
        OwnerRows gathered = next;
        if (gathered == null || !gathered.isSettled()) {
            return false;
        }
        OwnerRows old = rows;
        boolean newLife = gathered.generation() > old.generation();
        if (!newLife && gathered.version() < old.version()) {
            return false;
        }
        rows = gathered;
        next = null;
        for (Row row : gathered.rows()) {
            Row before = old.get(row.table(), row.key());
            if (!row.equals(before)) {
                changes.changed(before, row);
            }
        }
        for (Row row : old.rows()) {
            if (gathered.get(row.table(), row.key()) == null) {
                changes.changed(row, null);
            }
        }
        if (newLife) {
            ahead = null;
        }
        takeAwaited(nowNanos, changes);
        return true;
    }

    private boolean await(RowRange range) {
        boolean isAhead = range.generation() == rows.generation() && range.from() > rows.version();
        if (!isAhead || range.to() < range.asOf()) {
            return false;
        }
        if (ahead == null) {
            ahead = new TreeMap<>();
        }
        RowRange known = ahead.get(range.from());
        if (known == null ? ahead.size() == MAX_AHEAD : known.to() >= range.to()) {
            return false;
        }
        ahead.put(range.from(), range);
        return true;
    }

    private void takeAwaited(long nowNanos, OwnerRows.Changes changes) {
        while (ahead != null && ahead.firstKey() <= rows.version()) {
            RowRange first = ahead.pollFirstEntry().getValue();
            if (rows.accepts(first)) {
                rows.apply(first, nowNanos, changes);
            }
            if (ahead.isEmpty()) {
                ahead = null;
            }
        }
    }

    void prune(long nowNanos) {
        rows.prune(nowNanos);
    }
}
