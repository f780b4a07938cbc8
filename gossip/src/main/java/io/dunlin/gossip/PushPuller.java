package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.StreamCodec;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges all state with one member at a time, which repairs whatever gossip missed: now and then with a random one, to join, and in an
 * epidemic when there is much news. Gossip carries a few dozen pieces per second and member; after the heal of a partition between hundreds
 * there would be minutes of it. So who learned more than that goes on to exchange all state with random members, at once and one after the
 * other, until two in a row had next to nothing left to tell each other. That doubles the number of those who know each time, on memberlist's wire.
 */
final class PushPuller {
    /** From here on the interval grows with the cluster, so that the load of a member does not. */
    private static final int SCALE_FROM = 32;
    /** News that is much, at the least, and the share of the cluster that is: what gossip carries within seconds is left to it. */
    private static final int BULK = 32;

    private static final int BULK_SHARE = 32;
    /** Gossip intervals within which it must come: what comes more slowly gossip can carry. */
    private static final int WINDOW = 10;
    /** Less news than that is little: there is always some on its way. */
    private static final int LITTLE = 4;
    /** After so many exchanges in a row with little news an epidemic is over. */
    private static final int IDLE_EXCHANGES = 2;
    /** And after so many in any case, twice what a cluster of 10,000 needs: what peers will not believe of us stays news for ever. */
    private static final int MOST_EXCHANGES = 32;

    private final Profile profile;
    private final Clock clock;
    private final RandomGenerator random;
    private final MemberTable table;
    private final Roster roster;
    private final Transport transport;
    private final StreamCodec streams;
    private final Layer layer;
    private final KeyChoice keys;
    private final DropCounters drops;

    /** What was learned up to here is known to have been told, or was little. */
    private long changesTold;

    private int watched;
    private int idleLeft;
    private int exchangesLeft;

    PushPuller(
            Profile profile,
            Clock clock,
            RandomGenerator random,
            MemberTable table,
            Roster roster,
            Transport transport,
            StreamCodec streams,
            Layer layer,
            KeyChoice keys,
            DropCounters drops) {
        this.profile = profile;
        this.clock = clock;
        this.random = random;
        this.table = table;
        this.roster = roster;
        this.transport = transport;
        this.streams = streams;
        this.layer = layer;
        this.keys = keys;
        this.drops = drops;
    }

    /** How an exchange ended: how many pieces of news went either way, or why it failed. */
    record Exchange(int news, @Nullable String error) {}

    void start() {
        clock.schedule(random.nextLong(interval()), this::tick);
        clock.schedule(random.nextLong(profile.gossipInterval().toNanos()), this::watch);
    }

    private void tick() {
        clock.schedule(interval(), this::tick);
        withRandomMember(exchange -> {});
    }

    private long interval() {
        double doublings = StrictMath.log((double) table.live() / SCALE_FROM) / StrictMath.log(2);
        int times = doublings <= 0 ? 1 : (int) Math.ceil(doublings) + 1;
        return profile.pushPullInterval().toNanos() * times;
    }

    // ---- the epidemic

    private void watch() {
        clock.schedule(profile.gossipInterval().toNanos(), this::watch);
        if (exchangesLeft == 0 && roster.changes() - changesTold >= bulk()) {
            idleLeft = IDLE_EXCHANGES;
            exchangesLeft = MOST_EXCHANGES;
            spread();
        }
        if (++watched % WINDOW == 0) {
            changesTold = roster.changes();
        }
    }

    private void spread() {
        clock.schedule(
                random.nextLong(profile.gossipInterval().toNanos()),
                () -> withRandomMember(exchange -> {
                    changesTold = roster.changes();
                    idleLeft = exchange.news() >= LITTLE ? IDLE_EXCHANGES : idleLeft - 1;
                    exchangesLeft = idleLeft == 0 ? 0 : exchangesLeft - 1;
                    if (exchangesLeft > 0) {
                        spread();
                    }
                }));
    }

    private int bulk() {
        return Math.max(BULK, table.live() / BULK_SHARE);
    }

    // ---- one exchange

    private void withRandomMember(Consumer<Exchange> done) {
        List<NodeState> partner =
                table.random(1, state -> state.state() == State.ALIVE && !roster.isSelf(state.name()));
        if (partner.isEmpty()) {
            done.accept(new Exchange(0, "nobody else is alive"));
        } else {
            exchange(partner.getFirst().address(), keys.of(partner.getFirst()), false, done);
        }
    }

    /** Exchanges state with whoever is at {@code address}, who has nothing but the ring's primary key, perhaps. */
    void join(InetSocketAddress address, Consumer<Exchange> done) {
        exchange(address, null, true, done);
    }

    private void exchange(InetSocketAddress address, KeyRing.@Nullable Key key, boolean join, Consumer<Exchange> done) {
        transport.call(
                address,
                streams.encode(localState(join), key),
                true,
                profile.streamTimeout().toNanos(),
                result -> {
                    Exchange exchange = switch (result) {
                        case Transport.CallResult.Reply reply -> reply(reply.message(), join, address);
                        case Transport.CallResult.Failed failed -> new Exchange(0, failed.why());
                        case Transport.CallResult.Sent sent -> new Exchange(0, "no answer");
                    };
                    done.accept(exchange);
                });
    }

    private PushPull localState(boolean join) {
        return new PushPull(join, table.states(), Bytes.wrap(layer.localState(join)));
    }

    private Exchange reply(Bytes bytes, boolean join, InetSocketAddress from) {
        Message message;
        try {
            message = streams.decodeReply(bytes.array());
        } catch (ProtocolException e) {
            drops.count(e.reason(), from);
            return new Exchange(0, e.getMessage());
        }
        return switch (message) {
            case PushPull state -> merge(state, join, from);
            case Refusal refusal -> {
                drops.count(DropReason.PEER_REFUSED, refusal.error(), from);
                yield new Exchange(0, refusal.error());
            }
            default -> {
                drops.count(DropReason.UNEXPECTED_MESSAGE, message.getClass().getSimpleName(), from);
                yield new Exchange(0, "answered with something else");
            }
        };
    }

    /** Answers a peer that began an exchange, with what was known before. */
    byte[] answer(PushPull state, KeyRing.@Nullable Key by) {
        byte[] reply = streams.encodeReply(localState(state.join()), by);
        merge(state, state.join(), null);
        return reply;
    }

    /** @param peer where the peer is reached by gossip, if that is known */
    private Exchange merge(PushPull state, boolean join, @Nullable InetSocketAddress peer) {
        String mismatch = VersionRanges.mismatch(table.states(), state.nodes());
        if (mismatch != null) {
            drops.count(DropReason.VERSIONS, mismatch, peer);
            return new Exchange(0, mismatch);
        }
        long changesBefore = roster.changes();
        int told = table.live();
        for (NodeState remote : state.nodes()) {
            NodeState local = table.get(remote.name());
            if (local != null && MemberTable.isLive(local) && local.incarnation() <= remote.incarnation()) {
                told--;
            }
            roster.merge(remote, peer);
        }
        if (state.userState().length() > 0) {
            layer.remoteState(state.userState().array(), join, peer);
        }
        int learned = (int) (roster.changes() - changesBefore);
        return new Exchange(Math.max(0, told) + learned, null);
    }
}
