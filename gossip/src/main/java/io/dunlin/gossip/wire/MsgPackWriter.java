package io.dunlin.gossip.wire;

import java.util.Arrays;

/**
 * Writes MessagePack as memberlist's encoder does: strings and bytes in the old raw family, never str8 or bin; unsigned integers in the
 * shortest unsigned form, those of a signed type in the shortest signed one. Fields are written in the order of their names.
 */
final class MsgPackWriter {
    private byte[] bytes;
    private int length;

    MsgPackWriter(int expectedLength) {
        bytes = new byte[expectedLength];
    }

    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    int length() {
        return length;
    }

    /** A byte outside of MessagePack: a message's type. */
    MsgPackWriter type(int type) {
        room(1);
        bytes[length++] = (byte) type;
        return this;
    }

    /** Bytes outside of MessagePack, as they are. */
    MsgPackWriter append(byte[] data) {
        return append(data, data.length);
    }

    MsgPackWriter append(byte[] data, int count) {
        room(count);
        System.arraycopy(data, 0, bytes, length, count);
        length += count;
        return this;
    }

    /** A map of up to 15 fields begins. */
    MsgPackWriter map(int fields) {
        return type(0x80 | fields);
    }

    MsgPackWriter field(Field field) {
        return append(field.encoded());
    }

    /** Of an unsigned type of 32 bits or fewer. */
    MsgPackWriter unsigned(long value) {
        if (value < 0x80) {
            return type((int) value);
        }
        if (value <= 0xff) {
            return number(0xcc, value, 1);
        }
        return value <= 0xffff ? number(0xcd, value, 2) : number(0xce, value, 4);
    }

    /** Of a signed type, and not negative. */
    MsgPackWriter signed(int value) {
        if (value < 0x80) {
            return type(value);
        }
        return value <= Short.MAX_VALUE ? number(0xd1, value, 2) : number(0xd2, value, 4);
    }

    MsgPackWriter bool(boolean value) {
        return type(value ? 0xc3 : 0xc2);
    }

    MsgPackWriter nil() {
        return type(0xc0);
    }

    MsgPackWriter raw(byte[] data) {
        return raw(data, data.length);
    }

    MsgPackWriter raw(byte[] data, int count) {
        if (count < 32) {
            type(0xa0 | count);
        } else if (count <= 0xffff) {
            number(0xda, count, 2);
        } else {
            number(0xdb, count, 4);
        }
        return append(data, count);
    }

    private MsgPackWriter number(int lead, long value, int size) {
        room(1 + size);
        bytes[length++] = (byte) lead;
        for (int shift = 8 * size - 8; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    private void room(int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
        }
    }
}
