package io.dunlin.ipsec;

import io.dunlin.ipsec.aead.Aead;
import io.dunlin.vxlan.wire.Memory;

/**
 * What AES-GCM is told beside a packet's text: the nonce, of salt and IV (RFC 4106 section 4), and the additional data, of SPI and sequence
 * number (section 5), 8 bytes or, with extended sequence numbers, 12.
 */
final class GcmNonce {
    private static final int IV = Aead.NONCE + SaKey.SALT_LENGTH;
    private static final int SEQUENCE = Aead.AAD + Integer.BYTES;

    private final Memory memory;
    private final boolean isExtended;

    GcmNonce(int salt, Spi spi, boolean isExtended) {
        memory = Memory.allocate(SEQUENCE + Long.BYTES);
        memory.i32(Aead.NONCE, salt);
        memory.i32(Aead.AAD, spi.value());
        this.isExtended = isExtended;
    }

    void set(long sequence, long iv) {
        memory.i64(IV, iv);
        if (isExtended) {
            memory.i64(SEQUENCE, sequence);
        } else {
            memory.i32(SEQUENCE, (int) sequence);
        }
    }

    Memory memory() {
        return memory;
    }

    int aadLength() {
        return Integer.BYTES + (isExtended ? Long.BYTES : Integer.BYTES);
    }
}
