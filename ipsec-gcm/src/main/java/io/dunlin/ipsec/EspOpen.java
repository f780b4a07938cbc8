package io.dunlin.ipsec;

import io.dunlin.ipsec.aead.Aead;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.ipsec.wire.EspTrailer;
import io.dunlin.vxlan.wire.Memory;

/**
 * Opens ESP packets of one security association, where they lie (RFC 4303 section 3.4). Belongs to one thread; allocates nothing but what the
 * engine does.
 */
public final class EspOpen implements AutoCloseable {
    /** Too short, not padded to four bytes, or with a trailer that fits nothing. */
    public static final int MALFORMED = -1;
    /** It came before, or is too old to tell. */
    public static final int REPLAYED = -2;
    /** Not sealed with this association's key, or changed on the way. */
    public static final int NOT_AUTHENTIC = -3;
    /** The payload is not of the protocol that was expected. Dummies, which RFC 4303 section 2.6 has us drop silently, are such. */
    public static final int OTHER_PROTOCOL = -4;

    private static final int LEAST = EspHeader.LENGTH + EspTrailer.ALIGNMENT + Aead.TAG_LENGTH;

    private final InboundSa sa;
    private final GcmNonce nonce;
    private final Aead aead;

    public EspOpen(InboundSa sa, AeadEngine engine) {
        this.sa = sa;
        this.nonce = new GcmNonce(sa.key().salt(), sa.spi(), sa.isExtended());
        this.aead = engine.withKey(sa.key().key());
    }

    /**
     * Opens one packet that bears this association's SPI.
     *
     * @param at where it begins; its payload will begin {@value EspHeader#LENGTH} bytes further on
     * @param length of the packet
     * @param nextHeader the payload's protocol
     * @return the payload's length, or one of the constants, all of which are negative
     */
    public int open(Memory memory, int at, int length, int nextHeader) {
        if (length < LEAST || length % EspTrailer.ALIGNMENT != 0) {
            return MALFORMED;
        }
        long iv = EspHeader.iv(memory, at);
        long sequence = sa.expect(EspHeader.sequence(memory, at), iv);
        if (sequence == 0) {
            return REPLAYED;
        }
        int text = at + EspHeader.LENGTH;
        int textLength = length - EspHeader.LENGTH - Aead.TAG_LENGTH;
        nonce.set(sequence, iv);
        if (!aead.open(memory, text, textLength, nonce.memory(), nonce.aadLength())) {
            return NOT_AUTHENTIC;
        }
        if (!sa.accept(sequence)) {
            return REPLAYED;
        }
        if (EspTrailer.nextHeader(memory, text, textLength) != nextHeader) {
            return OTHER_PROTOCOL;
        }
        int payload = EspTrailer.payloadLength(memory, text, textLength);
        return payload < 0 ? MALFORMED : payload;
    }

    @Override
    public void close() {
        aead.close();
    }
}
