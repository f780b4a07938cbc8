package io.dunlin.gossip.wire;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Provider;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * memberlist's encryption, AES-GCM with random nonces:
 *
 * <pre>
 *   version, 1 byte | nonce, 12 | ciphertext | tag, 16
 * </pre>
 *
 * Version 0 pads the text to blocks of 16 bytes as PKCS #7 does, with 1 to 16 bytes; version 1 does not. Both are opened. What a key may
 * encrypt is bounded by the nonces: of 2^32 under one key, two are equal with a probability of 2^−33 (NIST SP 800-38D, 8.3).
 *
 * <p>The version is not authenticated. Who changes it on the way makes 1 to 16 bytes at the end of the text padding, where they look like
 * it, or makes padding text: all that is left to do to who has no key, besides sending a packet again.
 *
 * <p>Not thread-safe: it keeps its ciphers.
 */
final class Encryption {
    static final int PADDED = 0;
    static final int PLAIN = 1;
    /** Bytes more than the text at most, by version. */
    private static final int[] OVERHEAD = {45, 29};

    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    private static final int NONCE_OFFSET = 1;
    private static final int TEXT_OFFSET = 13;
    private static final int TAG_LENGTH = 16;
    private static final int BLOCK = 16;

    private final Keys keys;
    private final int version;
    private final RandomGenerator nonces;
    private final Cipher sealing;
    private final Cipher opening;
    private final byte[] nonce = new byte[TEXT_OFFSET - NONCE_OFFSET];

    /** Null without keys. */
    static @Nullable Encryption of(@Nullable Keys keys, int version, RandomGenerator nonces) {
        return keys == null ? null : new Encryption(keys, version, nonces);
    }

    Encryption(Keys keys, int version, RandomGenerator nonces) {
        this.keys = keys;
        this.version = version;
        this.nonces = nonces;
        this.sealing = newCipher();
        this.opening = newCipher();
    }

    Keys keys() {
        return keys;
    }

    /** What is encrypted by a node that speaks {@code protocol}. */
    static int versionAt(int protocol) {
        return protocol < 2 ? PADDED : PLAIN;
    }

    int overhead() {
        return OVERHEAD[version];
    }

    int sealedLength(int text) {
        return TEXT_OFFSET + text + paddingOf(text) + TAG_LENGTH;
    }

    private int paddingOf(int text) {
        return version == PADDED ? BLOCK - text % BLOCK : 0;
    }

    /**
     * Encrypts {@code text} into {@code out} from {@code at} on.
     *
     * @param by null for the primary key, which also takes the place of one that is wiped
     * @param authenticated pieces that are not in the text
     */
    void seal(KeyRing.@Nullable Key by, byte[] text, byte[] out, int at, byte[]... authenticated) {
        out[at] = (byte) version;
        nonces.nextBytes(nonce);
        System.arraycopy(nonce, 0, out, at + NONCE_OFFSET, nonce.length);
        try {
            initToSeal(by, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
            for (byte[] piece : authenticated) {
                sealing.updateAAD(piece);
            }
            int padding = paddingOf(text.length);
            byte[] padded = padding == 0 ? text : Arrays.copyOf(text, text.length + padding);
            Arrays.fill(padded, text.length, padded.length, (byte) padding);
            sealing.doFinal(padded, 0, padded.length, out, at + TEXT_OFFSET);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not encrypt", e);
        }
    }

    private void initToSeal(KeyRing.@Nullable Key by, GCMParameterSpec parameters) throws GeneralSecurityException {
        KeyRing.Key key = by == null ? keys.primary() : by;
        while (true) {
            try {
                sealing.init(Cipher.ENCRYPT_MODE, key, parameters);
                key.countSealed();
                return;
            } catch (InvalidKeyException e) {
                KeyRing.Key primary = keys.primary();
                if (primary == key) {
                    throw e;
                }
                key = primary; // the other was removed meanwhile
            }
        }
    }

    /** A text, and what had encrypted it. */
    record Opened(Bytes text, KeyRing.Key by) {}

    /** The text in {@code bytes} from {@code from} to {@code to}. */
    Opened open(byte[] bytes, int from, int to, byte[]... authenticated) throws ProtocolException {
        if (from == to) {
            throw new ProtocolException(Refused.TRUNCATED, "nothing there");
        }
        int sealedBy = bytes[from];
        if (sealedBy != PADDED && sealedBy != PLAIN) {
            throw new ProtocolException(Refused.NOT_ENCRYPTED, "not encrypted, and we have a key ring");
        }
        if (to - from < OVERHEAD[sealedBy]) {
            throw new ProtocolException(Refused.TRUNCATED, "too short to be encrypted");
        }
        var parameters = new GCMParameterSpec(8 * TAG_LENGTH, bytes, from + NONCE_OFFSET, nonce.length);
        for (KeyRing.Key key : keys.keys()) {
            try {
                opening.init(Cipher.DECRYPT_MODE, key, parameters);
                for (byte[] piece : authenticated) {
                    opening.updateAAD(piece);
                }
                byte[] text = opening.doFinal(bytes, from + TEXT_OFFSET, to - from - TEXT_OFFSET);
                return new Opened(Bytes.wrap(sealedBy == PADDED ? withoutPadding(text) : text), key);
            } catch (AEADBadTagException | InvalidKeyException e) {
                // another key's, or this one was removed a moment ago
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("AES-GCM does not decrypt", e);
            }
        }
        throw new ProtocolException(Refused.NO_KEY_FITS, "none of our keys opens it");
    }

    private static byte[] withoutPadding(byte[] text) throws ProtocolException {
        int padding = text.length == 0 ? 0 : text[text.length - 1];
        boolean isPadded = padding >= 1 && padding <= BLOCK && padding <= text.length;
        for (int i = text.length - padding; isPadded && i < text.length; i++) {
            isPadded = text[i] == padding;
        }
        if (!isPadded) {
            throw new ProtocolException(Refused.MALFORMED, "no padding at its end");
        }
        return Arrays.copyOf(text, text.length - padding);
    }

    /** Of a provider chosen here: a cipher that has still to choose one is of no use any more if its first key was just removed. */
    private static Cipher newCipher() {
        try {
            Provider provider = Cipher.getInstance(TRANSFORMATION).getProvider();
            return Cipher.getInstance(TRANSFORMATION, provider);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }
}
