package io.dunlin.gossip.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.util.Arrays;

/** Reads what {@link WireWriter} wrote, or what someone claims it did. */
final class WireReader {
    private final byte[] data;
    private final CharsetDecoder utf8 = UTF_8.newDecoder(); // refuses what is not UTF-8
    private int at;

    WireReader(byte[] data, int at) {
        this.data = data;
        this.at = at;
    }

    int remaining() {
        return data.length - at;
    }

    int u8() throws ProtocolException {
        need(1);
        return data[at++] & 0xff;
    }

    /** 0 to 2^63 − 1. */
    long varint() throws ProtocolException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new ProtocolException("integer beyond 63 bits");
    }

    long u64() throws ProtocolException {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | data[at++] & 0xff;
        }
        return value;
    }

    /** How many elements follow, each of at least {@code leastSize} bytes: never more than there is room for. */
    int count(int leastSize) throws ProtocolException {
        long count = varint();
        if (count > remaining() / leastSize) {
            throw new ProtocolException(count + " elements in " + remaining() + " bytes");
        }
        return (int) count;
    }

    String string(int least, int most) throws ProtocolException {
        int length = length(most);
        if (length < least) {
            throw new ProtocolException("text of " + length + " bytes, at least " + least + " expected");
        }
        try {
            String text = utf8.decode(ByteBuffer.wrap(data, at, length)).toString();
            at += length;
            return text;
        } catch (CharacterCodingException e) {
            throw new ProtocolException("text that is not UTF-8");
        }
    }

    Bytes bytes(int most) throws ProtocolException {
        int length = length(most);
        at += length;
        return Bytes.wrap(Arrays.copyOfRange(data, at - length, at));
    }

    private int length(int most) throws ProtocolException {
        long length = varint();
        if (length > most) {
            throw new ProtocolException(length + " bytes, at most " + most + " allowed");
        }
        need((int) length);
        return (int) length;
    }

    private void need(int bytes) throws ProtocolException {
        if (remaining() < bytes) {
            throw new ProtocolException("ends within a field");
        }
    }
}
