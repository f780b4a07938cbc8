package io.dunlin.ipsec.aead;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/** Bouncy Castle's AES-GCM, in plain Java: what the others are tested against. Slow, and allocates some kilobytes for each packet. */
final class BouncyCastle implements AeadEngine {
    private BouncyCastle() {}

    /** The engine, or why there is none. */
    static AeadEngines.Probe probe() {
        try {
            Class.forName("org.bouncycastle.crypto.modes.GCMBlockCipher");
            return new AeadEngines.Probe.Found(new BouncyCastle());
        } catch (ClassNotFoundException e) {
            return new AeadEngines.Probe.Missing("Bouncy Castle", "bcprov-jdk18on is not on the class path");
        }
    }

    @Override
    public String name() {
        return "Bouncy Castle";
    }

    @Override
    public Aead withKey(MemorySegment key) {
        return new Keyed(key);
    }

    private static final class Keyed implements Aead {
        private final byte[] key;
        private boolean isClosed;
        private final GCMModeCipher cipher = GCMBlockCipher.newInstance(AESEngine.newInstance());

        Keyed(MemorySegment key) {
            KeyLength.of(key);
            this.key = key.toArray(JAVA_BYTE);
        }

        @Override
        public void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength) {
            SealedText.check(memory, from, length, to);
            try {
                crypt(true, memory, from, length, to, beside, aadLength);
            } catch (InvalidCipherTextException e) {
                throw new IllegalStateException("Bouncy Castle did not encrypt " + length + " bytes", e);
            }
        }

        @Override
        public boolean open(Memory memory, int at, int length, Memory beside, int aadLength) {
            try {
                crypt(false, memory, at, length + TAG_LENGTH, at, beside, aadLength);
                return true;
            } catch (InvalidCipherTextException e) {
                return false;
            }
        }

        private void crypt(boolean encrypts, Memory memory, int from, int length, int to, Memory beside, int aadLength)
                throws InvalidCipherTextException {
            if (isClosed) {
                throw new IllegalStateException("closed");
            }
            Objects.checkFromIndexSize(from, length, memory.size());
            byte[] nonce = beside.toArray(NONCE, NONCE_LENGTH);
            byte[] aad = beside.toArray(AAD, aadLength);
            byte[] in = memory.toArray(from, length);
            cipher.init(encrypts, new AEADParameters(new KeyParameter(key), 8 * TAG_LENGTH, nonce, aad));
            var out = new byte[cipher.getOutputSize(length)];
            int written = cipher.processBytes(in, 0, length, out, 0);
            written += cipher.doFinal(out, written);
            memory.put(to, out, 0, written);
        }

        @Override
        public void close() {
            isClosed = true;
            Arrays.fill(key, (byte) 0);
        }
    }
}
