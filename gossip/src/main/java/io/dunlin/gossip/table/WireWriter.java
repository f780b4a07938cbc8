package io.dunlin.gossip.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Bytes;
import java.util.Arrays;

/** Bytes that grow. Integers have seven bits a byte, the lowest first (LEB128). */
final class WireWriter {
    private byte[] buffer;
    private int length;

    WireWriter(int expected) {
        buffer = new byte[expected];
    }

    void u8(int value) {
        ensure(1);
        buffer[length++] = (byte) value;
    }

    /** {@code value} is not negative. */
    void varint(long value) {
        ensure(10);
        long rest = value;
        while (rest > 0x7f) {
            buffer[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[length++] = (byte) rest;
    }

    void u64(long value) {
        ensure(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[length++] = (byte) (value >>> shift);
        }
    }

    void string(String text) {
        bytes(text.getBytes(UTF_8));
    }

    void bytes(Bytes bytes) {
        bytes(bytes.array());
    }

    private void bytes(byte[] bytes) {
        varint(bytes.length);
        ensure(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
    }

    byte[] toArray() {
        return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
    }

    private void ensure(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
