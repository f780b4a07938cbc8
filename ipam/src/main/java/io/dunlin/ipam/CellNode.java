package io.dunlin.ipam;

/**
 * 64 parts of a {@link CellTree}, each wholly free, wholly taken, or mixed. Mixed parts alone are stored, side by side in the order of their
 * numbers. Cells are numbered from 0 in each node.
 */
abstract sealed class CellNode permits CellBranch, CellLeaf {
    static final int PARTS = 64;
    static final int PART_BITS = 6;

    /** Bit p: part p is taken to the last cell. */
    long full;
    /** Bit p: of part p some cells are taken and some free. Never a bit that {@link #full} has. */
    long mixed;

    /** How often a cell's number is to be shifted right to give its part's. */
    abstract int shift();

    // what is done inside one mixed part, whose cells are numbered from 0 in turn

    abstract long nextFreeIn(int part, long from);

    abstract long nextTakenIn(int part, long from);

    abstract long countIn(int part, long first, long last);

    /** Stores an empty part, to be filled at once. */
    abstract void insert(int part, boolean isTaken);

    /** Forgets the storage of mixed parts. */
    abstract void drop(long parts);

    abstract void takeIn(int part, long first, long last);

    abstract void freeIn(int part, long first, long last);

    abstract boolean isFull(int part);

    abstract boolean isEmpty(int part);

    abstract void runsIn(int part, long first, long last, FreeRuns runs);

    /** Where mixed part {@code part} lies among those that are stored. */
    final int place(int part) {
        return Long.bitCount(mixed & lower(part));
    }

    final long lastOfPart() {
        return (1L << shift()) - 1;
    }

    private int part(long cell) {
        return (int) (cell >>> shift());
    }

    private long offset(long cell) {
        return cell & lastOfPart();
    }

    private long number(int part, long offset) {
        return ((long) part << shift()) | offset;
    }

    private boolean has(long parts, int part) {
        return (parts >>> part & 1) != 0;
    }

    /** The bits below {@code part}. */
    static long lower(int part) {
        return (1L << part) - 1;
    }

    /** The bits above {@code part}. */
    private static long upper(int part) {
        return -2L << part;
    }

    /** The first free cell from {@code from} on, or {@link CellTree#NONE}. */
    final long nextFree(long from) {
        int part = part(from);
        if (has(mixed, part)) {
            long found = nextFreeIn(part, offset(from));
            if (found != CellTree.NONE) {
                return number(part, found);
            }
        } else if (!has(full, part)) {
            return from;
        }
        long later = ~full & upper(part);
        if (later == 0) {
            return CellTree.NONE;
        }
        int first = Long.numberOfTrailingZeros(later);
        return number(first, has(mixed, first) ? nextFreeIn(first, 0) : 0);
    }

    /** The first taken cell from {@code from} on, or {@link CellTree#NONE}. */
    final long nextTaken(long from) {
        int part = part(from);
        if (has(mixed, part)) {
            long found = nextTakenIn(part, offset(from));
            if (found != CellTree.NONE) {
                return number(part, found);
            }
        } else if (has(full, part)) {
            return from;
        }
        long later = (full | mixed) & upper(part);
        if (later == 0) {
            return CellTree.NONE;
        }
        int first = Long.numberOfTrailingZeros(later);
        return number(first, has(mixed, first) ? nextTakenIn(first, 0) : 0);
    }

    final long count(long first, long last) {
        int from = part(first);
        int to = part(last);
        long count = 0;
        for (int part = from; part <= to; part++) {
            long begin = part == from ? offset(first) : 0;
            long end = part == to ? offset(last) : lastOfPart();
            if (has(full, part)) {
                count += end - begin + 1;
            } else if (has(mixed, part)) {
                count += countIn(part, begin, end);
            }
        }
        return count;
    }

    void take(long first, long last) {
        int from = part(first);
        int to = part(last);
        if (from == to) {
            takePart(from, offset(first), offset(last));
            return;
        }
        takePart(from, offset(first), lastOfPart());
        long between = upper(from) & lower(to);
        drop(between & mixed);
        mixed &= ~between;
        full |= between;
        takePart(to, 0, offset(last));
    }

    private void takePart(int part, long first, long last) {
        if (has(full, part)) {
            return;
        }
        long bit = 1L << part;
        boolean isWhole = first == 0 && last == lastOfPart();
        if (!isWhole) {
            if (!has(mixed, part)) {
                insert(part, false);
                mixed |= bit;
            }
            takeIn(part, first, last);
            if (!isFull(part)) {
                return;
            }
        }
        drop(bit & mixed);
        mixed &= ~bit;
        full |= bit;
    }

    void free(long first, long last) {
        int from = part(first);
        int to = part(last);
        if (from == to) {
            freePart(from, offset(first), offset(last));
            return;
        }
        freePart(from, offset(first), lastOfPart());
        long between = upper(from) & lower(to);
        drop(between & mixed);
        mixed &= ~between;
        full &= ~between;
        freePart(to, 0, offset(last));
    }

    private void freePart(int part, long first, long last) {
        long bit = 1L << part;
        boolean isWhole = first == 0 && last == lastOfPart();
        if (!isWhole) {
            if (has(full, part)) {
                insert(part, true);
                full &= ~bit;
                mixed |= bit;
            }
            if (!has(mixed, part)) {
                return;
            }
            freeIn(part, first, last);
            if (!isEmpty(part)) {
                return;
            }
        }
        drop(bit & mixed);
        mixed &= ~bit;
        full &= ~bit;
    }

    /** Tells {@code runs} of the cells from {@code first} to {@code last}, in their order. */
    void runs(long first, long last, FreeRuns runs) {
        int from = part(first);
        int to = part(last);
        for (int part = from; part <= to; part++) {
            long begin = part == from ? offset(first) : 0;
            long end = part == to ? offset(last) : lastOfPart();
            if (has(full, part)) {
                runs.taken();
            } else if (has(mixed, part)) {
                runsIn(part, begin, end, runs);
            } else {
                runs.free(end - begin + 1);
            }
        }
    }
}
