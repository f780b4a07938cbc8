package io.dunlin.gossip.wire;

import java.util.Arrays;

/**
 * Compresses by LZW in the variant of Go's compress/lzw with the least significant bit first and literals of 8 bits: codes begin with 9
 * bits and grow up to 12; 256 clears the table, 257 ends; the first code is a clear, and the table is cleared when it is full.
 *
 * <p>Not thread-safe: it keeps its table, of 64 KiB.
 */
final class LzwEncoder {
    static final int CLEAR = 256;
    static final int END = 257;
    static final int MIN_WIDTH = 9;
    static final int MAX_WIDTH = 12;
    private static final int LAST_CODE = (1 << MAX_WIDTH) - 1;
    private static final byte[] NONE = new byte[0];

    /** Open addressing; an entry is prefix code (12 bits), byte (8), code of both (12), and 0 is none, as no pair has code 0. */
    private final int[] table = new int[4 << MAX_WIDTH];

    /** Of {@link #table}, the part in use: a short text needs few entries, and clearing them all would take longer than it. */
    private int entries;

    private byte[] out = NONE;
    private int length;
    private int bits;
    private int bitCount;
    private int width;
    private int lastCode;

    /** A length that no {@code length} bytes exceed when compressed: 12 bits for each, a clear for each full table, and both ends. */
    static int maxLength(int length) {
        return length + length / 2 + length / 1024 + 16;
    }

    /**
     * Compresses {@code in} into {@code out}.
     *
     * @return the compressed length; −1 if it does not fit
     */
    int encode(byte[] in, byte[] out) {
        this.out = out;
        length = 0;
        bits = 0;
        bitCount = 0;
        int pairs = Math.min(in.length, 1 << MAX_WIDTH);
        entries = Integer.highestOneBit(pairs | 64) << 2; // at least twice as many, at most all
        clear();
        write(CLEAR);
        if (in.length > 0) {
            int prefix = in[0] & 0xff;
            for (int i = 1; i < in.length && length <= out.length; i++) {
                prefix = next(prefix, in[i] & 0xff);
            }
            write(prefix);
            growOrClear();
        }
        write(END);
        if (bitCount > 0) {
            put();
        }
        this.out = NONE; // it is the caller's
        return length > out.length ? -1 : length;
    }

    /** Adds a byte to what {@code prefix} stands for; if that is not in the table, writes it, and begins anew with the byte. */
    private int next(int prefix, int literal) {
        int pair = prefix << 8 | literal;
        int slot = slot(pair);
        while (table[slot] != 0) {
            if (table[slot] >>> MAX_WIDTH == pair) {
                return table[slot] & LAST_CODE;
            }
            slot = slot + 1 & entries - 1;
        }
        write(prefix);
        if (growOrClear()) {
            table[slot] = pair << MAX_WIDTH | lastCode;
        }
        return literal;
    }

    private int slot(int pair) {
        return (pair * 0x9E37_79B1 >>> 16 & entries - 1);
    }

    /** Takes the next code; false if there was none left, and all begin anew. */
    private boolean growOrClear() {
        lastCode++;
        if (lastCode == 1 << width) {
            width++;
        }
        if (lastCode == LAST_CODE) {
            write(CLEAR);
            clear();
            return false;
        }
        return true;
    }

    private void clear() {
        Arrays.fill(table, 0, entries, 0);
        width = MIN_WIDTH;
        lastCode = END;
    }

    private void write(int code) {
        bits |= code << bitCount;
        bitCount += width;
        while (bitCount >= 8) {
            put();
        }
    }

    private void put() {
        if (length < out.length) {
            out[length] = (byte) bits;
        }
        length++; // beyond the end it counts on, which tells that it did not fit
        bits >>>= 8;
        bitCount -= 8;
    }
}
