package io.dunlin.gossip;

import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.MessageCodec;
import io.dunlin.gossip.wire.PacketCodec;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes packets and sends them. What is left of a packet is filled with news, and then by the layer above. */
final class PacketSender {
    /** A packet carries a CRC from here on, if its receiver is known to understand it. */
    private static final int CRC_PROTOCOL = 5;
    /** The type in front of a user message. */
    private static final int USER_HEADER = 1;

    private final Transport transport;
    private final PacketCodec codec;
    private final BroadcastQueue broadcasts;
    private final Roster roster;
    private final Layer layer;
    private final KeyChoice keys;
    private final DropCounters drops;
    private final int space;

    PacketSender(
            ProtocolConfig config,
            Transport transport,
            PacketCodec codec,
            BroadcastQueue broadcasts,
            Roster roster,
            Layer layer,
            KeyChoice keys,
            DropCounters drops) {
        this.transport = transport;
        this.codec = codec;
        this.broadcasts = broadcasts;
        this.roster = roster;
        this.layer = layer;
        this.keys = keys;
        this.drops = drops;
        this.space = config.maxPacket() - codec.overhead() - PacketCodec.COMPOUND_HEADER;
    }

    /** The longest data of a user message. */
    int maxUserMessage() {
        return space - PacketCodec.COMPOUND_PART - USER_HEADER;
    }

    /** Sends to a member, with news in what is left of the packet. */
    void send(NodeState to, Message message) {
        send(to.address(), understandsCrc(to), keys.of(to), message);
    }

    /** Sends to a member that may not be there: each piece of news is sent a few times only, and none is wasted on it. */
    void sendAlone(NodeState to, Message... messages) {
        var parts = new ArrayList<byte[]>();
        for (Message message : messages) {
            parts.add(MessageCodec.encode(message));
        }
        transport.send(to.address(), codec.encode(parts, understandsCrc(to), keys.of(to)));
    }

    /** Sends to who is said to be a member of that name, and no news: an exchange of messages with one would use up what is to reach all. */
    void sendAlone(String name, InetSocketAddress to, Message message) {
        transport.send(to, codec.encode(List.of(MessageCodec.encode(message)), false, keys.of(name, to)));
    }

    /** Answers, with news in what is left of the packet. */
    void answer(Sender to, Message message) {
        send(to.address(), false, to.key(), message);
    }

    /** Sends to who is said to be a member of that name, with news in what is left of the packet. */
    void send(String name, InetSocketAddress to, Message message) {
        send(to, false, keys.of(name, to), message);
    }

    private void send(InetSocketAddress to, boolean crc, KeyRing.@Nullable Key key, Message message) {
        var parts = new ArrayList<byte[]>();
        parts.add(MessageCodec.encode(message));
        int left = space - parts.getFirst().length - PacketCodec.COMPOUND_PART;
        if (left < 0) {
            drops.count(DropReason.TOO_LONG, -left + " bytes too many", to);
            return;
        }
        fill(parts, left);
        transport.send(to, codec.encode(parts, crc, key));
    }

    /** Sends nothing but news; false if there is none. */
    boolean sendNews(NodeState to) {
        var parts = new ArrayList<byte[]>();
        fill(parts, space);
        if (!parts.isEmpty()) {
            transport.send(to.address(), codec.encode(parts, understandsCrc(to), keys.of(to)));
        }
        return !parts.isEmpty();
    }

    /** Whether a packet to that member may carry a CRC. */
    private static boolean understandsCrc(NodeState member) {
        return member.versions().protocolMax() >= CRC_PROTOCOL;
    }

    private void fill(List<byte[]> parts, int space) {
        int pieces = PacketCodec.MAX_COMPOUND - parts.size();
        int left = broadcasts.take(PacketCodec.COMPOUND_PART, space, pieces, roster.retransmitLimit(), parts::add);
        layer.gossip(PacketCodec.COMPOUND_PART + USER_HEADER, left, data -> {
            if (parts.size() < PacketCodec.MAX_COMPOUND) {
                parts.add(MessageCodec.encode(new User(Bytes.wrap(data))));
            }
        });
    }
}
