package io.dunlin.ipsec.rotation;

import java.time.Duration;

/**
 * When keys turn. Immutable; should be the same at all nodes.
 *
 * @param keyLength bytes of ring keys, and of the keys derived from them: 16 (AES-128) or 32 (AES-256)
 * @param interval from one rotation to the next. Longer: more is readable to whoever gets hold of a key
 * @param packets by one association, after which keys turn before they are due; at twice as many nothing more goes by it
 * @param bytes the same in bytes, taken as packets of {@code mtu} bytes: counting each packet's would cost the data path more than it gains
 * @param mtu the most bytes of a packet
 * @param grace how long a key that nobody sends by is still received by: longer than a packet may stay in the network and a worker may take to
 *     see a new table. It also is how long a node that starts waits before it leads
 * @param retry until what was not acknowledged is said again
 * @param pause between two ticks, after which this node stood still and asks its peers before it sends on. Less than {@code grace}
 */
public record RotationConfig(
        int keyLength,
        Duration interval,
        long packets,
        long bytes,
        int mtu,
        Duration grace,
        Duration retry,
        Duration pause) {
    /** Every twelve hours, as people know it from Docker Swarm, or after 2^32 packets or 4 TiB. */
    public static final RotationConfig DEFAULT = new RotationConfig(
            16,
            Duration.ofHours(12),
            1L << 32,
            1L << 42,
            1500,
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5));

    private static final long MAX_PACKETS = 1L << 60;

    public RotationConfig {
        RingKey.checkLength(keyLength);
        if (packets < 1 || packets > MAX_PACKETS || mtu < 1 || bytes < mtu) {
            throw new IllegalArgumentException(packets + " packets, " + bytes + " bytes, MTU " + mtu
                    + ": allowed are 1 to " + MAX_PACKETS + " packets, and the bytes of one at least");
        }
        if (retry.compareTo(Duration.ZERO) <= 0 || pause.compareTo(retry) < 0 || grace.compareTo(pause) <= 0) {
            throw new IllegalArgumentException("retry " + retry + ", pause " + pause + ", grace " + grace
                    + ": each must be longer than the one before");
        }
        if (interval.compareTo(grace) <= 0) {
            throw new IllegalArgumentException("interval " + interval + " is not longer than the grace time " + grace);
        }
    }

    public RotationConfig every(Duration other) {
        return new RotationConfig(keyLength, other, packets, bytes, mtu, grace, retry, pause);
    }

    /** The same with other waits; they are for slower networks than most, and for tests. */
    public RotationConfig waiting(Duration otherGrace, Duration otherRetry, Duration otherPause) {
        return new RotationConfig(keyLength, interval, packets, bytes, mtu, otherGrace, otherRetry, otherPause);
    }

    /** Packets after which an association asks for new keys. */
    long packetLimit() {
        return Math.min(packets, bytes / mtu);
    }
}
