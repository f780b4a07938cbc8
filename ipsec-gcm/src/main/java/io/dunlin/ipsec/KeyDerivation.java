package io.dunlin.ipsec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Keys of security associations, by HKDF with SHA-256 (RFC 5869) from a key that all nodes share. Each direction of each pair has its own, and a
 * new one whenever one of both starts anew: their boot ids are random. So no node that was restarted, cloned or set back in time seals with a key
 * and a sequence number that were used before, and none that lost its replay windows takes again what it took before.
 */
public final class KeyDerivation {
    public static final int BOOT_ID_LENGTH = 16;

    // neither is the beginning of the other
    private static final byte[] CONTEXT = "dunlin esp 1".getBytes(UTF_8);
    private static final byte[] SHARED_CONTEXT = "dunlin shared 1".getBytes(UTF_8);

    private KeyDerivation() {}

    /**
     * The key of one direction.
     *
     * @param ringKey 16 or 32 bytes, and as many will the key have
     * @param epoch of the ring key
     * @param sender the sending node's id
     * @param receiver the receiving node's id
     * @param senderBoot {@value #BOOT_ID_LENGTH} random bytes, new with each start of the sender
     * @param receiverBoot the same of the receiver
     */
    public static SaKey derive(
            byte[] ringKey, long epoch, String sender, String receiver, byte[] senderBoot, byte[] receiverBoot) {
        checkRingKey(ringKey);
        checkBootId(senderBoot);
        checkBootId(receiverBoot);
        byte[] from = sender.getBytes(UTF_8);
        byte[] to = receiver.getBytes(UTF_8);
        // lengths before what varies: no two inputs look the same
        byte[] info = ByteBuffer.allocate(
                        CONTEXT.length + Long.BYTES + 2 * Integer.BYTES + from.length + to.length + 2 * BOOT_ID_LENGTH)
                .put(CONTEXT)
                .putLong(epoch)
                .putInt(from.length)
                .put(from)
                .putInt(to.length)
                .put(to)
                .put(senderBoot)
                .put(receiverBoot)
                .array();
        return new SaKey(expand(ringKey, info, ringKey.length + SaKey.SALT_LENGTH));
    }

    /**
     * A key for something else than ESP, which all that have the ring key share, and which tells nothing of it.
     *
     * @param ringKey 16 or 32 bytes, and as many will the key have
     * @param epoch of the ring key
     * @param purpose what it is for: each has a key of its own
     */
    public static byte[] derive(byte[] ringKey, long epoch, String purpose) {
        checkRingKey(ringKey);
        byte[] what = purpose.getBytes(UTF_8);
        byte[] info = ByteBuffer.allocate(SHARED_CONTEXT.length + Long.BYTES + what.length)
                .put(SHARED_CONTEXT)
                .putLong(epoch)
                .put(what)
                .array();
        return expand(ringKey, info, ringKey.length);
    }

    private static byte[] expand(byte[] ringKey, byte[] info, int length) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.ofExtract().addIKM(ringKey).thenExpand(info, length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a JDK without HKDF", e);
        }
    }

    private static void checkRingKey(byte[] ringKey) {
        if (ringKey.length != 16 && ringKey.length != 32) {
            throw new IllegalArgumentException("a ring key of " + ringKey.length + " bytes; allowed are 16 and 32");
        }
    }

    private static void checkBootId(byte[] bootId) {
        if (bootId.length != BOOT_ID_LENGTH) {
            throw new IllegalArgumentException("a boot id of " + bootId.length + " bytes; it has " + BOOT_ID_LENGTH);
        }
    }
}
