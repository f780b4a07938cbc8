package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.transport.Transport;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.StreamCodec;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * SWIM's failure detector: one member after the other is probed.
 *
 * <pre>
 *   0                a ping; with it a suspect is told that it is suspected (Lifeguard's buddy)
 *   half of it       no ack: the ping is repeated, as it may have been lost
 *   probe timeout    no ack: some others are asked to ping it, and we try once more, and by stream, as packets alone may not get through
 *   probe interval   no ack from anybody: it is suspected
 * </pre>
 *
 * Who was asked to help and got no answer says so with a nack. A missing nack means that the fault is likely here: see {@link LocalHealth},
 * which stretches both times.
 */
final class Prober {
    /** Members from this version on answer pings on streams. */
    private static final int STREAM_PING_PROTOCOL = 3;
    /** Members from this version on send nacks. */
    private static final int NACK_PROTOCOL = 4;

    private final ProtocolConfig config;
    private final Profile profile;
    private final Clock clock;
    private final RandomGenerator random;
    private final MemberTable table;
    private final Roster roster;
    private final LocalHealth health;
    private final PendingAcks acks;
    private final PauseWatch pauses;
    private final PacketSender sender;
    private final Transport transport;
    private final StreamCodec streams;
    private final KeyChoice keys;

    Prober(
            ProtocolConfig config,
            Clock clock,
            RandomGenerator random,
            MemberTable table,
            Roster roster,
            LocalHealth health,
            PendingAcks acks,
            PauseWatch pauses,
            PacketSender sender,
            Transport transport,
            StreamCodec streams,
            KeyChoice keys) {
        this.config = config;
        this.profile = config.profile();
        this.clock = clock;
        this.random = random;
        this.table = table;
        this.roster = roster;
        this.health = health;
        this.acks = acks;
        this.pauses = pauses;
        this.sender = sender;
        this.transport = transport;
        this.streams = streams;
        this.keys = keys;
    }

    /** Begins at a random moment of the first interval, so that a cluster that starts at once does not probe at once for ever. */
    void start() {
        clock.schedule(random.nextLong(profile.probeInterval().toNanos()), this::next);
    }

    private void next() {
        NodeState target = table.nextInRound(state -> MemberTable.isLive(state) && !roster.isSelf(state.name()));
        if (target == null) {
            clock.schedule(profile.probeInterval().toNanos(), this::next);
        } else {
            new Probe(target).begin();
        }
    }

    /** One probe, from the ping to the verdict. */
    private final class Probe implements PendingAcks.Waiter {
        private final NodeState target;
        private final long sequence;
        private Clock.Timer timeout = () -> {};
        private boolean answered;
        /** This member itself did not run when it should have: no verdict. */
        private boolean interrupted;

        private int nacksExpected;
        private int nacks;

        Probe(NodeState target) {
            this.target = target;
            this.sequence = acks.expect(this);
        }

        void begin() {
            long now = clock.nanoTime();
            long timeoutAt = now + health.scale(profile.probeTimeout());
            long endAt = now + health.scale(profile.probeInterval());
            timeout = clock.schedule((timeoutAt - now) / 2, () -> repeat(timeoutAt, endAt));
            clock.schedule(endAt - now, () -> end(endAt));
            var ping = new Ping(sequence, target.name(), roster.source());
            if (target.state() == State.SUSPECT && config.lifeguard()) {
                sender.sendAlone(target, ping, new Suspect(target.incarnation(), target.name(), config.name()));
            } else {
                sender.send(target, ping);
            }
        }

        private void pingAgain() {
            if (config.lifeguard()) {
                sender.sendAlone(target, new Ping(sequence, target.name(), roster.source()));
            }
        }

        private void repeat(long timeoutAt, long endAt) {
            long left = Math.max(0, timeoutAt - clock.nanoTime());
            timeout = clock.schedule(left, () -> unanswered(timeoutAt, endAt));
            pingAgain();
        }

        @Override
        public void ack() {
            answered = true;
            timeout.cancel();
        }

        @Override
        public void nack() {
            nacks++;
        }

        private void unanswered(long dueNanos, long endNanos) {
            if (pauses.stoodStill(dueNanos)) {
                interrupted = true;
                return;
            }
            pingAgain();
            List<NodeState> helpers = table.random(
                    profile.indirectChecks(),
                    state -> state.state() == State.ALIVE
                            && !roster.isSelf(state.name())
                            && !state.name().equals(target.name()));
            for (NodeState helper : helpers) {
                boolean nack = config.lifeguard() && helper.versions().protocolMax() >= NACK_PROTOCOL;
                nacksExpected += nack ? 1 : 0;
                sender.send(helper, new IndirectPing(sequence, target.address(), target.name(), nack, roster.source()));
            }
            if (target.versions().protocolMax() >= STREAM_PING_PROTOCOL) {
                pingByStream(endNanos - clock.nanoTime());
            }
        }

        private void pingByStream(long timeoutNanos) {
            byte[] ping = streams.encode(new Ping(sequence, target.name(), roster.source()), keys.of(target));
            InetSocketAddress to = target.address();
            transport.call(to, ping, true, timeoutNanos, result -> {
                if (result instanceof Transport.CallResult.Reply reply && isAck(reply)) {
                    acks.ack(sequence);
                }
            });
        }

        private boolean isAck(Transport.CallResult.Reply reply) {
            try {
                Message message = streams.decodeReply(reply.message().array());
                return message instanceof Ack ack && ack.sequence() == sequence;
            } catch (ProtocolException e) {
                return false;
            }
        }

        private void end(long dueNanos) {
            acks.forget(sequence);
            next();
            if (answered) {
                health.better();
            } else if (interrupted || pauses.stoodStill(dueNanos)) {
                health.worse(1);
            } else {
                // Without anybody to say whose fault it is, some of it may be here.
                health.worse(nacksExpected > 0 ? Math.max(0, nacksExpected - nacks) : 1);
                roster.accuse(target);
            }
        }
    }
}
