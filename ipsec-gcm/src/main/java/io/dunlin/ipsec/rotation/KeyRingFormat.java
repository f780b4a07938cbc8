package io.dunlin.ipsec.rotation;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A key ring as bytes, for the file of one node.
 *
 * <pre>
 * "DUNLINKR" │ version (1) │ due (8) │ keys: count (1) │ place of the current one (1)
 * each key: epoch (8) │ tag (8) │ length (1) │ key (16 or 32)
 * SHA-256 of all that (32)
 * </pre>
 *
 * <p>The hash is there to tell a torn file, not a forged one: who can write the file can read it.
 */
final class KeyRingFormat {
    private static final byte[] MAGIC = "DUNLINKR".getBytes(US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER = MAGIC.length + 1 + Long.BYTES + 2;
    private static final int HASH = 32;
    private static final int MAX_KEY = 2 * Long.BYTES + 1 + RingKey.LONG;
    static final int MAX_LENGTH = HEADER + KeyRing.MAX_KEYS * MAX_KEY + HASH;

    private KeyRingFormat() {}

    /** Holds keys: to be wiped. */
    static byte[] encode(KeyRing ring) {
        int length = HEADER + HASH;
        int current = 0;
        for (int i = 0; i < ring.keys().size(); i++) {
            RingKey key = ring.keys().get(i);
            length += 2 * Long.BYTES + 1 + key.length();
            current = key.id().equals(ring.current()) ? i : current;
        }
        ByteBuffer out = ByteBuffer.allocate(length)
                .put(MAGIC)
                .put((byte) VERSION)
                .putLong(ring.dueMillis())
                .put((byte) ring.keys().size())
                .put((byte) current);
        for (RingKey key : ring.keys()) {
            byte[] bytes = key.copy();
            out.putLong(key.id().epoch())
                    .putLong(key.id().tag())
                    .put((byte) bytes.length)
                    .put(bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        return out.put(hash(out.array(), length - HASH)).array();
    }

    /** @throws KeyRingException if these bytes are no such ring, whole and of a version that is known */
    static KeyRing decode(byte[] data) throws KeyRingException {
        if (data.length < HEADER + HASH || data.length > MAX_LENGTH) {
            throw new KeyRingException(data.length + " bytes; a key ring has " + (HEADER + HASH) + " to " + MAX_LENGTH);
        }
        if (!Arrays.equals(data, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new KeyRingException("no key ring: it begins with something else");
        }
        if (data[MAGIC.length] != VERSION) {
            throw new KeyRingException("version " + (data[MAGIC.length] & 0xff) + " is not known, " + VERSION + " is");
        }
        int end = data.length - HASH;
        if (!Arrays.equals(hash(data, end), Arrays.copyOfRange(data, end, data.length))) {
            throw new KeyRingException("torn or damaged: its hash is wrong");
        }
        var keys = new ArrayList<RingKey>();
        try {
            return read(ByteBuffer.wrap(data, MAGIC.length + 1, end - MAGIC.length - 1), keys);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            keys.forEach(RingKey::close);
            throw new KeyRingException("malformed, though its hash is right: " + e);
        }
    }

    private static KeyRing read(ByteBuffer in, List<RingKey> keys) {
        long due = in.getLong();
        int count = in.get();
        int current = in.get();
        if (count < 0 || count > KeyRing.MAX_KEYS || current < 0 || current >= Math.max(count, 1)) {
            throw new IllegalArgumentException(count + " keys, of which " + current + " is current");
        }
        for (int i = 0; i < count; i++) {
            var id = new KeyId(in.getLong(), in.getLong());
            int length = in.get();
            RingKey.checkLength(length);
            if (i > 0 && !id.isAfter(keys.getLast().id())) {
                throw new IllegalArgumentException("key " + id + " is out of order");
            }
            var key = new byte[length];
            in.get(key);
            keys.add(new RingKey(id, key));
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes too many");
        }
        return new KeyRing(keys, keys.isEmpty() ? null : keys.get(current).id(), due);
    }

    private static byte[] hash(byte[] data, int length) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(data, 0, length);
            return sha.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }
}
