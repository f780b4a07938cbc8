package io.dunlin.ipsec.aead;

import io.dunlin.vxlan.wire.Memory;
import java.util.Objects;

/** What every engine asks of the places of a text before it seals it: the one check of bounds that native code gets. */
final class SealedText {
    private SealedText() {}

    /**
     * Checks that text and result lie in memory, and are in one place or do not touch.
     *
     * @throws IndexOutOfBoundsException if one of them is not in it as a whole
     * @throws IllegalArgumentException if they overlap: engines would each make something else of that
     */
    static void check(Memory memory, int from, int length, int to) {
        long sealed = (long) length + Aead.TAG_LENGTH;
        Objects.checkFromIndexSize(from, (long) length, memory.size());
        Objects.checkFromIndexSize(to, sealed, memory.size());
        if (from != to && to < from + length && from < to + sealed) {
            throw new IllegalArgumentException(
                    "a text of " + length + " bytes at " + from + " cannot be sealed to " + to + ": they overlap");
        }
    }
}
