package io.dunlin.ipsec.rotation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a cluster as one node has them: the current one, which it sends by, during a rotation also the next, which it can receive by
 * already, and the previous, which it can receive by still. Two halves of a cluster that come together may add another of each.
 *
 * <p>Immutable, but for the end of a key: when it is retired it is wiped, in all rings that held it.
 */
public final class KeyRing implements AutoCloseable {
    /** Three in a rotation; the rest is for halves that come together. */
    static final int MAX_KEYS = 8;

    public static final KeyRing EMPTY = new KeyRing(List.of(), null, 0);

    private final List<RingKey> keys;

    @Nullable
    private final KeyId current;

    private final long dueMillis;

    /**
     * @param keys in ascending order
     * @param current one of them; null if there are none
     * @param dueMillis when the newest is to be followed by another, by the wall clock in milliseconds since 1970. State, not a timer: whoever
     *     leads after a restart goes on from it
     */
    KeyRing(List<RingKey> keys, @Nullable KeyId current, long dueMillis) {
        this.keys = List.copyOf(keys);
        this.current = current;
        this.dueMillis = dueMillis;
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Whether no rotation is under way: there is the current key and no other. */
    boolean isSettled() {
        return keys.size() == 1;
    }

    boolean isFull() {
        return keys.size() == MAX_KEYS;
    }

    /** From the oldest to the newest. */
    List<RingKey> keys() {
        return keys;
    }

    /** What this node prefers to send by; null if the ring is empty. */
    public @Nullable KeyId current() {
        return current;
    }

    /** The last in the order of keys; null if the ring is empty. */
    public @Nullable KeyId newest() {
        return keys.isEmpty() ? null : keys.getLast().id();
    }

    public long dueMillis() {
        return dueMillis;
    }

    /** Null if it is not in the ring. */
    @Nullable
    RingKey key(KeyId id) {
        for (RingKey each : keys) {
            if (each.id().equals(id)) {
                return each;
            }
        }
        return null;
    }

    /** Whether a key is later than all that are here. Only such are ever added, so what was retired never comes back. */
    boolean isBehind(@Nullable KeyId id) {
        KeyId newest = newest();
        return id != null && (newest == null || id.isAfter(newest));
    }

    /** With a newer key, to receive by; the first of all is the current one at once. */
    KeyRing with(RingKey key, long due) {
        if (!isBehind(key.id()) || isFull()) {
            throw new IllegalArgumentException(key + " cannot be added to " + this);
        }
        var more = new ArrayList<>(keys);
        more.add(key);
        return new KeyRing(more, current == null ? key.id() : current, due);
    }

    /** Sends by a later key from now on. */
    KeyRing promote(KeyId id) {
        if (key(id) == null || current != null && !id.isAfter(current)) {
            throw new IllegalArgumentException("key " + id + " cannot follow in " + this);
        }
        return new KeyRing(keys, id, dueMillis);
    }

    /** Without a key that was followed by another; wipes it. */
    KeyRing retire(KeyId id) {
        RingKey key = key(id);
        if (key == null || current == null || !current.isAfter(id)) {
            throw new IllegalArgumentException("key " + id + " cannot be retired from " + this);
        }
        var fewer = new ArrayList<>(keys);
        fewer.remove(key);
        key.close();
        return new KeyRing(fewer, current, dueMillis);
    }

    KeyRing withDue(long due) {
        return new KeyRing(keys, current, due);
    }

    /** Keys for another purpose, one of each of these, the newest first: they turn as these do. Whoever asks for them wipes them. */
    public List<byte[]> derived(String purpose) {
        return keys.reversed().stream().map(key -> key.derive(purpose)).toList();
    }

    /** Names the keys, says nothing else of them. */
    @Override
    public String toString() {
        return "key ring " + keys.stream().map(RingKey::id).toList() + " current " + current;
    }

    /** Wipes all keys. */
    @Override
    public void close() {
        keys.forEach(RingKey::close);
    }
}
