package io.dunlin.ipam;

import java.util.Arrays;

/** The lowest node: its parts are of 64 cells, and a mixed one is a word of which bit c says that cell c is taken. */
final class CellLeaf extends CellNode {
    private static final long[] NO_WORDS = {};

    private long[] words = NO_WORDS;

    @Override
    int shift() {
        return PART_BITS;
    }

    @Override
    long nextFreeIn(int part, long from) {
        return next(~words[place(part)], from);
    }

    @Override
    long nextTakenIn(int part, long from) {
        return next(words[place(part)], from);
    }

    private static long next(long word, long from) {
        long rest = word & -1L << from;
        return rest == 0 ? CellTree.NONE : Long.numberOfTrailingZeros(rest);
    }

    @Override
    long countIn(int part, long first, long last) {
        return Long.bitCount(words[place(part)] & mask(first, last));
    }

    private static long mask(long first, long last) {
        return -1L << first & -1L >>> (PARTS - 1 - last);
    }

    @Override
    void insert(int part, boolean isTaken) {
        int place = place(part);
        var longer = new long[words.length + 1];
        System.arraycopy(words, 0, longer, 0, place);
        System.arraycopy(words, place, longer, place + 1, words.length - place);
        longer[place] = isTaken ? -1L : 0;
        words = longer;
    }

    @Override
    void drop(long parts) {
        if (parts == 0) {
            return;
        }
        int first = Long.bitCount(mixed & lower(Long.numberOfTrailingZeros(parts)));
        int count = Long.bitCount(parts); // neighbours: one, or all that lie between two
        var shorter = Arrays.copyOf(words, words.length - count);
        System.arraycopy(words, first + count, shorter, first, shorter.length - first);
        words = shorter;
    }

    @Override
    void takeIn(int part, long first, long last) {
        words[place(part)] |= mask(first, last);
    }

    @Override
    void freeIn(int part, long first, long last) {
        words[place(part)] &= ~mask(first, last);
    }

    @Override
    boolean isFull(int part) {
        return words[place(part)] == -1L;
    }

    @Override
    boolean isEmpty(int part) {
        return words[place(part)] == 0;
    }

    @Override
    void runsIn(int part, long first, long last, FreeRuns runs) {
        long word = words[place(part)] | ~mask(first, last);
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

    /** The words of the mixed parts, to be read. */
    long[] words() {
        return words;
    }

    /** Takes parts and words as they are, for a tree that is read. */
    void restore(long fullParts, long mixedParts, long[] mixedWords) {
        full = fullParts;
        mixed = mixedParts;
        words = mixedWords;
    }
}
