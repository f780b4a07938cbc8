package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.StreamCodec;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a layer speaks: a narrow door to the protocol's parts. */
final class LayerMembership implements Layer.Membership {
    private final ProtocolConfig config;
    private final Clock clock;
    private final MemberTable table;
    private final Roster roster;
    private final PacketSender sender;
    private final Transport transport;
    private final StreamCodec streams;
    private final KeyChoice keys;

    LayerMembership(
            ProtocolConfig config,
            Clock clock,
            MemberTable table,
            Roster roster,
            PacketSender sender,
            Transport transport,
            StreamCodec streams,
            KeyChoice keys) {
        this.config = config;
        this.clock = clock;
        this.table = table;
        this.roster = roster;
        this.sender = sender;
        this.transport = transport;
        this.streams = streams;
        this.keys = keys;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public String localName() {
        return config.name();
    }

    @Override
    public List<Member> members() {
        return table.snapshot().live();
    }

    @Override
    public @Nullable Member member(String name) {
        NodeState state = table.get(name);
        return state != null && MemberTable.isLive(state) ? MemberTable.member(state) : null;
    }

    @Override
    public @Nullable Member random() {
        List<NodeState> found = table.random(1, state -> state.state() == State.ALIVE && !roster.isSelf(state.name()));
        return found.isEmpty() ? null : MemberTable.member(found.getFirst());
    }

    @Override
    public void send(Member to, byte[] data) {
        sender.sendAlone(to.name(), to.address(), new User(Bytes.wrap(data)));
    }

    @Override
    public void sendReliably(Member to, byte[] data, Consumer<Boolean> done) {
        byte[] request = streams.encode(new User(Bytes.wrap(data)), keys.of(to.name(), to.address()));
        transport.call(
                to.address(), request, false, config.profile().streamTimeout().toNanos(), result -> {
                    done.accept(result instanceof Transport.CallResult.Sent);
                });
    }

    @Override
    public int retransmitLimit() {
        return roster.retransmitLimit();
    }

    @Override
    public int maxPacketMessage() {
        return sender.maxUserMessage();
    }
}
