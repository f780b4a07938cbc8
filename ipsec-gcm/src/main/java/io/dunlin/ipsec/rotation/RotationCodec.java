package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.KeyDerivation;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.rotation.RotationMessage.Fetch;
import io.dunlin.ipsec.rotation.RotationMessage.Grant;
import io.dunlin.ipsec.rotation.RotationMessage.Offer;
import io.dunlin.ipsec.rotation.RotationMessage.Status;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes; numbers have their highest byte first.
 *
 * <pre>
 * version (1) │ type (1) │
 *   status: flags (1) │ from (16) │ to (16)? │ number (8) │ seen (8) │ newest (16)? │ sends by (16)? │ offers: count (1), each: key id (16), SPI (4)
 *   fetch:  nothing
 *   grant:  due (8) │ key id (16) │ length (1) │ key (16 or 32)
 * </pre>
 *
 * <p>Flags say which of the fields marked by ? are there. There is one encoding of each message.
 */
final class RotationCodec {
    private static final int VERSION = 1;

    // types: append only
    private static final int STATUS = 1;
    private static final int FETCH = 2;
    private static final int GRANT = 3;

    private static final int ANSWER = 1;
    private static final int WANTS_ROTATION = 1 << 1;
    private static final int HAS_TO = 1 << 2;
    private static final int HAS_NEWEST = 1 << 3;
    private static final int HAS_SENDS_BY = 1 << 4;
    private static final int KNOWN_FLAGS = (1 << 5) - 1;

    private static final int KEY_ID = 2 * Long.BYTES;
    private static final int OFFER = KEY_ID + Integer.BYTES;
    static final int MAX_LENGTH =
            3 + 2 * KeyDerivation.BOOT_ID_LENGTH + 2 * Long.BYTES + 2 * KEY_ID + 1 + KeyRing.MAX_KEYS * OFFER;

    private RotationCodec() {}

    static byte[] encode(RotationMessage message) {
        ByteBuffer out = ByteBuffer.allocate(MAX_LENGTH).put((byte) VERSION);
        switch (message) {
            case Status status -> status(out.put((byte) STATUS), status);
            case Fetch() -> out.put((byte) FETCH);
            case Grant(RingKey key, long due) -> {
                byte[] bytes = key.copy();
                keyId(out.put((byte) GRANT).putLong(due), key.id());
                out.put((byte) bytes.length).put(bytes);
                Arrays.fill(bytes, (byte) 0);
            }
        }
        byte[] encoded = Arrays.copyOf(out.array(), out.position());
        Arrays.fill(out.array(), (byte) 0);
        return encoded;
    }

    private static void status(ByteBuffer out, Status status) {
        int flags = (status.answer() ? ANSWER : 0)
                | (status.wantsRotation() ? WANTS_ROTATION : 0)
                | (status.to() != null ? HAS_TO : 0)
                | (status.newest() != null ? HAS_NEWEST : 0)
                | (status.sendsBy() != null ? HAS_SENDS_BY : 0);
        out.put((byte) flags);
        bootId(out, status.from());
        bootId(out, status.to());
        out.putLong(status.number()).putLong(status.seen());
        keyId(out, status.newest());
        keyId(out, status.sendsBy());
        out.put((byte) status.offers().size());
        for (Offer offer : status.offers()) {
            keyId(out, offer.key());
            out.putInt(offer.spi().value());
        }
    }

    private static void bootId(ByteBuffer out, @Nullable BootId id) {
        if (id != null) {
            out.putLong(id.high()).putLong(id.low());
        }
    }

    private static void keyId(ByteBuffer out, @Nullable KeyId id) {
        if (id != null) {
            out.putLong(id.epoch()).putLong(id.tag());
        }
    }

    static RotationMessage decode(byte[] data) throws MalformedMessageException {
        if (data.length > MAX_LENGTH) {
            throw new MalformedMessageException(data.length + " bytes, at most " + MAX_LENGTH + " allowed");
        }
        var in = ByteBuffer.wrap(data);
        try {
            int version = in.get();
            if (version != VERSION) {
                throw new MalformedMessageException("version " + version + " is not known");
            }
            return switch (in.get()) {
                case STATUS -> readStatus(in);
                case FETCH -> end(in, new Fetch());
                case GRANT -> readGrant(in);
                default -> throw new MalformedMessageException("type is not known");
            };
        } catch (BufferUnderflowException e) {
            throw new MalformedMessageException("ends within a field");
        } catch (IllegalArgumentException e) {
            throw new MalformedMessageException(String.valueOf(e.getMessage()));
        }
    }

    private static Status readStatus(ByteBuffer in) throws MalformedMessageException {
        int flags = in.get() & 0xff;
        if (flags > KNOWN_FLAGS) {
            throw new MalformedMessageException("flags " + flags + " are not known");
        }
        BootId from = readBootId(in);
        BootId to = (flags & HAS_TO) != 0 ? readBootId(in) : null;
        long number = in.getLong();
        long seen = in.getLong();
        if (number < 0 || seen < 0) {
            throw new MalformedMessageException("negative number");
        }
        KeyId newest = (flags & HAS_NEWEST) != 0 ? readKeyId(in) : null;
        KeyId sendsBy = (flags & HAS_SENDS_BY) != 0 ? readKeyId(in) : null;
        return end(
                in,
                new Status(
                        from,
                        to,
                        number,
                        seen,
                        (flags & ANSWER) != 0,
                        (flags & WANTS_ROTATION) != 0,
                        newest,
                        sendsBy,
                        readOffers(in)));
    }

    private static List<Offer> readOffers(ByteBuffer in) throws MalformedMessageException {
        int count = in.get();
        if (count < 0 || count > KeyRing.MAX_KEYS) {
            throw new MalformedMessageException(count + " offers, at most " + KeyRing.MAX_KEYS + " allowed");
        }
        var offers = new ArrayList<Offer>();
        for (int i = 0; i < count; i++) {
            var offer = new Offer(readKeyId(in), new Spi(in.getInt()));
            if (!offer.spi().isOwn()) {
                throw new MalformedMessageException("SPI " + offer.spi() + " is not of the upper half");
            }
            if (i > 0 && !offer.key().isAfter(offers.getLast().key())) {
                throw new MalformedMessageException("offers out of order");
            }
            offers.add(offer);
        }
        return offers;
    }

    private static Grant readGrant(ByteBuffer in) throws MalformedMessageException {
        long due = in.getLong();
        KeyId id = readKeyId(in);
        int length = in.get();
        if (!RingKey.isLength(length) || in.remaining() != length) {
            throw new MalformedMessageException("a key of " + length + " bytes in " + in.remaining());
        }
        var key = new byte[length];
        in.get(key);
        return new Grant(new RingKey(id, key), due);
    }

    private static BootId readBootId(ByteBuffer in) {
        return new BootId(in.getLong(), in.getLong());
    }

    private static KeyId readKeyId(ByteBuffer in) {
        return new KeyId(in.getLong(), in.getLong());
    }

    private static <T> T end(ByteBuffer in, T message) throws MalformedMessageException {
        if (in.hasRemaining()) {
            throw new MalformedMessageException(in.remaining() + " bytes too many");
        }
        return message;
    }
}
