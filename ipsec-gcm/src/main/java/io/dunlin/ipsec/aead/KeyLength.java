package io.dunlin.ipsec.aead;

import java.lang.foreign.MemorySegment;

/** The lengths of keys that ESP is used with here: AES-128 and AES-256. */
final class KeyLength {
    static final int AES_128 = 16;
    static final int AES_256 = 32;

    private KeyLength() {}

    /** Bytes of {@code key}, which must be one of both. */
    static int of(MemorySegment key) {
        long length = key.byteSize();
        if (length != AES_128 && length != AES_256) {
            throw new IllegalArgumentException("a key of " + length + " bytes; AES-GCM takes 16 or 32 here");
        }
        return (int) length;
    }
}
