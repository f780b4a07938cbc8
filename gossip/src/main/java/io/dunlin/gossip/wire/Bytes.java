package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HexFormat;

/** A string of bytes with the equality of its content. Holds an array without a copy: nobody is to change it afterwards. */
public final class Bytes {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] array;

    private Bytes(byte[] array) {
        this.array = array;
    }

    /** Takes {@code array} as it is. */
    public static Bytes wrap(byte[] array) {
        return array.length == 0 ? EMPTY : new Bytes(array);
    }

    public static Bytes utf8(String text) {
        return wrap(text.getBytes(UTF_8));
    }

    /** The bytes themselves, not a copy: only to read. */
    public byte[] array() {
        return array;
    }

    public int length() {
        return array.length;
    }

    /** The bytes read as UTF-8, with U+FFFD for what is none. */
    public String text() {
        return new String(array, UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(array, that.array);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(array);
    }

    /** Hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(array);
    }
}
