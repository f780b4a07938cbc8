package io.dunlin.ipsec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A key and a salt (RFC 4106 section 8.1) of one direction between two nodes. Lies outside the heap, and is wiped when closed. Thread-safe. */
public final class SaKey implements AutoCloseable {
    public static final int SALT_LENGTH = 4;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment key;
    private final int salt;

    /**
     * Takes what is in an array, which is wiped.
     *
     * @param keyAndSalt 16 or 32 bytes of key, and 4 of salt
     * @throws IllegalArgumentException if it has another length
     */
    public SaKey(byte[] keyAndSalt) {
        int length = keyAndSalt.length - SALT_LENGTH;
        if (length != 16 && length != 32) {
            throw new IllegalArgumentException(
                    "key and salt of " + keyAndSalt.length + " bytes; allowed are 20 (AES-128) and 36 (AES-256)");
        }
        key = arena.allocate(length);
        MemorySegment.copy(keyAndSalt, 0, key, JAVA_BYTE, 0, length);
        salt = ByteBuffer.wrap(keyAndSalt).getInt(length);
        Arrays.fill(keyAndSalt, (byte) 0);
    }

    /** The key's bytes, only to read. */
    MemorySegment key() {
        return key;
    }

    int salt() {
        return salt;
    }

    /** What an analyser of packets needs to read along: 0x and the digits of key and salt. For a person who asked for it, nowhere else. */
    public String reveal() {
        var digits = new StringBuilder("0x");
        for (byte each : key.toArray(JAVA_BYTE)) {
            digits.append("%02x".formatted(each));
        }
        return digits.append("%08x".formatted(salt)).toString();
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return "AES-" + 8 * key.byteSize();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            key.fill((byte) 0);
            arena.close();
        }
    }
}
