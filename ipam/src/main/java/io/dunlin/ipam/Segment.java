package io.dunlin.ipam;

/** Neighbouring numbers of a {@link NumberPool} that are granted before those of the next segment. All numbers are unsigned. */
final class Segment {
    private static final int[] WARNINGS = {80, 95};
    /** How far usage has to fall below a warning before the same comes again. */
    private static final int HYSTERESIS_PERCENT = 5;

    private final long first;
    private final long last;
    /** How many can be granted: all but those that are kept free. */
    private long size;
    /** How many are granted or in quarantine. */
    private long used;
    /** Where the next search begins, under {@link Policy#NEXT_FIT}. */
    private long cursor;
    /** The last warning that was given, in percent; not part of the state that is replayed. */
    private int warned;

    Segment(long first, long last) {
        if (Long.compareUnsigned(first, last) > 0 || Long.compareUnsigned(last, CellTree.MAX_CELL) > 0) {
            throw new IllegalArgumentException(
                    "a segment from " + Long.toUnsignedString(first) + " to " + Long.toUnsignedString(last));
        }
        this.first = first;
        this.last = last;
        this.size = last - first + 1;
        this.cursor = first;
    }

    long first() {
        return first;
    }

    long last() {
        return last;
    }

    long size() {
        return size;
    }

    void keepFree(long count) {
        size = last - first + 1 - count;
    }

    long used() {
        return used;
    }

    void use(long count) {
        used += count;
    }

    void unuse(long count) {
        used -= count;
    }

    boolean hasFree() {
        return used != size;
    }

    long cursor() {
        return cursor;
    }

    /** The next search begins behind that number. */
    void moveBehind(long number) {
        cursor = number == last ? first : number + 1;
    }

    /** Takes what was read for what it is, and gives no warning for it. */
    void restore(long usedNumbers, long cursorAt) {
        used = usedNumbers;
        cursor = cursorAt;
        int _ = warning();
    }

    boolean contains(long number) {
        return Long.compareUnsigned(number, first) >= 0 && Long.compareUnsigned(number, last) <= 0;
    }

    /** How many from {@code from} to {@code to} are of this segment. */
    long overlap(long from, long to) {
        long begin = Long.compareUnsigned(from, first) > 0 ? from : first;
        long end = Long.compareUnsigned(to, last) < 0 ? to : last;
        return Long.compareUnsigned(begin, end) > 0 ? 0 : end - begin + 1;
    }

    /** The warning that is due, in percent; 0: none. It is due once, until usage has fallen well below. */
    int warning() {
        int reached = 0;
        for (int percent : WARNINGS) {
            if (isUsed(percent)) {
                reached = percent;
            }
        }
        if (reached > warned) {
            warned = reached;
            return reached;
        }
        if (warned > reached && !isUsed(warned - HYSTERESIS_PERCENT)) {
            warned = reached;
        }
        return 0;
    }

    /** Of more than 2<sup>56</sup> numbers the share is taken without the last digits, which then do not matter. */
    private boolean isUsed(int percent) {
        return used != 0
                && (size >>> 56 == 0 ? used * 100 >= size * percent : (used >>> 8) * 100 >= (size >>> 8) * percent);
    }
}
