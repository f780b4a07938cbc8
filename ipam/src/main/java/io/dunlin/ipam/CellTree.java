package io.dunlin.ipam;

import org.jspecify.annotations.Nullable;

/**
 * Which of up to 2<sup>64</sup> cells are taken. A tree of 64 parts a node; a part that is wholly free or wholly taken costs two bits, so a
 * full pool needs no more memory than an empty one, and a pool of 2<sup>56</sup> cells no more than what is taken of it. Next free cell,
 * next taken cell, taking and freeing a range of any length: a few word operations for each level (4 at 2<sup>24</sup> cells).
 *
 * <p>Rejected (docs/adr/0019): a flat bitmap with summaries (no IPv6), sorted runs in a balanced tree (40 bytes and a walk where single
 * addresses come and go), a hash map of addresses (50 bytes each).
 */
final class CellTree {
    /** No such cell. */
    static final long NONE = -1;
    /** The largest number of a cell, unsigned: the one above it means {@link #NONE}. */
    static final long MAX_CELL = -2;

    private static final int MAX_BITS = 64;

    private final int rootShift;
    /** Null until a cell is taken: most trees of small pools stay empty. */
    private @Nullable CellBranch root;

    /** @param bits of a cell's number: 1 to 64 */
    CellTree(int bits) {
        this.rootShift = rootShift(bits);
    }

    private CellTree(CellBranch root) {
        this.rootShift = root.shift();
        this.root = root;
    }

    /** The highest cell that the root has room for. */
    private long limit() {
        int bits = rootShift + CellNode.PART_BITS;
        return bits < MAX_BITS ? (1L << bits) - 1 : MAX_CELL;
    }

    /** The lowest shift of a branch at which 64 parts hold all cells. */
    static int rootShift(int bits) {
        if (bits < 1 || bits > MAX_BITS) {
            throw new IllegalArgumentException(bits + " bits: allowed are 1 to " + MAX_BITS);
        }
        int shift = 2 * CellNode.PART_BITS;
        while (shift + CellNode.PART_BITS < bits) {
            shift += CellNode.PART_BITS;
        }
        return shift;
    }

    static CellTree of(CellBranch root) {
        return new CellTree(root);
    }

    CellBranch root() {
        if (root == null) {
            root = new CellBranch(rootShift);
        }
        return root;
    }

    boolean isTaken(long cell) {
        return nextTaken(cell) == cell;
    }

    /** The first free cell from {@code first} to {@code last}, as far as there is room for, or {@link #NONE}. */
    long nextFree(long first, long last) {
        if (!isWithin(first)) {
            return NONE;
        }
        long free = root == null ? first : root.nextFree(first);
        return Long.compareUnsigned(free, last) <= 0 ? free : NONE;
    }

    /** The first taken cell from {@code first} on, or {@link #NONE}. */
    long nextTaken(long first) {
        return root != null && isWithin(first) ? root.nextTaken(first) : NONE;
    }

    void take(long first, long last) {
        root().take(first, last);
    }

    void take(long cell) {
        root().take(cell, cell);
    }

    void free(long first, long last) {
        if (root != null) {
            root.free(first, last);
        }
    }

    void free(long cell) {
        free(cell, cell);
    }

    /** Cells that are taken and lie side by side. */
    interface Runs {
        void run(long first, long last);
    }

    /** Tells of all taken cells, in their order. */
    void takenRuns(Runs runs) {
        long first = nextTaken(0);
        while (first != NONE) {
            long free = nextFree(first, MAX_CELL);
            runs.run(first, free == NONE ? limit() : free - 1);
            first = free == NONE ? NONE : nextTaken(free);
        }
    }

    private boolean isWithin(long cell) {
        return Long.compareUnsigned(cell, limit()) <= 0;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }

    /** How many from {@code first} to {@code last} are taken, unsigned. */
    long count(long first, long last) {
        return root != null && isWithin(first) ? root.count(first, min(last, limit())) : 0;
    }

    /** The longest run of free cells from {@code first} to {@code last}, unsigned. Looks at what changed since it was last asked. */
    long longestFreeRun(long first, long last) {
        if (root == null) {
            return last - first + 1;
        }
        var runs = new FreeRuns();
        root.runs(first, last, runs);
        return runs.longest();
    }
}
