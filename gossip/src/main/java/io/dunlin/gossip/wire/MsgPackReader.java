package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads MessagePack as Go's decoder does into a struct: whatever form a number or a string of bytes was written in will do, nil is the
 * type's zero, unknown fields are passed over. In ranges it is strict. Allocates nothing for a length before its bytes are there.
 */
final class MsgPackReader {
    /** Fields that a map may have; memberlist's largest has 8, and later versions may add some. */
    static final int MAX_FIELDS = 64;

    private static final byte[] NONE = new byte[0];

    private final byte[] bytes;
    private final int end;
    private int position;

    MsgPackReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    /** The number of fields of a map that begins here; each is a {@link #field} and a value. */
    int fields() throws ProtocolException {
        int lead = next();
        int count;
        if (lead >>> 4 == 0x8) {
            count = lead & 0x0f;
        } else if (lead == 0xc0) {
            count = 0;
        } else if (lead == 0xde) {
            count = (int) bigEndian(2);
        } else if (lead == 0xdf) {
            count = (int) Math.min(bigEndian(4), MAX_FIELDS + 1);
        } else {
            throw malformed("no map where a message's fields begin");
        }
        if (count > MAX_FIELDS) {
            throw malformed("a map of more than " + MAX_FIELDS + " fields");
        }
        return count;
    }

    /** A field's name; null for one that is none of memberlist's. */
    @Nullable
    Field field() throws ProtocolException {
        int length = rawLength();
        Field field = Field.named(bytes, position, position + length);
        position += length;
        return field;
    }

    /** An integer of 0 to {@code max}. */
    long unsigned(long max) throws ProtocolException {
        int lead = next();
        long value = switch (lead) {
            case 0xc0 -> 0;
            case 0xcc -> bigEndian(1);
            case 0xcd -> bigEndian(2);
            case 0xce -> bigEndian(4);
            case 0xcf, 0xd3 -> bigEndian(8); // beyond 2^63 it is negative, and refused as such
            case 0xd0 -> (byte) bigEndian(1);
            case 0xd1 -> (short) bigEndian(2);
            case 0xd2 -> (int) bigEndian(4);
            default -> {
                if (lead >= 0x80) {
                    throw malformed("no integer, or a negative one, where one was due");
                }
                yield lead;
            }
        };
        if (value < 0 || value > max) {
            throw malformed("an integer out of its range");
        }
        return value;
    }

    boolean bool() throws ProtocolException {
        return switch (next()) {
            case 0xc3 -> true;
            case 0xc2, 0xc0 -> false;
            default -> throw malformed("no boolean where one was due");
        };
    }

    /** A string of up to {@code max} bytes, which must be UTF-8. */
    String text(int max) throws ProtocolException {
        int length = rawLength(max);
        int from = position;
        position += length;
        for (int i = from; i < position; i++) {
            if (bytes[i] < 0) {
                return utf8(from, length);
            }
        }
        return new String(bytes, from, length, UTF_8);
    }

    private String utf8(int from, int length) throws ProtocolException {
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("a string that is not UTF-8");
        }
    }

    /** A copy of up to {@code max} bytes; nil is none. */
    byte[] raw(int max) throws ProtocolException {
        return take(rawLength(max));
    }

    /** A copy of the next {@code length} bytes, whatever they are. */
    byte[] take(int length) throws ProtocolException {
        if (length > remaining()) {
            throw truncated();
        }
        position += length;
        return length == 0 ? NONE : Arrays.copyOfRange(bytes, position - length, position);
    }

    /** The length of a string of bytes that begins at {@link #position} then, and is wholly there. */
    int rawLength() throws ProtocolException {
        int lead = next();
        long length;
        if (lead >>> 5 == 0b101) {
            length = lead & 0x1f;
        } else {
            length = switch (lead) {
                case 0xc0 -> 0;
                case 0xc4, 0xd9 -> bigEndian(1);
                case 0xc5, 0xda -> bigEndian(2);
                case 0xc6, 0xdb -> bigEndian(4);
                default -> throw malformed("no string where one was due");
            };
        }
        if (length > remaining()) {
            throw truncated();
        }
        return (int) length;
    }

    /** Passes over {@code length} bytes, which {@link #rawLength} said are there. */
    void pass(int length) {
        position += length;
    }

    private int rawLength(int max) throws ProtocolException {
        int length = rawLength();
        if (length > max) {
            throw malformed("a string longer than its field may be");
        }
        return length;
    }

    /** Passes over a value of any kind. */
    void skip() throws ProtocolException {
        var skipper = new MsgPackSkipper();
        skipper.begin(position, 1, end);
        if (!skipper.pass(bytes, end)) {
            throw truncated();
        }
        position = skipper.position();
    }

    private int next() throws ProtocolException {
        if (position == end) {
            throw truncated();
        }
        return bytes[position++] & 0xff;
    }

    private long bigEndian(int size) throws ProtocolException {
        if (size > remaining()) {
            throw truncated();
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = value << 8 | bytes[position++] & 0xff;
        }
        return value;
    }

    private static ProtocolException malformed(String what) {
        return new ProtocolException(Refused.MALFORMED, what);
    }

    private static ProtocolException truncated() {
        return new ProtocolException(Refused.TRUNCATED, "it ends too early");
    }
}
