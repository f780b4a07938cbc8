package io.dunlin.gossip.wire;

import org.jspecify.annotations.Nullable;

/**
 * The envelope around compressed bytes: {@code [9]{Algo, Buf}}, of which there is one algorithm, LZW.
 *
 * <p>Not thread-safe. Its tables, 96 KiB, are made when they are needed.
 */
final class Compression {
    private static final int LZW = 0;
    /** Type, map, both names, the algorithm and the longest length. */
    private static final int OVERHEAD = 17;

    private @Nullable LzwEncoder encoder;
    private @Nullable LzwDecoder decoder;

    /** {@code body} in its envelope, where that makes it shorter; else null. */
    byte @Nullable [] shortened(byte[] body) {
        return compressed(body, new byte[body.length]);
    }

    /** {@code body} in its envelope, even if it becomes longer. */
    byte[] compressed(byte[] body) {
        byte[] envelope = compressed(body, new byte[OVERHEAD + LzwEncoder.maxLength(body.length)]);
        if (envelope == null) {
            throw new IllegalStateException("compressed bytes are longer than they can be");
        }
        return envelope;
    }

    private byte @Nullable [] compressed(byte[] body, byte[] room) {
        LzwEncoder lzw = encoder;
        if (lzw == null) {
            lzw = new LzwEncoder();
            encoder = lzw;
        }
        int length = lzw.encode(body, room);
        if (length < 0) {
            return null;
        }
        MsgPackWriter out = new MsgPackWriter(OVERHEAD + length)
                .type(MessageType.COMPRESSED)
                .map(2)
                .field(Field.ALGO)
                .unsigned(LZW)
                .field(Field.BUF)
                .raw(room, length);
        return out.length() < room.length ? out.toBytes() : null;
    }

    /**
     * What is in the envelope in {@code bytes}, whose type is at {@code from}.
     *
     * @param max bytes that it may become
     */
    byte[] decompressed(byte[] bytes, int from, int to, int max) throws ProtocolException {
        var in = new MsgPackReader(bytes, from + 1, to);
        long algorithm = LZW;
        int start = from;
        int length = 0;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case ALGO -> algorithm = in.unsigned(0xff);
                case BUF -> {
                    length = in.rawLength();
                    start = in.position();
                    in.pass(length);
                }
                case null, default -> in.skip();
            }
        }
        if (algorithm != LZW) {
            throw new ProtocolException(Refused.UNSUPPORTED_COMPRESSION, "compressed by algorithm " + algorithm);
        }
        LzwDecoder lzw = decoder;
        if (lzw == null) {
            lzw = new LzwDecoder();
            decoder = lzw;
        }
        return lzw.decode(bytes, start, start + length, max);
    }
}
