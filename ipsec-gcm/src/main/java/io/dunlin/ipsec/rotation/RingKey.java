package io.dunlin.ipsec.rotation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dunlin.ipsec.KeyDerivation;
import io.dunlin.ipsec.SaKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A key of the ring. No packet is sealed with it: keys of security associations are derived from it. Lies outside the heap, and is wiped when
 * closed.
 */
public final class RingKey implements AutoCloseable {
    static final int SHORT = 16;
    static final int LONG = 32;

    private final KeyId id;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment key;

    /**
     * Takes what is in an array, which is wiped.
     *
     * @param key 16 or 32 bytes
     */
    public RingKey(KeyId id, byte[] key) {
        checkLength(key.length);
        this.id = id;
        this.key = arena.allocate(key.length);
        this.key.copyFrom(MemorySegment.ofArray(key));
        Arrays.fill(key, (byte) 0);
    }

    /** A new one, of so many bytes. */
    static RingKey random(KeyId id, int length, RandomGenerator random) {
        var key = new byte[length];
        random.nextBytes(key);
        return new RingKey(id, key);
    }

    static void checkLength(int length) {
        if (!isLength(length)) {
            throw new IllegalArgumentException("a ring key of " + length + " bytes; allowed are 16 and 32");
        }
    }

    static boolean isLength(int length) {
        return length == SHORT || length == LONG;
    }

    public KeyId id() {
        return id;
    }

    int length() {
        return (int) key.byteSize();
    }

    /** The key's bytes; whoever asks for them wipes them. */
    byte[] copy() {
        return key.toArray(JAVA_BYTE);
    }

    /** The key of what {@code sender} sends to {@code receiver}. */
    SaKey derive(Incarnation sender, Incarnation receiver) {
        byte[] bytes = copy();
        try {
            return KeyDerivation.derive(
                    bytes,
                    id.epoch(),
                    sender.name(),
                    receiver.name(),
                    sender.boot().array(),
                    receiver.boot().array());
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** The key of another purpose, which all have in common that have this one; whoever asks for it wipes it. */
    byte[] derive(String purpose) {
        byte[] bytes = copy();
        try {
            return KeyDerivation.derive(bytes, id.epoch(), purpose);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return "ring key " + id;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            key.fill((byte) 0);
            arena.close();
        }
    }
}
