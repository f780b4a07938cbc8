package io.dunlin.gossip.wire;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a cluster. Everything is encrypted with the primary, and what any of them opens is accepted, so that a key is changed without
 * a loss by three steps, each taken on all nodes before the next: {@link #install} the new one, {@link #use} it, {@link #remove} the old.
 * There is always a primary; it cannot be removed.
 *
 * <p>Thread-safe. A removed key is wiped at once; a cipher that used it may hold on to what it derived from it until it is used again.
 */
public final class KeyRing implements Keys, AutoCloseable {
    /** Each packet that none opens costs an attempt with every key. */
    public static final int MAX_KEYS = 16;

    /** The primary is the first; empty after {@link #close} alone. Replaced as a whole, under this ring's lock. */
    private volatile List<Key> keys;

    private KeyRing(List<Key> keys) {
        this.keys = keys;
    }

    /**
     * A ring of these keys, which are copied; a key that is given twice counts once.
     *
     * @throws IllegalArgumentException if a key is not of 16, 24 or 32 bytes, or there are too many
     */
    public static KeyRing of(byte[] primary, byte[]... others) {
        var ring = new KeyRing(List.of(new Key(primary)));
        for (byte[] other : others) {
            if (ring.install(other) == Outcome.FULL) {
                ring.close();
                throw new IllegalArgumentException((1 + others.length) + " keys; at most " + MAX_KEYS);
            }
        }
        return ring;
    }

    /** Accepts what is encrypted with {@code key} from now on; {@link Outcome#FULL} if there are {@value #MAX_KEYS} already. */
    public synchronized Outcome install(byte[] key) {
        checkLength(key);
        if (find(key) != null) {
            return Outcome.UNCHANGED;
        }
        if (keys.size() == MAX_KEYS) {
            return Outcome.FULL;
        }
        var more = new ArrayList<>(keys);
        more.add(new Key(key));
        keys = List.copyOf(more);
        return Outcome.DONE;
    }

    /** Encrypts with {@code key} from now on; {@link Outcome#UNKNOWN_KEY} if it is not installed. */
    public synchronized Outcome use(byte[] key) {
        checkLength(key);
        Key primary = find(key);
        if (primary == null) {
            return Outcome.UNKNOWN_KEY;
        }
        if (keys.indexOf(primary) == 0) {
            return Outcome.UNCHANGED;
        }
        var reordered = new ArrayList<>(keys);
        reordered.remove(primary);
        reordered.addFirst(primary);
        keys = List.copyOf(reordered);
        return Outcome.DONE;
    }

    /** Forgets {@code key}; {@link Outcome#PRIMARY_KEY} if everything is encrypted with it, {@link Outcome#UNKNOWN_KEY} if it is not installed. */
    public synchronized Outcome remove(byte[] key) {
        checkLength(key);
        Key old = find(key);
        if (old == null) {
            return Outcome.UNKNOWN_KEY;
        }
        if (keys.indexOf(old) == 0) {
            return Outcome.PRIMARY_KEY;
        }
        var fewer = new ArrayList<>(keys);
        fewer.remove(old);
        keys = List.copyOf(fewer);
        old.wipe();
        return Outcome.DONE;
    }

    /** What everything is encrypted with. */
    @Override
    public Key primary() {
        List<Key> now = keys;
        if (now.isEmpty()) {
            throw new IllegalStateException("the key ring is closed");
        }
        return now.getFirst();
    }

    /** As they are now, the primary first; immutable, but a key that is removed later is wiped in there too. */
    @Override
    public List<Key> keys() {
        return keys;
    }

    /** Wipes all keys; nothing can be encrypted or opened any more. */
    @Override
    public synchronized void close() {
        List<Key> old = keys;
        keys = List.of();
        old.forEach(Key::wipe);
    }

    /** The keys' fingerprints. */
    @Override
    public String toString() {
        return "KeyRing" + keys;
    }

    private @Nullable Key find(byte[] bytes) {
        for (Key key : keys) {
            if (key.holds(bytes)) {
                return key;
            }
        }
        return null;
    }

    /** Whether a key can have so many bytes: 16, 24 or 32. */
    public static boolean isKeyLength(int bytes) {
        return bytes == 16 || bytes == 24 || bytes == 32;
    }

    private static void checkLength(byte[] key) {
        if (!isKeyLength(key.length)) {
            throw new IllegalArgumentException("a key is 16, 24 or 32 bytes long, not " + key.length);
        }
    }

    /** How a change of the ring ended. */
    public enum Outcome {
        DONE,
        /** It was so already. */
        UNCHANGED,
        UNKNOWN_KEY,
        /** The primary is not removed: nobody could read us any more. */
        PRIMARY_KEY,
        FULL
    }

    /** A key, known by its fingerprint: it is never printed. */
    public static final class Key implements SecretKey {
        private static final long serialVersionUID = 1;

        private final long id;
        private final AtomicLong sealed = new AtomicLong();
        private transient byte @Nullable [] bytes;

        Key(byte[] bytes) {
            checkLength(bytes);
            this.bytes = bytes.clone();
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
                this.id = ByteBuffer.wrap(digest).getLong();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        /** The first hexadecimal digits of the key's SHA-256: tells keys of a ring apart, and tells nothing of the key. */
        public String fingerprint() {
            return HexFormat.of().toHexDigits((int) (id >>> 32));
        }

        /** The first bytes of the key's SHA-256. */
        long id() {
            return id;
        }

        /** How many times something was encrypted with it here. */
        public long sealed() {
            return sealed.get();
        }

        void countSealed() {
            sealed.incrementAndGet();
        }

        synchronized boolean holds(byte[] other) {
            return bytes != null && MessageDigest.isEqual(bytes, other);
        }

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        /** A copy of the key; null once it was removed, which makes a cipher refuse it. */
        @Override
        public synchronized byte @Nullable [] getEncoded() {
            return bytes == null ? null : bytes.clone();
        }

        synchronized void wipe() {
            if (bytes != null) {
                Arrays.fill(bytes, (byte) 0);
                bytes = null;
            }
        }

        private void writeObject(ObjectOutputStream out) throws NotSerializableException {
            throw new NotSerializableException("a key");
        }

        @Override
        public String toString() {
            return fingerprint();
        }
    }
}
