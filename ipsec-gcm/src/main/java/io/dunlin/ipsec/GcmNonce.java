package io.dunlin.ipsec;

import io.dunlin.ipsec.aead.Aead;
import io.dunlin.vxlan.wire.NetworkOrder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What AES-GCM is told beside a packet's text: the nonce, of salt and IV (RFC 4106 section 4), and the additional data, of SPI and sequence
 * number (section 5), 8 bytes or, with extended sequence numbers, 12.
 */
final class GcmNonce {
    private static final int IV = Aead.NONCE + SaKey.SALT_LENGTH;
    private static final int SEQUENCE = Aead.AAD + Integer.BYTES;

    private final MemorySegment memory;
    private final boolean isExtended;

    GcmNonce(Arena arena, int salt, Spi spi, boolean isExtended) {
        memory = arena.allocate(SEQUENCE + Long.BYTES);
        NetworkOrder.i32(memory, Aead.NONCE, salt);
        NetworkOrder.i32(memory, Aead.AAD, spi.value());
        this.isExtended = isExtended;
    }

    void set(long sequence, long iv) {
        NetworkOrder.i64(memory, IV, iv);
        if (isExtended) {
            NetworkOrder.i64(memory, SEQUENCE, sequence);
        } else {
            NetworkOrder.i32(memory, SEQUENCE, (int) sequence);
        }
    }

    MemorySegment memory() {
        return memory;
    }

    int aadLength() {
        return Integer.BYTES + (isExtended ? Long.BYTES : Integer.BYTES);
    }
}
