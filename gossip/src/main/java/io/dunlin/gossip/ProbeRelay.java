package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.Ping;
import java.net.InetSocketAddress;

/** Pings for others that got no answer themselves, under sequence numbers of its own, and tells them how it went. */
final class ProbeRelay {
    private final Profile profile;
    private final Clock clock;
    private final PendingAcks acks;
    private final PacketSender sender;
    private final Roster roster;
    private final DropCounters drops;

    ProbeRelay(Profile profile, Clock clock, PendingAcks acks, PacketSender sender, Roster roster, DropCounters drops) {
        this.profile = profile;
        this.clock = clock;
        this.acks = acks;
        this.sender = sender;
        this.roster = roster;
        this.drops = drops;
    }

    void serve(IndirectPing request, InetSocketAddress from) {
        if (acks.isFull()) {
            drops.count(DropReason.TOO_MANY_RELAYS, request.node(), from);
            return;
        }
        InetSocketAddress asker =
                request.source().address() == null ? from : request.source().address();
        var relayed = new Relayed(request, asker);
        long sequence = acks.expect(relayed);
        relayed.timeout = clock.schedule(profile.probeTimeout().toNanos(), () -> relayed.expire(sequence));
        sender.send(request.target(), new Ping(sequence, request.node(), roster.source()));
    }

    private final class Relayed implements PendingAcks.Waiter {
        private final IndirectPing request;
        private final InetSocketAddress asker;
        private Clock.Timer timeout = () -> {};

        Relayed(IndirectPing request, InetSocketAddress asker) {
            this.request = request;
            this.asker = asker;
        }

        @Override
        public void ack() {
            timeout.cancel();
            sender.send(asker, new Ack(request.sequence(), Bytes.EMPTY));
        }

        void expire(long sequence) {
            acks.forget(sequence);
            if (request.nack()) {
                sender.send(asker, new Nack(request.sequence()));
            }
        }
    }
}
