package io.dunlin.ipsec;

import io.dunlin.ipsec.aead.Aead;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.ipsec.wire.EspTrailer;
import io.dunlin.vxlan.wire.Memory;

/**
 * Makes payloads ESP packets of one security association (RFC 4303 section 3.3), where they lie or elsewhere. The IV follows from the sequence number:
 * unique, as it must be (RFC 4106 section 3.1). Belongs to one thread; allocates nothing but what the engine does.
 */
public final class EspSeal implements AutoCloseable {
    private final OutboundSa sa;
    private final GcmNonce nonce;
    private final Aead aead;

    public EspSeal(OutboundSa sa, AeadEngine engine) {
        this.sa = sa;
        this.nonce = new GcmNonce(sa.key().salt(), sa.spi(), sa.isExtended());
        this.aead = engine.withKey(sa.key().key());
    }

    /** Bytes of a packet with a payload of {@code payload} bytes. */
    public static int sealedLength(int payload) {
        return EspHeader.LENGTH + payload + EspTrailer.lengthAfter(payload) + Aead.TAG_LENGTH;
    }

    /** Sequence numbers for {@code count} packets: the first of them, or 0 if the association is used up, and nothing may be sent by it. */
    public long take(int count) {
        return sa.take(count);
    }

    /**
     * Seals one packet.
     *
     * @param from where its payload begins
     * @param payload its length; up to {@value EspTrailer#MAX_LENGTH} bytes behind it are overwritten
     * @param to where the packet will begin, with room for {@link #sealedLength}: {@value EspHeader#LENGTH} bytes before the payload, or where
     *     neither touches the other
     * @param sequence a number that {@link #take} gave, used for nothing else
     * @param nextHeader the payload's protocol
     */
    public void seal(Memory memory, int from, int payload, int to, long sequence, int nextHeader) {
        int trailer = EspTrailer.lengthAfter(payload);
        long iv = sa.iv(sequence);
        EspHeader.write(memory, to, sa.spi().value(), (int) sequence, iv);
        EspTrailer.write(memory, from + payload, trailer, nextHeader);
        nonce.set(sequence, iv);
        aead.seal(memory, from, payload + trailer, to + EspHeader.LENGTH, nonce.memory(), nonce.aadLength());
    }

    @Override
    public void close() {
        aead.close();
    }
}
