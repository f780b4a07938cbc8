package io.dunlin.lb;

/** The flows of a shard that are opening, by the numbers of their records, in the order in which they came. Guarded by its shard. */
final class OpeningQueue {
    private static final int NONE = FlowShard.NONE;

    private final int[] next;
    private final int[] previous;
    private final boolean[] isThere;
    private int oldest = NONE;
    private int youngest = NONE;

    /** @param capacity numbers are below */
    OpeningQueue(int capacity) {
        next = new int[capacity];
        previous = new int[capacity];
        isThere = new boolean[capacity];
    }

    /** {@link FlowShard#NONE} if there is none. */
    int oldest() {
        return oldest;
    }

    /** The one that came after one that is there; {@link FlowShard#NONE} if it was the last. */
    int next(int record) {
        return next[record];
    }

    boolean contains(int record) {
        return isThere[record];
    }

    void add(int record) {
        isThere[record] = true;
        next[record] = NONE;
        previous[record] = youngest;
        if (youngest == NONE) {
            oldest = record;
        } else {
            next[youngest] = record;
        }
        youngest = record;
    }

    /** @param record is there */
    void remove(int record) {
        isThere[record] = false;
        int before = previous[record];
        int after = next[record];
        if (before == NONE) {
            oldest = after;
        } else {
            next[before] = after;
        }
        if (after == NONE) {
            youngest = before;
        } else {
            previous[after] = before;
        }
    }
}
