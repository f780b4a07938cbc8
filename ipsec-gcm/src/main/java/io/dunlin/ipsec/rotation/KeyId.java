package io.dunlin.ipsec.rotation;

/**
 * Names a key of the ring. Of two that were made for the same epoch, by two leaders who did not know of each other, the random tag tells which
 * is the later one: the same everywhere. Not a secret.
 *
 * @param epoch 1 for a cluster's first key, one more for each that follows
 * @param tag random
 */
public record KeyId(long epoch, long tag) implements Comparable<KeyId> {
    /** Beyond it nobody gets by turning keys; a bound for what arrives. */
    static final long MAX_EPOCH = 1L << 48;

    public KeyId {
        if (epoch < 1 || epoch > MAX_EPOCH) {
            throw new IllegalArgumentException("key epoch " + epoch + ": allowed are 1 to " + MAX_EPOCH);
        }
    }

    boolean isAfter(KeyId other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(KeyId other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compareUnsigned(tag, other.tag);
    }

    @Override
    public String toString() {
        return "%d-%016x".formatted(epoch, tag);
    }
}
