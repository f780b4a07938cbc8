package io.dunlin.ipsec.aead;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Objects;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The JDK's own cipher: always there. It allocates about a kilobyte for each packet, and copies it to the heap and back, as it is faster
 * there. Its key is a copy on the heap that the JDK does not wipe.
 */
final class JdkCipher implements AeadEngine {
    @Override
    public String name() {
        return "JDK " + Runtime.version().feature();
    }

    @Override
    public Aead withKey(MemorySegment key) {
        return new Keyed(key);
    }

    private static final class Keyed implements Aead {
        private final SecretKeySpec key;
        private final Cipher sealing = newCipher();
        private final Cipher opening = newCipher();
        private final byte[] nonce = new byte[NONCE_LENGTH];
        private byte[] aad = new byte[NONCE_LENGTH];
        private byte[] in = new byte[2048];
        private byte[] out = new byte[2048];
        private boolean isClosed;

        Keyed(MemorySegment key) {
            KeyLength.of(key);
            byte[] bytes = key.toArray(JAVA_BYTE);
            this.key = new SecretKeySpec(bytes, "AES");
            Arrays.fill(bytes, (byte) 0);
        }

        private static Cipher newCipher() {
            try {
                return Cipher.getInstance("AES/GCM/NoPadding");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a JDK without AES-GCM", e);
            }
        }

        @Override
        public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {
            SealedText.check(memory, from, length, to);
            try {
                begin(sealing, Cipher.ENCRYPT_MODE, memory, from, length, beside, aadLength);
                int written = sealing.doFinal(in, 0, length, out, 0);
                memory.put(to, out, 0, written);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK did not encrypt " + length + " bytes", e);
            }
        }

        @Override
        public boolean open(Memory memory, int at, int length, Memory beside, int aadLength) {
            try {
                begin(opening, Cipher.DECRYPT_MODE, memory, at, length + TAG_LENGTH, beside, aadLength);
                int written = opening.doFinal(in, 0, length + TAG_LENGTH, out, 0);
                memory.put(at, out, 0, written);
                return true;
            } catch (AEADBadTagException e) {
                return false;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK did not decrypt " + length + " bytes", e);
            }
        }

        private void begin(Cipher cipher, int mode, Memory memory, int at, int length, Memory beside, int aadLength)
                throws GeneralSecurityException {
            if (isClosed) {
                throw new IllegalStateException("closed");
            }
            Objects.checkFromIndexSize(at, length, memory.size());
            if (in.length < length + TAG_LENGTH) {
                in = new byte[length + TAG_LENGTH];
                out = new byte[length + TAG_LENGTH];
            }
            if (aad.length < aadLength) {
                aad = new byte[aadLength];
            }
            beside.get(NONCE, nonce, 0, NONCE_LENGTH);
            beside.get(AAD, aad, 0, aadLength);
            memory.get(at, in, 0, length);
            cipher.init(mode, key, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
            cipher.updateAAD(aad, 0, aadLength);
        }

        @Override
        public void close() {
            isClosed = true;
            Arrays.fill(in, (byte) 0);
            Arrays.fill(out, (byte) 0);
        }
    }
}
