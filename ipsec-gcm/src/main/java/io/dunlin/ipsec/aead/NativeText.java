package io.dunlin.ipsec.aead;

import io.dunlin.vxlan.wire.Memory;
import java.util.Objects;

/** Addresses that native code is told, after the one check of bounds that it gets. Whoever asks keeps the memory reachable meanwhile. */
final class NativeText {
    private NativeText() {}

    /**
     * Where a text of {@code length} bytes begins that has room for its tag.
     *
     * @param isClosed whether the key is gone, and with it the memory that it lay in
     */
    static long address(Memory memory, long at, int length, boolean isClosed) {
        Objects.checkIndex(length, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(at, (long) length + Aead.TAG_LENGTH, memory.size());
        return base(memory, isClosed) + at;
    }

    /**
     * Where memory begins in which something is sealed, after {@link SealedText#check}.
     *
     * @param isClosed as above
     */
    static long base(Memory memory, boolean isClosed) {
        if (isClosed) {
            throw new IllegalStateException("closed");
        }
        return addressOf(memory);
    }

    /** Where the nonce stands, with the additional data {@link Aead#AAD} bytes further on. */
    static long besideAddress(Memory beside, int aadLength) {
        Objects.checkFromIndexSize(Aead.AAD, aadLength, beside.size());
        return addressOf(beside);
    }

    private static long addressOf(Memory memory) {
        if (!memory.segment().isNative()) {
            throw new IllegalArgumentException("memory on the heap, where the collector may move it");
        }
        return memory.address();
    }
}
