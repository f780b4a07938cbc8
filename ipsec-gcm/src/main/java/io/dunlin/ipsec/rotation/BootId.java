package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.KeyDerivation;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** What tells a node's starts apart: 16 random bytes, drawn when it starts, and whenever it may have been set back in time. Not a secret. */
public record BootId(long high, long low) {
    public static BootId random(RandomGenerator random) {
        return new BootId(random.nextLong(), random.nextLong());
    }

    byte[] array() {
        return ByteBuffer.allocate(KeyDerivation.BOOT_ID_LENGTH)
                .putLong(high)
                .putLong(low)
                .array();
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
