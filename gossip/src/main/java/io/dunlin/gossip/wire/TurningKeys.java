package io.dunlin.gossip.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member's keys where they turn by themselves: beside the ring, whose keys are enough to get in, those that change. They are handed in from
 * outside, come from no message of gossip's own, and may be others with each member for a while.
 *
 * <p>What is said to a member is encrypted with the newest key that it has {@linkplain KeyAnnouncement announced} and this one has too; without
 * one, because it is new here, or forgot all, or is made of memberlist, with the ring's primary. So a key is in use between two as soon as
 * both have it, whatever others have, and nobody has to switch at a moment. What is opened says nothing of what is sent: all keys are accepted.
 *
 * <p>Thread-safe.
 */
public final class TurningKeys implements Keys, AutoCloseable {
    /** Each packet that none opens costs an attempt with every key. */
    public static final int MAX_KEYS = 8;

    private final KeyRing ring;
    /** The newest first. Replaced as a whole, under this object's lock. */
    private volatile List<KeyRing.Key> turning = List.of();

    /** @param ring stays the caller's, and may be changed while in use */
    public TurningKeys(KeyRing ring) {
        this.ring = ring;
    }

    /**
     * Has these keys from now on, beside the ring's. Others are told by {@link #announce} alone. Those it had before and that are not among
     * these are wiped, so they should have been followed for longer than a packet is on its way.
     *
     * @param newestFirst 16, 24 or 32 bytes each, copied; up to {@value #MAX_KEYS}
     */
    public synchronized void turn(List<byte[]> newestFirst) {
        if (newestFirst.size() > MAX_KEYS) {
            throw new IllegalArgumentException(newestFirst.size() + " keys that turn; at most " + MAX_KEYS);
        }
        List<KeyRing.Key> before = turning;
        var next = new ArrayList<KeyRing.Key>();
        for (byte[] bytes : newestFirst) {
            KeyRing.Key kept = find(before, bytes);
            next.add(kept == null ? new KeyRing.Key(bytes) : kept);
        }
        turning = List.copyOf(next);
        before.stream().filter(key -> !next.contains(key)).forEach(KeyRing.Key::wipe);
    }

    private static KeyRing.@Nullable Key find(List<KeyRing.Key> keys, byte[] bytes) {
        for (KeyRing.Key key : keys) {
            if (key.holds(bytes)) {
                return key;
            }
        }
        return null;
    }

    /** What the ring encrypts with. */
    @Override
    public KeyRing.Key primary() {
        return ring.primary();
    }

    /** Those that turn, the newest first, then the ring's. */
    @Override
    public List<KeyRing.Key> keys() {
        var all = new ArrayList<>(turning);
        all.addAll(ring.keys());
        return all;
    }

    /** By what a member is spoken to that says {@code meta} of itself. */
    public KeyRing.Key keyFor(Bytes meta) {
        for (KeyRing.Key key : turning) {
            if (KeyAnnouncement.names(meta, key.id())) {
                return key;
            }
        }
        return ring.primary();
    }

    /** What a member that has these keys says of itself, beside {@code meta}. */
    public Bytes announce(Bytes meta) {
        return KeyAnnouncement.append(
                meta, turning.stream().mapToLong(KeyRing.Key::id).toArray());
    }

    /** Packets and streams that were encrypted here with the newest; 0 if there is none. */
    public long sealedByNewest() {
        List<KeyRing.Key> now = turning;
        return now.isEmpty() ? 0 : now.getFirst().sealed();
    }

    /** Wipes the keys that turn. */
    @Override
    public void close() {
        turn(List.of());
    }

    /** The keys' fingerprints. */
    @Override
    public String toString() {
        return "TurningKeys" + turning + " beside " + ring;
    }
}
