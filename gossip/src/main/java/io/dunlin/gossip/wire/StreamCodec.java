package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A message on a stream, from the outside in:
 *
 * <pre>
 *   label                             if the cluster has one, and this opens the stream: a reply has none
 *   [10] length, 4 bytes | encryption if there is a key ring; these five bytes and the label's text are authenticated with it
 *   [9] {Algo, Buf}                   if compression is on, even where it makes it longer
 *   [6] …                             push/pull: see {@link PushPullCodec}
 *   [8] {UserMsgLen} | bytes          user message
 *   [0], [2]                          ping and ack, as in packets
 *   [13] {Error}                      refusal
 * </pre>
 *
 * Not thread-safe.
 */
public final class StreamCodec {
    /** The longest encrypted or compressed message that memberlist takes, in bytes. */
    public static final int MAX_WRAPPED = 20 << 20;
    /** The longest message in the clear, and the longest that a compressed one may become. */
    public static final int MAX_CLEAR = 40 << 20;
    /** The longest user message. */
    public static final int MAX_USER_MESSAGE = 20 << 20;
    /** The most bytes that the layers above may add to a push/pull. */
    public static final int MAX_USER_STATE = 20 << 20;
    /** The most nodes in a push/pull. */
    public static final int MAX_NODES = 1 << 20;

    static final int ENCRYPTED_HEADER = 5;

    private final Label label;
    private final @Nullable Encryption encryption;
    private final boolean compress;
    private final RandomGenerator nonces;
    private final Compression compression = new Compression();

    /** See {@link PacketCodec#PacketCodec}. */
    public StreamCodec(String label, @Nullable Keys keys, boolean compress, RandomGenerator nonces) {
        this(new Label(label), Encryption.of(keys, Encryption.PLAIN, nonces), compress, nonces);
    }

    private StreamCodec(Label label, @Nullable Encryption encryption, boolean compress, RandomGenerator nonces) {
        this.label = label;
        this.encryption = encryption;
        this.compress = compress;
        this.nonces = nonces;
    }

    /** One that sends as a node of that protocol version does: encryption was another at version 1. */
    public StreamCodec withProtocol(int protocol) {
        Keys keys = encryption == null ? null : encryption.keys();
        return new StreamCodec(label, Encryption.of(keys, Encryption.versionAt(protocol), nonces), compress, nonces);
    }

    /** Finds the end of a message in a stream, whichever side sent it. */
    public StreamFramer newFramer() {
        return new StreamFramer();
    }

    /** {@link #encode(Message, KeyRing.Key) The same} with the primary key. */
    public byte[] encode(Message message) {
        return encode(message, null);
    }

    /**
     * What opens a stream: a push/pull, a user message or a ping.
     *
     * @param by what to encrypt with; null for the primary key
     * @throws IllegalArgumentException if it is none that goes over streams, or too long
     */
    public byte[] encode(Message message, KeyRing.@Nullable Key by) {
        return encode(message, by, label.header());
    }

    /** {@link #encodeReply(Message, KeyRing.Key) The same} with the primary key. */
    public byte[] encodeReply(Message message) {
        return encodeReply(message, null);
    }

    /** What answers on a stream: a push/pull, an ack or a refusal. */
    public byte[] encodeReply(Message message, KeyRing.@Nullable Key by) {
        return encode(message, by, Bytes.EMPTY.array());
    }

    private byte[] encode(Message message, KeyRing.@Nullable Key by, byte[] header) {
        byte[] body = body(message);
        if (compress) {
            body = compression.compressed(body);
        }
        boolean isWrapped = compress || encryption != null;
        int length = encryption == null ? body.length : encryption.sealedLength(body.length);
        int max = isWrapped ? MAX_WRAPPED : MAX_CLEAR;
        if (length > max) {
            throw new IllegalArgumentException("a message of " + length + " bytes; a stream takes " + max);
        }
        if (encryption == null && header.length == 0) {
            return body;
        }
        if (encryption == null) {
            byte[] labelled = Arrays.copyOf(header, header.length + body.length);
            System.arraycopy(body, 0, labelled, header.length, body.length);
            return labelled;
        }
        byte[] encrypted = Arrays.copyOf(header, header.length + ENCRYPTED_HEADER + length);
        byte[] lengthHeader = {
            MessageType.ENCRYPTED, (byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length
        };
        System.arraycopy(lengthHeader, 0, encrypted, header.length, ENCRYPTED_HEADER);
        encryption.seal(by, body, encrypted, header.length + ENCRYPTED_HEADER, lengthHeader, label.text());
        return encrypted;
    }

    private static byte[] body(Message message) {
        return switch (message) {
            case PushPull state -> PushPullCodec.encode(state);
            case User user -> {
                byte[] data = user.data().array();
                if (data.length > MAX_USER_MESSAGE) {
                    throw new IllegalArgumentException(
                            "a user message of " + data.length + " bytes; at most " + MAX_USER_MESSAGE);
                }
                yield new MsgPackWriter(32 + data.length)
                        .type(MessageType.USER)
                        .map(1)
                        .field(Field.USER_MESSAGE_LENGTH)
                        .signed(data.length)
                        .append(data)
                        .toBytes();
            }
            case Refusal refusal ->
                new MsgPackWriter(128)
                        .type(MessageType.REFUSAL)
                        .map(1)
                        .field(Field.ERROR)
                        .raw(refusal.error().getBytes(UTF_8))
                        .toBytes();
            case Ping ping -> MessageCodec.encode(ping);
            case Ack ack -> MessageCodec.encode(ack);
            case IndirectPing _, Nack _, Suspect _, Alive _, Dead _ ->
                throw new IllegalArgumentException(
                        message.getClass().getSimpleName() + " goes in packets, not over streams");
        };
    }

    /** What a stream was opened with, and the key that it was encrypted with: null where it was not. */
    public record Request(Message message, KeyRing.@Nullable Key by) {}

    /** What a peer opened a stream with, of the length that a {@link StreamFramer} found. */
    public Request decode(byte[] message) throws ProtocolException {
        return decode(message, label.pass(message));
    }

    /** What a peer answered on a stream that we opened. */
    public Message decodeReply(byte[] message) throws ProtocolException {
        return decode(message, 0).message();
    }

    private Request decode(byte[] message, int from) throws ProtocolException {
        byte[] bytes = message;
        int at = from;
        KeyRing.Key by = null;
        int type = typeAt(bytes, at);
        if (type == MessageType.ENCRYPTED) {
            Encryption.Opened opened = decrypt(message, from);
            bytes = opened.text().array();
            by = opened.by();
            at = 0;
            type = typeAt(bytes, at);
        } else if (encryption != null) {
            throw new ProtocolException(Refused.NOT_ENCRYPTED, "not encrypted, and we have a key ring");
        }
        if (type == MessageType.COMPRESSED) {
            bytes = compression.decompressed(bytes, at, bytes.length, MAX_CLEAR);
            at = 0;
            type = typeAt(bytes, at);
        }
        Message content = switch (type) {
            case MessageType.PUSH_PULL -> PushPullCodec.decode(new MsgPackReader(bytes, at + 1, bytes.length));
            case MessageType.USER -> user(new MsgPackReader(bytes, at + 1, bytes.length));
            case MessageType.REFUSAL -> refusal(new MsgPackReader(bytes, at + 1, bytes.length));
            case MessageType.PING, MessageType.ACK -> MessageCodec.decode(bytes, at, bytes.length);
            default -> throw new ProtocolException(Refused.UNKNOWN_TYPE, "type of message " + type + " on a stream");
        };
        return new Request(content, by);
    }

    private Encryption.Opened decrypt(byte[] message, int from) throws ProtocolException {
        if (encryption == null) {
            throw new ProtocolException(Refused.ENCRYPTED, "encrypted, and we have no key ring");
        }
        if (message.length - from < ENCRYPTED_HEADER) {
            throw new ProtocolException(Refused.TRUNCATED, "it ends within its length");
        }
        byte[] lengthHeader = Arrays.copyOfRange(message, from, from + ENCRYPTED_HEADER);
        return encryption.open(message, from + ENCRYPTED_HEADER, message.length, lengthHeader, label.text());
    }

    private static int typeAt(byte[] bytes, int at) throws ProtocolException {
        if (at == bytes.length) {
            throw new ProtocolException(Refused.TRUNCATED, "no type of message");
        }
        return bytes[at] & 0xff;
    }

    private static User user(MsgPackReader in) throws ProtocolException {
        return new User(Bytes.wrap(in.take(userLength(in))));
    }

    /** Of the bytes that follow a user message's header. */
    static int userLength(MsgPackReader in) throws ProtocolException {
        int length = 0;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case USER_MESSAGE_LENGTH -> length = (int) in.unsigned(MAX_USER_MESSAGE);
                case null, default -> in.skip();
            }
        }
        return length;
    }

    private static Refusal refusal(MsgPackReader in) throws ProtocolException {
        String error = "";
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case ERROR -> error = new String(in.raw(MessageCodec.MAX_ERROR), UTF_8);
                case null, default -> in.skip();
            }
        }
        return new Refusal(error);
    }
}
