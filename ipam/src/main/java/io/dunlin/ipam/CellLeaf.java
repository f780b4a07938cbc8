package io.dunlin.ipam;

/**
 * The lowest node: its parts are of 64 cells, and a mixed one is a word of which bit c says that cell c is taken. A few words lie side by side;
 * more than {@value #MOST_PACKED} each in the place of its part, as cells come and go there, and moving their neighbours each time took a third of the time
 * of a nearly full pool (IpamBenchmark).
 */
final class CellLeaf extends CellNode {
    private static final int MOST_PACKED = 16;
    /** Fewer than this are packed again; not one less than the most, so that one cell that comes and goes does not move all. */
    private static final int FEWEST_SPREAD = 8;

    private static final long[] NO_WORDS = {};

    private long[] words = NO_WORDS;

    private boolean isSpread() {
        return words.length == PARTS;
    }

    private int at(int part) {
        return isSpread() ? part : place(part);
    }

    @Override
    int shift() {
        return PART_BITS;
    }

    @Override
    long nextFreeIn(int part, long from) {
        return next(~words[at(part)], from);
    }

    @Override
    long nextTakenIn(int part, long from) {
        return next(words[at(part)], from);
    }

    private static long next(long word, long from) {
        long rest = word & -1L << from;
        return rest == 0 ? CellTree.NONE : Long.numberOfTrailingZeros(rest);
    }

    @Override
    long countIn(int part, long first, long last) {
        return Long.bitCount(words[at(part)] & mask(first, last));
    }

    private static long mask(long first, long last) {
        return -1L << first & -1L >>> (PARTS - 1 - last);
    }

    @Override
    void insert(int part, boolean isTaken) {
        if (words.length == MOST_PACKED) {
            words = spread(words, mixed);
        }
        long word = isTaken ? -1L : 0;
        if (isSpread()) {
            words[part] = word;
            return;
        }
        int place = place(part);
        var longer = new long[words.length + 1];
        System.arraycopy(words, 0, longer, 0, place);
        System.arraycopy(words, place, longer, place + 1, words.length - place);
        longer[place] = word;
        words = longer;
    }

    @Override
    void drop(long parts) {
        long left = mixed & ~parts;
        if (parts != 0 && (!isSpread() || Long.bitCount(left) < FEWEST_SPREAD)) {
            words = packed(left);
        }
    }

    /** The words of these parts, all of which are mixed, side by side. */
    private long[] packed(long parts) {
        var side = new long[Long.bitCount(parts)];
        int count = 0;
        for (long rest = parts; rest != 0; rest &= rest - 1) {
            side[count++] = words[at(Long.numberOfTrailingZeros(rest))];
        }
        return side;
    }

    /** The words that lie side by side, each in the place of its part. */
    private static long[] spread(long[] packed, long parts) {
        var places = new long[PARTS];
        int count = 0;
        for (long rest = parts; rest != 0; rest &= rest - 1) {
            places[Long.numberOfTrailingZeros(rest)] = packed[count++];
        }
        return places;
    }

    @Override
    void takeIn(int part, long first, long last) {
        words[at(part)] |= mask(first, last);
    }

    @Override
    void freeIn(int part, long first, long last) {
        words[at(part)] &= ~mask(first, last);
    }

    @Override
    boolean isFull(int part) {
        return words[at(part)] == -1L;
    }

    @Override
    boolean isEmpty(int part) {
        return words[at(part)] == 0;
    }

    @Override
    void runsIn(int part, long first, long last, FreeRuns runs) {
        long word = words[at(part)] | ~mask(first, last);
        long cell = first;
        while (cell <= last) {
            long free = next(~word, cell);
            if (free == CellTree.NONE) {
                runs.taken();
                return;
            }
            if (free > cell) {
                runs.taken();
            }
            long taken = next(word, free);
            long end = taken == CellTree.NONE ? PARTS : taken;
            runs.free(end - free);
            cell = end;
        }
    }

    /** The words of the mixed parts, side by side. */
    long[] words() {
        return packed(mixed);
    }

    /** Takes parts and words as they are, for a tree that is read. */
    void restore(long fullParts, long mixedParts, long[] mixedWords) {
        full = fullParts;
        mixed = mixedParts;
        words = mixedWords.length > MOST_PACKED ? spread(mixedWords, mixedParts) : mixedWords;
    }
}
