package io.dunlin.gossip.wire;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Messages in a packet, from the outside in:
 *
 * <pre>
 *   label                     if the cluster has one
 *   encryption                if there is a key ring; the label's text is authenticated with it
 *   [12] CRC-32, 4 bytes      if the receiver is known to understand it (protocol 5); of all that follows
 *   [9] {Algo, Buf}           if compressed it is shorter
 *   [7] count, 1 byte | count × length, 2 bytes | messages       if there is more than one
 *   message
 * </pre>
 *
 * What arrives may have compound and compressed packets in each other, up to {@value #MAX_NESTING} deep. Not thread-safe.
 */
public final class PacketCodec {
    /** The longest packet, and the longest that one may become when decompressed: a UDP datagram has a length of 16 bits. */
    public static final int MAX_PACKET = 0xffff;
    /** The most messages in a compound: their number is one byte. */
    public static final int MAX_COMPOUND = 255;
    /** The most messages that are taken from one packet, however it is nested. */
    public static final int MAX_PARTS = 512;
    /** Compounds and compressions around a message; memberlist's own packets have two. */
    public static final int MAX_NESTING = 3;
    /** Bytes of a compound beyond its messages. */
    public static final int COMPOUND_HEADER = 2;
    /** Bytes of a compound for each message. */
    public static final int COMPOUND_PART = 2;

    private static final int CRC_LENGTH = 5;

    private final Label label;
    private final @Nullable Encryption encryption;
    private final boolean compress;
    private final RandomGenerator nonces;
    private final Compression compression = new Compression();

    /**
     * @param label of the cluster, up to 255 bytes; empty for none
     * @param keys null sends in the clear, and takes nothing else
     * @param compress whether to compress what becomes shorter by it; compressed packets are always understood
     * @param nonces of cryptographic strength where there are keys: an equal nonce gives texts away
     */
    public PacketCodec(String label, @Nullable Keys keys, boolean compress, RandomGenerator nonces) {
        this(new Label(label), Encryption.of(keys, Encryption.PLAIN, nonces), compress, nonces);
    }

    private PacketCodec(Label label, @Nullable Encryption encryption, boolean compress, RandomGenerator nonces) {
        this.label = label;
        this.encryption = encryption;
        this.compress = compress;
        this.nonces = nonces;
    }

    /** One that sends as a node of that protocol version does: encryption was another at version 1. */
    public PacketCodec withProtocol(int protocol) {
        Keys keys = encryption == null ? null : encryption.keys();
        return new PacketCodec(label, Encryption.of(keys, Encryption.versionAt(protocol), nonces), compress, nonces);
    }

    /** Bytes around a single message at most. */
    public int overhead() {
        return label.header().length + CRC_LENGTH + (encryption == null ? 0 : encryption.overhead());
    }

    /** {@link #encode(List, boolean, KeyRing.Key) The same} with the primary key. */
    public byte[] encode(List<byte[]> messages, boolean crc) {
        return encode(messages, crc, null);
    }

    /**
     * A packet of messages as {@link MessageCodec#encode} gave them. May be the very array of a message that is alone in it.
     *
     * @param crc whether the receiver is known to speak protocol 5
     * @param by what to encrypt with; null for the primary key
     * @throws IllegalArgumentException if there are none or more than {@value #MAX_COMPOUND}, or they are too long together
     */
    public byte[] encode(List<byte[]> messages, boolean crc, KeyRing.@Nullable Key by) {
        byte[] body = messages.size() == 1 ? messages.getFirst() : compound(messages);
        if (body.length + overhead() > MAX_PACKET) {
            throw new IllegalArgumentException(
                    body.length + " bytes and " + overhead() + " around them; a packet has at most " + MAX_PACKET);
        }
        if (compress) {
            byte[] shorter = compression.shortened(body);
            body = shorter == null ? body : shorter;
        }
        if (crc) {
            body = withCrc(body);
        }
        byte[] header = label.header();
        if (encryption == null && header.length == 0) {
            return body;
        }
        var packet =
                new byte[header.length + (encryption == null ? body.length : encryption.sealedLength(body.length))];
        System.arraycopy(header, 0, packet, 0, header.length);
        if (encryption == null) {
            System.arraycopy(body, 0, packet, header.length, body.length);
        } else {
            encryption.seal(by, body, packet, header.length, label.text());
        }
        return packet;
    }

    private static byte[] compound(List<byte[]> messages) {
        int count = messages.size();
        if (count == 0 || count > MAX_COMPOUND) {
            throw new IllegalArgumentException(count + " messages; a packet has 1 to " + MAX_COMPOUND);
        }
        int length = COMPOUND_HEADER;
        for (byte[] message : messages) {
            length += COMPOUND_PART + Math.min(message.length, MAX_PACKET); // a longer one is too long anyway
        }
        if (length > MAX_PACKET) {
            throw new IllegalArgumentException(
                    "messages of " + length + " bytes together; a packet has at most " + MAX_PACKET);
        }
        var compound = new byte[length];
        compound[0] = MessageType.COMPOUND;
        compound[1] = (byte) count;
        int lengthAt = COMPOUND_HEADER;
        int at = COMPOUND_HEADER + COMPOUND_PART * count;
        for (byte[] message : messages) {
            compound[lengthAt++] = (byte) (message.length >>> 8);
            compound[lengthAt++] = (byte) message.length;
            System.arraycopy(message, 0, compound, at, message.length);
            at += message.length;
        }
        return compound;
    }

    private static byte[] withCrc(byte[] body) {
        var checked = new byte[CRC_LENGTH + body.length];
        System.arraycopy(body, 0, checked, CRC_LENGTH, body.length);
        int crc = crc(checked, CRC_LENGTH, checked.length);
        checked[0] = MessageType.CRC;
        for (int i = 1; i < CRC_LENGTH; i++) {
            checked[i] = (byte) (crc >>> 8 * (CRC_LENGTH - 1 - i));
        }
        return checked;
    }

    private static int crc(byte[] bytes, int from, int to) {
        var crc = new CRC32();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    /**
     * Gives out the packet's messages in their order, each with the key that the packet was encrypted with; null where it was not.
     *
     * @return null if all was understood; else the first reason why not. Other messages of a compound may have been given out: as memberlist
     *     does, one that is refused is passed over
     */
    public @Nullable Refused decode(byte[] packet, Sink out) {
        if (packet.length > MAX_PACKET) {
            return Refused.TOO_LONG;
        }
        try {
            int from = label.pass(packet);
            byte[] bytes = packet;
            KeyRing.Key by = null;
            if (encryption != null) {
                Encryption.Opened opened = encryption.open(packet, from, packet.length, label.text());
                bytes = opened.text().array();
                by = opened.by();
                from = 0;
            }
            var unpacking = new Unpacking(out, by);
            unpacking.unpack(bytes, passCrc(bytes, from), bytes.length, 0);
            return unpacking.first;
        } catch (ProtocolException e) {
            return e.reason();
        }
    }

    private static int passCrc(byte[] bytes, int from) throws ProtocolException {
        if (from == bytes.length || bytes[from] != MessageType.CRC) {
            return from;
        }
        if (bytes.length - from < CRC_LENGTH) {
            throw new ProtocolException(Refused.TRUNCATED, "it ends within its CRC");
        }
        int crc = 0;
        for (int i = 1; i < CRC_LENGTH; i++) {
            crc = crc << 8 | bytes[from + i] & 0xff;
        }
        if (crc != crc(bytes, from + CRC_LENGTH, bytes.length)) {
            throw new ProtocolException(Refused.BAD_CRC, "damaged on its way");
        }
        return from + CRC_LENGTH;
    }

    /** Takes what is in a packet. */
    public interface Sink {
        void accept(Message message, KeyRing.@Nullable Key by);
    }

    /** What one packet may cost, and what became of it. */
    private final class Unpacking {
        private final Sink out;
        private final KeyRing.@Nullable Key by;
        private int parts;
        private int decompressed;
        private @Nullable Refused first;

        Unpacking(Sink out, KeyRing.@Nullable Key by) {
            this.out = out;
            this.by = by;
        }

        /** Calls itself at most {@value #MAX_NESTING} deep. */
        void unpack(byte[] bytes, int from, int to, int depth) throws ProtocolException {
            int type = from == to ? -1 : bytes[from] & 0xff;
            if (type != MessageType.COMPOUND && type != MessageType.COMPRESSED) {
                out.accept(MessageCodec.decode(bytes, from, to), by);
                return;
            }
            if (depth == MAX_NESTING) {
                throw new ProtocolException(Refused.NESTED_TOO_DEEP, "nested more than " + MAX_NESTING + " deep");
            }
            if (type == MessageType.COMPOUND) {
                unpackCompound(bytes, from, to, depth);
            } else {
                byte[] body = compression.decompressed(bytes, from, to, MAX_PACKET - decompressed);
                decompressed += body.length;
                unpack(body, 0, body.length, depth + 1);
            }
        }

        private void unpackCompound(byte[] bytes, int from, int to, int depth) throws ProtocolException {
            int count = to - from < COMPOUND_HEADER ? 0 : bytes[from + 1] & 0xff;
            int at = from + COMPOUND_HEADER + COMPOUND_PART * count;
            if (at > to) {
                throw new ProtocolException(Refused.TRUNCATED, "a compound ends within its lengths");
            }
            for (int i = 0; i < count; i++) {
                int lengthAt = from + COMPOUND_HEADER + COMPOUND_PART * i;
                int length = (bytes[lengthAt] & 0xff) << 8 | bytes[lengthAt + 1] & 0xff;
                if (length > to - at) {
                    throw new ProtocolException(Refused.TRUNCATED, "a compound ends within a message");
                }
                if (++parts > MAX_PARTS) {
                    throw new ProtocolException(Refused.TOO_MANY_PARTS, "more than " + MAX_PARTS + " messages");
                }
                try {
                    unpack(bytes, at, at + length, depth + 1);
                } catch (ProtocolException e) {
                    first = first == null ? e.reason() : first;
                }
                at += length;
            }
        }
    }
}
