package io.dunlin.ipsec.aead;

import java.lang.foreign.MemorySegment;

/** Something that computes AES-GCM. Thread-safe. */
public interface AeadEngine {
    /** As people know it, with its version, like {@code ipsec-mb 1.3.0}. */
    String name();

    /**
     * Prepares a key.
     *
     * @param key 16 or 32 bytes outside the heap; they may be wiped afterwards
     * @throws IllegalArgumentException if it has another length
     */
    Aead withKey(MemorySegment key);
}
