package io.dunlin.ipsec;

import java.util.Arrays;

/**
 * Which sequence numbers came already (RFC 4303 section 3.4.3), in the ring of words of RFC 6479: as the window moves on, words are cleared
 * and nothing is shifted. Sequence numbers are unsigned and begin with 1.
 *
 * <p>Not thread-safe.
 */
final class ReplayWindow {
    private static final int WORD = Long.SIZE;

    private final long[] words;
    private final int size;
    private long highest;

    /**
     * A window that nothing came in yet.
     *
     * @param first what is below counts as come
     * @param size how far below the highest a number may be and still be told apart; a multiple of 64, and one word less than a power of
     *     two of them
     */
    ReplayWindow(long first, int size) {
        int wordCount = size / WORD + 1;
        if (size <= 0 || size % WORD != 0 || Integer.bitCount(wordCount) != 1) {
            throw new IllegalArgumentException(
                    "a replay window of " + size + "; it has 64 · (2^n − 1) numbers, like 64, 4032 or 8128");
        }
        this.size = size;
        this.words = new long[wordCount];
        this.highest = first - 1;
        Arrays.fill(words, -1);
        words[word(highest)] = -1L >>> (WORD - 1 - (highest & WORD - 1)); // what is above it in its word may come
    }

    int size() {
        return size;
    }

    /** The highest number that came; the one before the first if none did. */
    long highest() {
        return highest;
    }

    /** Whether the number did not come yet, and is not too old to tell. */
    boolean isNew(long sequence) {
        if (sequence == 0) {
            return false;
        }
        if (Long.compareUnsigned(sequence, highest) > 0) {
            return true;
        }
        return Long.compareUnsigned(highest - sequence, size) < 0 && (words[word(sequence)] & bit(sequence)) == 0;
    }

    /** Notes a number that {@link #isNew} and whose packet was authentic. */
    void accept(long sequence) {
        if (Long.compareUnsigned(sequence, highest) > 0) {
            long steps = Math.min((sequence >>> 6) - (highest >>> 6), words.length);
            for (long step = 1; step <= steps; step++) {
                words[word(highest + step * WORD)] = 0;
            }
            highest = sequence;
        }
        words[word(sequence)] |= bit(sequence);
    }

    private int word(long sequence) {
        return (int) (sequence >>> 6) & words.length - 1;
    }

    private static long bit(long sequence) {
        return 1L << sequence; // by its last six bits
    }
}
