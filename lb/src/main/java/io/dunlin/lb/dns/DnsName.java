package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Memory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name as messages have it (RFC 1035 section 3.1): labels, each behind its length, and an empty one at the end. This one can be read
 * over and over: it belongs to one thread, and allocates nothing. Letters are kept in lower case, as names are compared so (RFC 4343).
 *
 * <p>Names of questions are never compressed: there is nothing before them that a pointer could point to.
 */
final class DnsName {
    /** Bytes of the longest name, with all lengths (RFC 1035 section 2.3.4). */
    static final int MAX_LENGTH = 255;

    /** Bytes of the longest label. */
    static final int MAX_LABEL = 63;

    /** The bits of a length that say that it is a pointer (RFC 1035 section 4.1.4). */
    private static final int POINTER = 0xc0;

    private static final int NO_NAME = -1;

    private final byte[] bytes = new byte[MAX_LENGTH];
    private int length;
    private int hash;

    /**
     * Reads the name at {@code at}.
     *
     * @param end behind the message
     * @return where the name ends; negative if it is none
     */
    int read(Memory memory, int at, int end) {
        int from = at;
        int read = 0;
        int sum = 0;
        while (from < end) {
            int label = memory.u8(from);
            if (label > MAX_LABEL || label != 0 && read + label >= MAX_LENGTH - 1 || from + label >= end) {
                return NO_NAME;
            }
            bytes[read++] = (byte) label;
            sum = 31 * sum + label;
            from++;
            if (label == 0) {
                length = read;
                hash = sum;
                return from;
            }
            for (int labelEnd = from + label; from < labelEnd; from++) {
                int letter = lowerCase(memory.u8(from));
                bytes[read++] = (byte) letter;
                sum = 31 * sum + (byte) letter;
            }
        }
        return NO_NAME;
    }

    /** Where the name at {@code at}, compressed or not, ends; negative if it does not end before {@code end}. */
    static int skip(Memory memory, int at, int end) {
        int from = at;
        while (from < end && from - at < MAX_LENGTH) {
            int label = memory.u8(from);
            if (label == 0) {
                return from + 1;
            }
            if ((label & POINTER) == POINTER) {
                return from + 2 <= end ? from + 2 : NO_NAME;
            }
            if (label > MAX_LABEL) {
                return NO_NAME;
            }
            from += 1 + label;
        }
        return NO_NAME;
    }

    /** As {@link #hash(byte[])} of its bytes. */
    int hash() {
        return hash;
    }

    /** Bytes of the name, the last of which is 0. */
    int length() {
        return length;
    }

    /** Where its bytes are, of which {@link #length} count. */
    byte[] bytes() {
        return bytes;
    }

    boolean isEqual(byte[] other) {
        return Arrays.equals(bytes, 0, length, other, 0, other.length);
    }

    boolean isEqual(DnsName other) {
        return Arrays.equals(bytes, 0, length, other.bytes, 0, other.length);
    }

    /**
     * The name that a text with dots between its labels stands for.
     *
     * @return empty if no name can be like this: it has an empty or overlong label, is too long, or not of ASCII
     */
    static byte[] encode(String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        byte[] name = new byte[ascii.length + 2];
        int lengthAt = 0;
        for (int i = 0; i <= ascii.length; i++) {
            if (i == ascii.length || ascii[i] == '.') {
                int label = i - lengthAt;
                if (label == 0 || label > MAX_LABEL) {
                    return new byte[0];
                }
                name[lengthAt] = (byte) label;
                lengthAt = i + 1;
            } else {
                name[i + 1] = ascii[i];
            }
        }
        boolean isAscii = text.chars().allMatch(letter -> letter < 0x80);
        return name.length <= MAX_LENGTH && isAscii ? name : new byte[0];
    }

    /** The same name in lower case. Lengths stay what they are: they are below all letters. */
    static byte[] toLowerCase(byte[] name) {
        byte[] lower = name.clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] = (byte) lowerCase(lower[i]);
        }
        return lower;
    }

    static int hash(byte[] name) {
        int sum = 0;
        for (byte letter : name) {
            sum = 31 * sum + letter;
        }
        return sum;
    }

    private static int lowerCase(int letter) {
        return letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;
    }
}
