package io.dunlin.gossip.wire;

import static io.dunlin.gossip.wire.LzwEncoder.CLEAR;
import static io.dunlin.gossip.wire.LzwEncoder.END;
import static io.dunlin.gossip.wire.LzwEncoder.MAX_WIDTH;
import static io.dunlin.gossip.wire.LzwEncoder.MIN_WIDTH;

import java.util.Arrays;

/**
 * Undoes {@link LzwEncoder}, and what Go's does. A code stands for bytes that were written before, so the table holds where in the output
 * they are: nothing is kept twice, and no code can stand for more than there is.
 *
 * <p>Not thread-safe: it keeps its table, of 32 KiB.
 */
final class LzwDecoder {
    private final int[] starts = new int[1 << MAX_WIDTH];
    private final int[] lengths = new int[1 << MAX_WIDTH];

    /**
     * Decompresses {@code in} from {@code from} up to the end code, which must come before {@code to}; what follows it is ignored, as Go does.
     *
     * @param max bytes that it may become
     */
    byte[] decode(byte[] in, int from, int to, int max) throws ProtocolException {
        var out = new byte[(int) Math.min(max, 64 + 4L * (to - from))];
        int length = 0;
        int position = from;
        long bits = 0;
        int bitCount = 0;
        int width = MIN_WIDTH;
        int last = END; // the code that the next one defines: what came before it, and its own first byte
        int lastLength = 0; // of what the code before stood for; 0 if the next one defines nothing
        while (true) {
            while (bitCount < width) {
                if (position == to) {
                    throw new ProtocolException(Refused.TRUNCATED, "compressed bytes end without an end code");
                }
                bits |= (long) (in[position++] & 0xff) << bitCount;
                bitCount += 8;
            }
            int code = (int) bits & (1 << width) - 1;
            bits >>>= width;
            bitCount -= width;
            if (code == END) {
                return Arrays.copyOf(out, length);
            }
            if (code == CLEAR) {
                width = MIN_WIDTH;
                last = END;
                lastLength = 0;
                continue;
            }
            if (code > last) {
                throw new ProtocolException(Refused.MALFORMED, "a code that stands for nothing yet");
            }
            if (lastLength > 0) {
                starts[last] = length - lastLength;
                lengths[last] = lastLength + 1;
            }
            int size = code < CLEAR ? 1 : lengths[code];
            if (size > max - length) {
                throw new ProtocolException(Refused.DECOMPRESSES_TOO_LARGE, "more than " + max + " bytes decompressed");
            }
            if (size > out.length - length) {
                out = Arrays.copyOf(out, (int) Math.min(max, Math.max(length + size, 2L * out.length)));
            }
            if (code < CLEAR) {
                out[length] = (byte) code;
            } else {
                copy(out, starts[code], length, size);
            }
            length += size;
            lastLength = size;
            last++;
            if (last == 1 << width) {
                if (width < MAX_WIDTH) {
                    width++;
                } else {
                    // full: it stays as it is until it is cleared
                    last--;
                    lastLength = 0;
                }
            }
        }
    }

    /** Within {@code out}; a code that is used as soon as it is defined ends with the byte that it begins with, which is only now written. */
    private static void copy(byte[] out, int from, int to, int size) {
        if (from + size <= to) {
            System.arraycopy(out, from, out, to, size);
            return;
        }
        for (int i = 0; i < size; i++) {
            out[to + i] = out[from + i];
        }
    }
}
