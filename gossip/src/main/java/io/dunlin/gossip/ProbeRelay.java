package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.Ping;

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

    void serve(IndirectPing request, Sender from) {
        if (acks.isFull()) {
            drops.count(DropReason.TOO_MANY_RELAYS, request.node(), from.address());
            return;
        }
        var relayed = new Relayed(request, from.at(request.source().address()));
        long sequence = acks.expect(relayed);
        relayed.timeout = clock.schedule(profile.probeTimeout().toNanos(), () -> relayed.expire(sequence));
        sender.send(request.node(), request.target(), new Ping(sequence, request.node(), roster.source()));
    }

    private final class Relayed implements PendingAcks.Waiter {
        private final IndirectPing request;
        private final Sender asker;
        private Clock.Timer timeout = () -> {};

        Relayed(IndirectPing request, Sender asker) {
            this.request = request;
            this.asker = asker;
        }

        @Override
        public void ack() {
            timeout.cancel();
            sender.answer(asker, new Ack(request.sequence(), Bytes.EMPTY));
        }

        void expire(long sequence) {
            acks.forget(sequence);
            if (request.nack()) {
                sender.answer(asker, new Nack(request.sequence()));
            }
        }
    }
}
