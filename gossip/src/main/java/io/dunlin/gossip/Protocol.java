package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message;
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
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.Refused;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.gossip.wire.StreamFramer;
import io.dunlin.gossip.wire.TurningKeys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One member of a cluster: puts the parts of SWIM together, and hands each of them the messages that are for it.
 *
 * <pre>
 *   what is said of members    Roster, by MergeRules; Suspicions; BroadcastQueue passes it on
 *   ping, ack, nack            Prober asks; ProbeRelay asks for others; PendingAcks knows who waits
 *   push/pull                  PushPuller; Rejoin finds lost members by it
 *   user messages              Layer
 * </pre>
 *
 * Lives on the thread of its {@link Clock}: all methods are called there, but for those that say otherwise.
 */
final class Protocol {
    private final ProtocolConfig config;
    private final GuardedClock clock;
    private final Transport transport;
    private final PacketCodec packets;
    private final StreamCodec streams;
    private final Layer layer;
    private final DropCounters drops;
    private final MemberTable table;
    private final BroadcastQueue broadcasts = new BroadcastQueue();
    private final LocalHealth health;
    private final PendingAcks acks;
    private final Roster roster;
    private final PacketSender sender;
    private final Prober prober;
    private final ProbeRelay relay;
    private final Gossiper gossiper;
    private final PushPuller pushPuller;
    private final Rejoin rejoin;
    private final LayerMembership membership;
    private final @Nullable TurningKeys keys;
    private Bytes meta;
    private boolean stopped;

    Protocol(
            ProtocolConfig config,
            Clock clock,
            Transport transport,
            RandomGenerator random,
            PacketCodec packets,
            StreamCodec streams,
            @Nullable TurningKeys keys,
            Layer layer,
            Observer observer) {
        this.config = config;
        this.meta = config.meta();
        this.drops = new DropCounters(clock, observer);
        this.clock = new GuardedClock(clock, drops, () -> stopped);
        this.transport = transport;
        this.packets = packets;
        this.streams = streams;
        this.keys = keys;
        this.layer = layer;
        Profile profile = config.profile();
        this.table = new MemberTable(random);
        this.health = new LocalHealth(profile.awarenessMax());
        this.acks = new PendingAcks(random);
        var choice = new KeyChoice(keys, table);
        var pauses = new PauseWatch(this.clock, profile, config.lifeguard());
        this.roster =
                new Roster(config, this.clock, table, broadcasts, health, pauses, drops, new Audience(layer, observer));
        this.sender = new PacketSender(config, transport, packets, broadcasts, roster, layer, choice, drops);
        this.prober = new Prober(
                config, this.clock, random, table, roster, health, acks, pauses, sender, transport, streams, choice);
        this.relay = new ProbeRelay(profile, this.clock, acks, sender, roster, drops);
        this.gossiper = new Gossiper(profile, this.clock, random, table, roster, sender);
        this.pushPuller =
                new PushPuller(profile, this.clock, random, table, roster, transport, streams, layer, choice, drops);
        this.rejoin = new Rejoin(profile, this.clock, random, table, pushPuller);
        this.membership = new LayerMembership(config, this.clock, table, roster, sender, transport, streams, choice);
    }

    /** Members' comings and goings are told to the layer, to {@link Rejoin} and to the observer. */
    private final class Audience implements Observer {
        private final Layer layer;
        private final Observer observer;

        Audience(Layer layer, Observer observer) {
            this.layer = layer;
            this.observer = observer;
        }

        @Override
        public void joined(Member member) {
            rejoin.joined(member);
            clock.run(() -> layer.joined(member));
            clock.run(() -> observer.joined(member));
        }

        @Override
        public void updated(Member member) {
            clock.run(() -> layer.updated(member));
            clock.run(() -> observer.updated(member));
        }

        @Override
        public void suspected(Member member) {
            clock.run(() -> observer.suspected(member));
        }

        @Override
        public void gone(Member member) {
            rejoin.gone(member);
            clock.run(() -> layer.gone(member));
            clock.run(() -> observer.gone(member));
        }
    }

    /**
     * Binds, and is a cluster of one from now on.
     *
     * @return the address that others are told
     * @throws IOException if it cannot be bound
     */
    InetSocketAddress start() throws IOException {
        InetSocketAddress bound = transport.start(new Incoming());
        InetSocketAddress address = advertised(bound);
        layer.start(membership);
        roster.begin(address);
        prober.start();
        gossiper.start();
        pushPuller.start();
        rejoin.start();
        return address;
    }

    private InetSocketAddress advertised(InetSocketAddress bound) {
        InetSocketAddress asked = config.advertise();
        if (asked == null) {
            return bound;
        }
        return asked.getPort() == 0 ? new InetSocketAddress(asked.getAddress(), bound.getPort()) : asked;
    }

    /** How a join ended: how many of the seeds answered, and why the others did not. */
    record JoinResult(int answered, List<String> errors) {}

    /**
     * Exchanges state with each of {@code seeds}, and remembers them in place of earlier ones: those that are no live members are tried again
     * for ever. An unresolved address is the transport's to resolve.
     */
    void join(List<InetSocketAddress> seeds, Consumer<JoinResult> done) {
        rejoin.seeds(seeds);
        if (seeds.isEmpty()) {
            done.accept(new JoinResult(0, List.of()));
            return;
        }
        var errors = new ArrayList<String>();
        var answers = new int[1];
        for (InetSocketAddress seed : seeds) {
            pushPuller.join(seed, exchange -> {
                answers[0]++;
                if (exchange.error() != null) {
                    errors.add(HostPort.text(seed) + ": " + exchange.error());
                }
                if (answers[0] == seeds.size()) {
                    done.accept(new JoinResult(seeds.size() - errors.size(), List.copyOf(errors)));
                }
            });
        }
    }

    /** Tells all that it leaves; {@code done} runs once that was told often enough, or after {@code timeout}. {@link #stop} is to follow. */
    void leave(Duration timeout, Runnable done) {
        var told = new Runnable() {
            private boolean ran;

            @Override
            public void run() {
                if (!ran) {
                    ran = true;
                    done.run();
                }
            }
        };
        roster.leave(told);
        if (table.live() == 0) {
            told.run();
        } else {
            clock.schedule(timeout.toNanos(), told);
        }
    }

    /** Tells all of new metadata, which leaves room for what is said of keys where there are some. */
    void updateMeta(Bytes meta) {
        this.meta = meta;
        roster.updateMeta(keys == null ? meta : keys.announce(meta));
    }

    /** Tells all which keys it has now. */
    void announceKeys() {
        updateMeta(meta);
    }

    /** Falls silent, and closes the transport. */
    void stop() {
        stopped = true;
        transport.close();
    }

    /** All members that are known, this one among them, in no order; an immutable snapshot. From any thread. */
    List<Member> members() {
        return table.snapshot().all();
    }

    /**
     * How much was refused or dropped, by the name of the {@link DropReason} or {@link Refused}; without zeros. From any
     * thread.
     */
    Map<String, Long> drops() {
        return drops.snapshot();
    }

    /** The local health score: 0 is best, the profile's awarenessMax − 1 worst. From any thread. */
    int health() {
        return health.score();
    }

    /** Through which user messages are sent; the same that the layer got. */
    Layer.Membership membership() {
        return membership;
    }

    /** What is known of each member; simulations begin with clusters that are formed. */
    MemberTable table() {
        return table;
    }

    /** Who is looked for; simulations look whether it is bounded. */
    Rejoin rejoin() {
        return rejoin;
    }

    // ---- what arrives

    private final class Incoming implements Transport.Receiver {
        @Override
        public void packet(InetSocketAddress from, byte[] packet) {
            if (stopped) {
                return;
            }
            Refused refused =
                    packets.decode(packet, (message, key) -> clock.run(() -> handle(message, new Sender(from, key))));
            if (refused != null) {
                drops.count(refused, from);
            }
        }

        @Override
        public byte @Nullable [] call(InetSocketAddress from, byte[] message) {
            if (stopped) {
                return null;
            }
            try {
                StreamCodec.Request request = streams.decode(message);
                return answer(request.message(), new Sender(from, request.by()));
            } catch (ProtocolException e) {
                drops.count(e.reason(), from);
                return streams.encodeReply(new Refusal(String.valueOf(e.getMessage())));
            } catch (RuntimeException e) {
                drops.count(DropReason.FAILED, e.toString(), from);
                return null;
            }
        }

        @Override
        public Transport.Framer newFramer() {
            StreamFramer framer = streams.newFramer();
            return framer::messageLength;
        }
    }

    private void handle(Message message, Sender from) {
        switch (message) {
            case Ping ping -> answer(ping, from);
            case IndirectPing request -> relay.serve(request, from);
            case Ack ack -> expected(acks.ack(ack.sequence()), from.address());
            case Nack nack -> expected(acks.nack(nack.sequence()), from.address());
            case Alive alive -> roster.alive(alive, from.address());
            case Suspect suspect -> roster.suspect(suspect, from.address());
            case Dead dead -> roster.dead(dead, from.address());
            case User user -> layer.message(user.data().array());
            case PushPull _, Refusal _ ->
                drops.count(DropReason.UNEXPECTED_MESSAGE, message.getClass().getSimpleName(), from.address());
        }
    }

    private void answer(Ping ping, Sender from) {
        if (!roster.isSelf(ping.node()) && !ping.node().isEmpty()) {
            drops.count(DropReason.PING_FOR_ANOTHER, ping.node(), from.address());
            return;
        }
        sender.answer(from.at(ping.source().address()), new Ack(ping.sequence(), Bytes.EMPTY));
    }

    private void expected(boolean wasExpected, InetSocketAddress from) {
        if (!wasExpected) {
            drops.count(DropReason.UNASKED_ACK, "", from);
        }
    }

    private byte @Nullable [] answer(Message message, Sender from) {
        return switch (message) {
            case PushPull state -> pushPuller.answer(state, from.key());
            case Ping ping
            when roster.isSelf(ping.node()) -> streams.encodeReply(new Ack(ping.sequence(), Bytes.EMPTY), from.key());
            case Ping ping -> {
                drops.count(DropReason.PING_FOR_ANOTHER, ping.node(), from.address());
                yield null;
            }
            case User user -> {
                layer.message(user.data().array());
                yield null;
            }
            case IndirectPing _, Ack _, Nack _, Suspect _, Alive _, Dead _, Refusal _ -> {
                drops.count(DropReason.UNEXPECTED_MESSAGE, message.getClass().getSimpleName(), from.address());
                yield null;
            }
        };
    }
}
