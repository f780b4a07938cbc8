package io.dunlin.gossip.wire;

/**
 * Passes over values of MessagePack without looking at them, and goes on where it stopped when more bytes are there. Counts what is still to
 * come instead of descending: depth costs nothing.
 */
final class MsgPackSkipper {
    private int position;
    private long values;
    private int limit;

    /** {@code count} values from {@code start} on; each takes a byte at least, and they must end at {@code limit} or before. */
    void begin(int start, long count, int limit) throws ProtocolException {
        this.position = start;
        this.values = count;
        this.limit = limit;
        checkLimit();
    }

    /** Where the next value begins; after all, where they end. */
    int position() {
        return position;
    }

    /**
     * Passes what is there.
     *
     * @param end up to where {@code bytes} have come
     * @return whether all values were passed; if not, {@code end} is too early
     */
    boolean pass(byte[] bytes, int end) throws ProtocolException {
        while (values > 0) {
            if (position >= end) {
                return false;
            }
            int lead = bytes[position] & 0xff;
            int lengthSize = lengthSize(lead);
            if (lengthSize > end - position - 1) {
                return false;
            }
            long length = 0;
            for (int i = 1; i <= lengthSize; i++) {
                length = length << 8 | bytes[position + i] & 0xff;
            }
            long payload = payload(lead, length);
            if (payload > (long) limit - position - 1 - lengthSize) {
                throw tooLong();
            }
            if (payload > end - position - 1 - lengthSize) {
                return false;
            }
            position += 1 + lengthSize + (int) payload;
            values += children(lead, length) - 1;
            checkLimit();
        }
        return true;
    }

    private void checkLimit() throws ProtocolException {
        if (values > limit - position) {
            throw tooLong();
        }
    }

    private static ProtocolException tooLong() {
        return new ProtocolException(Refused.TRUNCATED, "a value claims more bytes than there can be");
    }

    /** Bytes of the length that follows the lead byte. */
    private static int lengthSize(int lead) {
        return switch (lead) {
            case 0xc4, 0xc7, 0xd9 -> 1;
            case 0xc5, 0xc8, 0xda, 0xdc, 0xde -> 2;
            case 0xc6, 0xc9, 0xdb, 0xdd, 0xdf -> 4;
            default -> 0;
        };
    }

    /** Bytes of the value itself, without the values in it. */
    private static long payload(int lead, long length) throws ProtocolException {
        if (lead < 0xa0 || lead >= 0xe0) {
            return 0; // small integers, maps and arrays
        }
        if (lead < 0xc0) {
            return lead & 0x1f;
        }
        return switch (lead) {
            case 0xc4, 0xc5, 0xc6, 0xd9, 0xda, 0xdb -> length;
            case 0xc7, 0xc8, 0xc9 -> 1 + length; // extensions have a type
            case 0xcc, 0xd0 -> 1;
            case 0xcd, 0xd1, 0xd4 -> 2;
            case 0xd5 -> 3;
            case 0xca, 0xce, 0xd2 -> 4;
            case 0xd6 -> 5;
            case 0xcb, 0xcf, 0xd3 -> 8;
            case 0xd7 -> 9;
            case 0xd8 -> 17;
            case 0xc1 -> throw new ProtocolException(Refused.MALFORMED, "0xc1 begins no value");
            default -> 0; // nil, booleans, and the large maps and arrays
        };
    }

    private static long children(int lead, long length) {
        return switch (lead >>> 4) {
            case 0x8 -> 2L * (lead & 0x0f);
            case 0x9 -> lead & 0x0f;
            default ->
                switch (lead) {
                    case 0xdc, 0xdd -> length;
                    case 0xde, 0xdf -> 2 * length;
                    default -> 0;
                };
        };
    }
}
