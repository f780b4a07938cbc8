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
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One message as it stands in a packet: a byte of type, then a map of fields in MessagePack; a user message is raw. A field that is missing
 * is its type's zero, as in Go; an address of another length than 4 or 16 bytes is malformed, a missing one too where a message is about it.
 */
public final class MessageCodec {
    /** The longest name of a node, in bytes of UTF-8: memberlist has no limit, the longest host name is shorter. */
    public static final int MAX_NAME = 255;
    /** The longest text of a {@link Refusal} that is read, in bytes. */
    static final int MAX_ERROR = 4096;
    /** The longest payload of an {@link Ack}, in bytes: as long as a packet. */
    static final int MAX_PAYLOAD = 0xffff;

    static final long MAX_UNSIGNED_32 = 0xffff_ffffL;
    private static final int MAX_PORT = 0xffff;
    private static final int VERSIONS = 6;
    static final Versions UNKNOWN_VERSIONS = new Versions(0, 0, 0, 0, 0, 0);

    private MessageCodec() {}

    /**
     * Encodes a message for {@link PacketCodec#encode}.
     *
     * @throws IllegalArgumentException if it is one for streams alone, or has a value that the wire cannot carry
     */
    public static byte[] encode(Message message) {
        return switch (message) {
            case Ping ping -> encode(ping);
            case IndirectPing ping -> encode(ping);
            case Ack ack -> encode(ack);
            case Nack nack ->
                begin(MessageType.NACK, 1)
                        .field(Field.SEQUENCE)
                        .unsigned(unsigned32(nack.sequence()))
                        .toBytes();
            case Suspect suspect ->
                accusation(MessageType.SUSPECT, suspect.incarnation(), suspect.node(), suspect.from());
            case Dead dead -> accusation(MessageType.DEAD, dead.incarnation(), dead.node(), dead.from());
            case Alive alive -> encode(alive);
            case User user -> {
                byte[] data = user.data().array();
                yield new MsgPackWriter(1 + data.length)
                        .type(MessageType.USER)
                        .append(data)
                        .toBytes();
            }
            case PushPull _, Refusal _ ->
                throw new IllegalArgumentException(
                        message.getClass().getSimpleName() + " goes over streams, not in packets");
        };
    }

    private static byte[] encode(Ping ping) {
        MsgPackWriter out = begin(MessageType.PING, 2 + fields(ping.source()))
                .field(Field.NODE)
                .raw(name(ping.node()))
                .field(Field.SEQUENCE)
                .unsigned(unsigned32(ping.sequence()));
        return source(out, ping.source()).toBytes();
    }

    private static byte[] encode(IndirectPing ping) {
        // the sources' names sort between SeqNo and Target
        MsgPackWriter out = begin(MessageType.INDIRECT_PING, 5 + fields(ping.source()))
                .field(Field.NACK)
                .bool(ping.nack())
                .field(Field.NODE)
                .raw(name(ping.node()))
                .field(Field.PORT)
                .unsigned(ping.target().getPort())
                .field(Field.SEQUENCE)
                .unsigned(unsigned32(ping.sequence()));
        return source(out, ping.source())
                .field(Field.TARGET)
                .raw(address(ping.target()))
                .toBytes();
    }

    private static byte[] encode(Ack ack) {
        MsgPackWriter out = begin(MessageType.ACK, 2).field(Field.PAYLOAD);
        if (ack.payload().length() == 0) {
            out.nil();
        } else {
            bytes(out, ack.payload(), MAX_PAYLOAD);
        }
        return out.field(Field.SEQUENCE).unsigned(unsigned32(ack.sequence())).toBytes();
    }

    private static byte[] encode(Alive alive) {
        MsgPackWriter out = begin(MessageType.ALIVE, 6)
                .field(Field.ADDR)
                .raw(address(alive.address()))
                .field(Field.INCARNATION)
                .unsigned(unsigned32(alive.incarnation()))
                .field(Field.META);
        return bytes(out, alive.meta(), Message.MAX_META)
                .field(Field.NODE)
                .raw(name(alive.node()))
                .field(Field.PORT)
                .unsigned(alive.address().getPort())
                .field(Field.VERSIONS)
                .raw(bytes(alive.versions()))
                .toBytes();
    }

    private static byte[] accusation(int type, long incarnation, String node, String from) {
        return begin(type, 3)
                .field(Field.FROM)
                .raw(name(from))
                .field(Field.INCARNATION)
                .unsigned(unsigned32(incarnation))
                .field(Field.NODE)
                .raw(name(node))
                .toBytes();
    }

    private static MsgPackWriter begin(int type, int fields) {
        return new MsgPackWriter(128).type(type).map(fields);
    }

    private static int fields(Source source) {
        return (source.address() == null ? 0 : 2) + (source.node() == null ? 0 : 1);
    }

    private static MsgPackWriter source(MsgPackWriter out, Source source) {
        InetSocketAddress address = source.address();
        String node = source.node();
        if (address != null) {
            out.field(Field.SOURCE_ADDR).raw(address(address));
        }
        if (node != null) {
            out.field(Field.SOURCE_NODE).raw(name(node));
        }
        return address == null ? out : out.field(Field.SOURCE_PORT).unsigned(address.getPort());
    }

    static byte[] name(String name) {
        byte[] bytes = name.getBytes(UTF_8);
        if (bytes.length > MAX_NAME) {
            throw new IllegalArgumentException("name of " + bytes.length + " bytes; at most " + MAX_NAME + ": " + name);
        }
        return bytes;
    }

    static byte[] address(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            throw new IllegalArgumentException("an address that was not resolved: " + address);
        }
        return ip.getAddress();
    }

    static MsgPackWriter bytes(MsgPackWriter out, Bytes bytes, int max) {
        if (bytes.length() > max) {
            throw new IllegalArgumentException(bytes.length() + " bytes in a field of at most " + max);
        }
        return out.raw(bytes.array());
    }

    static byte[] bytes(Versions versions) {
        return new byte[] {
            octet(versions.protocolMin()),
            octet(versions.protocolMax()),
            octet(versions.protocol()),
            octet(versions.delegateMin()),
            octet(versions.delegateMax()),
            octet(versions.delegate())
        };
    }

    private static byte octet(int version) {
        if (version >>> 8 != 0) {
            throw new IllegalArgumentException("version " + version + "; 0 to 255");
        }
        return (byte) version;
    }

    static long unsigned32(long value) {
        if (value >>> 32 != 0) {
            throw new IllegalArgumentException("number " + value + "; 0 to " + MAX_UNSIGNED_32);
        }
        return value;
    }

    /** The message in {@code bytes} from its type at {@code from} on. What comes after it before {@code to} is ignored, as Go does. */
    static Message decode(byte[] bytes, int from, int to) throws ProtocolException {
        if (from == to) {
            throw new ProtocolException(Refused.TRUNCATED, "no type of message");
        }
        int type = bytes[from] & 0xff;
        var in = new MsgPackReader(bytes, from + 1, to);
        return switch (type) {
            case MessageType.PING -> ping(in);
            case MessageType.INDIRECT_PING -> indirectPing(in);
            case MessageType.ACK -> ack(in);
            case MessageType.NACK -> nack(in);
            case MessageType.SUSPECT, MessageType.DEAD -> accusation(type, in);
            case MessageType.ALIVE -> alive(in);
            case MessageType.USER -> new User(Bytes.wrap(Arrays.copyOfRange(bytes, from + 1, to)));
            default -> throw new ProtocolException(Refused.UNKNOWN_TYPE, "type of message " + type);
        };
    }

    private static Ping ping(MsgPackReader in) throws ProtocolException {
        long sequence = 0;
        String node = "";
        InetAddress sourceAddress = null;
        int sourcePort = 0;
        String sourceNode = null;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case SEQUENCE -> sequence = in.unsigned(MAX_UNSIGNED_32);
                case NODE -> node = in.text(MAX_NAME);
                case SOURCE_ADDR -> sourceAddress = address(in);
                case SOURCE_PORT -> sourcePort = port(in);
                case SOURCE_NODE -> sourceNode = in.text(MAX_NAME);
                case null, default -> in.skip();
            }
        }
        return new Ping(sequence, node, source(sourceAddress, sourcePort, sourceNode));
    }

    private static IndirectPing indirectPing(MsgPackReader in) throws ProtocolException {
        long sequence = 0;
        InetAddress target = null;
        int port = 0;
        String node = "";
        boolean nack = false;
        InetAddress sourceAddress = null;
        int sourcePort = 0;
        String sourceNode = null;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case SEQUENCE -> sequence = in.unsigned(MAX_UNSIGNED_32);
                case TARGET -> target = address(in);
                case PORT -> port = port(in);
                case NODE -> node = in.text(MAX_NAME);
                case NACK -> nack = in.bool();
                case SOURCE_ADDR -> sourceAddress = address(in);
                case SOURCE_PORT -> sourcePort = port(in);
                case SOURCE_NODE -> sourceNode = in.text(MAX_NAME);
                case null, default -> in.skip();
            }
        }
        return new IndirectPing(
                sequence, required(target, port), node, nack, source(sourceAddress, sourcePort, sourceNode));
    }

    private static Source source(@Nullable InetAddress address, int port, @Nullable String node) {
        boolean isAddressKnown = address != null && port != 0;
        boolean isNodeKnown = node != null && !node.isEmpty();
        if (!isAddressKnown && !isNodeKnown) {
            return Source.UNKNOWN;
        }
        return new Source(isAddressKnown ? new InetSocketAddress(address, port) : null, isNodeKnown ? node : null);
    }

    private static Ack ack(MsgPackReader in) throws ProtocolException {
        long sequence = 0;
        byte[] payload = Bytes.EMPTY.array();
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case SEQUENCE -> sequence = in.unsigned(MAX_UNSIGNED_32);
                case PAYLOAD -> payload = in.raw(MAX_PAYLOAD);
                case null, default -> in.skip();
            }
        }
        return new Ack(sequence, Bytes.wrap(payload));
    }

    private static Nack nack(MsgPackReader in) throws ProtocolException {
        long sequence = 0;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case SEQUENCE -> sequence = in.unsigned(MAX_UNSIGNED_32);
                case null, default -> in.skip();
            }
        }
        return new Nack(sequence);
    }

    private static Message accusation(int type, MsgPackReader in) throws ProtocolException {
        long incarnation = 0;
        String node = "";
        String from = "";
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case INCARNATION -> incarnation = in.unsigned(MAX_UNSIGNED_32);
                case NODE -> node = in.text(MAX_NAME);
                case FROM -> from = in.text(MAX_NAME);
                case null, default -> in.skip();
            }
        }
        return type == MessageType.DEAD ? new Dead(incarnation, node, from) : new Suspect(incarnation, node, from);
    }

    private static Alive alive(MsgPackReader in) throws ProtocolException {
        long incarnation = 0;
        String node = "";
        InetAddress address = null;
        int port = 0;
        byte[] meta = Bytes.EMPTY.array();
        Versions versions = UNKNOWN_VERSIONS;
        for (int fields = in.fields(); fields > 0; fields--) {
            switch (in.field()) {
                case INCARNATION -> incarnation = in.unsigned(MAX_UNSIGNED_32);
                case NODE -> node = in.text(MAX_NAME);
                case ADDR -> address = address(in);
                case PORT -> port = port(in);
                case META -> meta = in.raw(Message.MAX_META);
                case VERSIONS -> versions = versions(in);
                case null, default -> in.skip();
            }
        }
        return new Alive(incarnation, node, required(address, port), Bytes.wrap(meta), versions);
    }

    static int port(MsgPackReader in) throws ProtocolException {
        return (int) in.unsigned(MAX_PORT);
    }

    /** Null for an empty one. An IPv4 address may come in its IPv6 form. */
    static @Nullable InetAddress address(MsgPackReader in) throws ProtocolException {
        byte[] raw = in.raw(16);
        if (raw.length == 0) {
            return null;
        }
        try {
            return InetAddress.getByAddress(raw);
        } catch (UnknownHostException e) {
            throw new ProtocolException(Refused.MALFORMED, "an address of " + raw.length + " bytes");
        }
    }

    static InetSocketAddress required(@Nullable InetAddress address, int port) throws ProtocolException {
        if (address == null) {
            throw new ProtocolException(Refused.MALFORMED, "no address where one was due");
        }
        return new InetSocketAddress(address, port);
    }

    /** All zero for an empty one: memberlist has them missing from a node that it knows nothing of. */
    static Versions versions(MsgPackReader in) throws ProtocolException {
        byte[] raw = in.raw(VERSIONS);
        if (raw.length == 0) {
            return UNKNOWN_VERSIONS;
        }
        if (raw.length != VERSIONS) {
            throw new ProtocolException(Refused.MALFORMED, "not 6 versions, but " + raw.length);
        }
        return new Versions(raw[0] & 0xff, raw[1] & 0xff, raw[2] & 0xff, raw[3] & 0xff, raw[4] & 0xff, raw[5] & 0xff);
    }
}
