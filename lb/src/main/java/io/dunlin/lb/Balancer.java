package io.dunlin.lb;

import io.dunlin.vxlan.UnreachableAnswer;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The stage that brings packets for a VIP to a backend, and answers back to who asked:
 *
 * <pre>
 *   client:p → VIP:80         becomes   client:p → backend:8080     {@link #outbound}
 *   backend:8080 → client:p   becomes   VIP:80 → client:p           {@link #inbound}
 * </pre>
 *
 * Which backend is chosen with a flow's first packet and kept in the {@link FlowTable}. It all happens on the client's node; where a client
 * and its backend share a node both directions come as {@link #outbound}. ICMP errors go the way of the packet they quote, and fragments that
 * of the first.
 *
 * <p>One for each worker, on its thread; what they share is in the flow table and the service table. Allocates nothing.
 */
public final class Balancer {
    /** Backends tried for a new flow: where another flow has the same ports at one, answers could not be told apart. */
    private static final int MAX_TRIES = 8;

    private static final int NONE = FlowShard.NONE;

    private final FlowTable flows;
    private final AtomicReference<ServiceTable> services;
    private final Counters counters;
    private final LongPredicate mayAnswer;

    private final Ends packet = new Ends();
    private final Ends to = new Ends();
    private final Ends quoted = new Ends();
    private final Ends quotedTo = new Ends();
    private final FlowKey key = new FlowKey();

    /** What became of a packet. */
    public enum Verdict {
        /** None of ours: it is as it was. */
        PASSED,
        /** It has other addresses now, and goes where its new destination is. */
        REWRITTEN,
        /** It has become an answer, to be sent where it came from. */
        ANSWERED,
        /** It was dropped. */
        DROPPED
    }

    /**
     * @param flows all workers' one
     * @param services published with release; read with acquire for each packet
     * @param counters the worker's own
     * @param mayAnswer whether one more ICMP error may be sent at a time: what bounds them
     */
    public Balancer(
            FlowTable flows, AtomicReference<ServiceTable> services, Counters counters, LongPredicate mayAnswer) {
        this.flows = flows;
        this.services = services;
        this.counters = counters;
        this.mayAnswer = mayAnswer;
    }

    /**
     * A packet or super-packet of an endpoint of this node, that passed IpCheck and whose source is the endpoint's own.
     *
     * @param vni the network it is sent in
     * @param nowNanos monotonic
     */
    public Verdict outbound(PacketBatch batch, int index, int vni, long nowNanos) {
        Ends.Kind kind = packet.read(batch, index);
        Addresses from = packet.addresses;
        VirtualService service = services.getAcquire().virtualServiceAt(vni, from.destinationHigh, from.destinationLow);
        if (service == null) {
            return fromBackend(batch, index, kind, vni, nowNanos);
        }
        return switch (kind) {
            case FLOW -> toService(batch, index, service, vni, nowNanos);
            case ERROR -> errorToService(batch, index, service, vni);
            case FRAGMENT -> followFirst(batch, index, vni, nowNanos) ? Verdict.REWRITTEN : drop(batch, index);
            case OTHER -> unreachable(batch, index, nowNanos);
        };
    }

    /**
     * A packet or super-packet for an endpoint of this node, that passed IpCheck: as it came, or better, to save a lookup for each, after its
     * segments were joined. Also an ICMP error that this node itself has made for an endpoint.
     *
     * @param vni the network it came in
     * @param nowNanos monotonic
     */
    public Verdict inbound(PacketBatch batch, int index, int vni, long nowNanos) {
        return flows.isUsed() ? fromBackend(batch, index, packet.read(batch, index), vni, nowNanos) : Verdict.PASSED;
    }

    private Verdict toService(PacketBatch batch, int index, VirtualService service, int vni, long nowNanos) {
        Addresses from = packet.addresses;
        boolean tcp = packet.protocol == IpProtocol.TCP;
        boolean begins = !tcp || isFirst(batch.memory());
        key.set(vni, packet.protocol, from.sourceHigh, from.sourceLow, packet.sourcePort);
        if (!findFlow(batch, index, service, begins, nowNanos)) {
            if (answersHairpin(batch, index, service, vni, nowNanos)) {
                return rewrite(batch, index, vni, nowNanos);
            }
            key.set(vni, packet.protocol, from.sourceHigh, from.sourceLow, packet.sourcePort);
            if (!begins || !openFlow(batch, index, service, nowNanos)) {
                DropReason reason = begins ? DropReason.SERVICE_UNAVAILABLE : DropReason.SERVICE_NO_FLOW;
                return tcp ? reset(batch, index, reason) : unreachable(batch, index, nowNanos);
            }
        }
        return rewrite(batch, index, vni, nowNanos);
    }

    /** Whether it is a SYN that asks for a connection. */
    private boolean isFirst(Memory memory) {
        int relevant = TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK | TcpHeader.FLAG_RST | TcpHeader.FLAG_FIN;
        return (TcpHeader.flags(memory, packet.transport) & relevant) == TcpHeader.FLAG_SYN;
    }

    /** Finds the packet's flow, unless that has ended, and says in {@link #to} where the packet goes. */
    private boolean findFlow(PacketBatch batch, int index, VirtualService service, boolean begins, long nowNanos) {
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByService(key, service.id(), packet.destinationPort);
            if (record == NONE) {
                return false;
            }
            ServiceTable now = services.getAcquire(); // as new as the flow at the least
            if (hasEnded(shard, record, service, begins, now, nowNanos)) {
                FlowTable.end(shard, record, now);
                return false;
            }
            advanceByClient(batch, index, shard, record, nowNanos, now);
            toBackend(shard, record, packet, to);
            return true;
        } finally {
            shard.unlock();
        }
    }

    private boolean hasEnded(
            FlowShard shard, int record, VirtualService service, boolean begins, ServiceTable now, long nowNanos) {
        Memory records = shard.records();
        int at = FlowShard.at(record);
        int state = FlowRecord.state(records, at);
        int idle = FlowClock.ticks(nowNanos) - FlowRecord.lastSeen(records, at);
        Member member = now.member(FlowRecord.member(records, at));
        return idle > FlowState.timeout(state, key.protocol, service.timeouts())
                || begins && state == FlowState.CLOSED // a port that is used again
                || member == null
                || member.isLost(nowNanos);
    }

    /** Gives the packet's flow, which is not there, a backend. False if there is none for it. */
    private boolean openFlow(PacketBatch batch, int index, VirtualService service, long nowNanos) {
        boolean ipv4 = key.isIpv4();
        int target = packet.destinationPort;
        if (packet.protocol == IpProtocol.TCP || packet.protocol == IpProtocol.UDP) {
            target = service.target(packet.protocol, packet.destinationPort);
        }
        int candidates = service.candidates(ipv4);
        if (target == VirtualService.NO_PORT || candidates == 0) {
            return false;
        }
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            ServiceTable now = services.getAcquire();
            int record = shard.findByService(key, service.id(), packet.destinationPort);
            if (record == NONE) { // else another worker was faster
                Member member = choose(shard, service, candidates, target);
                if (member == null) {
                    return false;
                }
                record = flows.begin(
                        shard,
                        key,
                        service.id(),
                        packet.destinationPort,
                        member,
                        target,
                        FlowClock.ticks(nowNanos),
                        now);
            }
            advanceByClient(batch, index, shard, record, nowNanos, now);
            toBackend(shard, record, packet, to);
            return true;
        } finally {
            shard.unlock();
        }
    }

    private @Nullable Member choose(FlowShard shard, VirtualService service, int candidates, int target) {
        boolean ipv4 = key.isIpv4();
        int chosen = service.choose(ipv4, key.clientHigh, key.clientLow);
        for (int tries = 0; tries < Math.min(candidates, MAX_TRIES); tries++) {
            Member member = service.candidate(ipv4, (chosen + tries) % candidates);
            IpAddress backend = member.address(ipv4);
            boolean hairpin = backend.low() == key.clientLow && backend.high() == key.clientHigh;
            if (shard.findByBackend(key, backend.high(), backend.low(), target, hairpin) == NONE) {
                return member;
            }
        }
        return null;
    }

    private void advanceByClient(
            PacketBatch batch, int index, FlowShard shard, int record, long nowNanos, ServiceTable now) {
        int at = FlowShard.at(record);
        int state = FlowRecord.state(shard.records(), at);
        int flags = 0;
        if (key.protocol == IpProtocol.TCP) {
            flags = TcpHeader.flags(batch.memory(), packet.transport);
            int end = TcpReset.endOf(batch, index, packet.transport);
            int known = FlowRecord.toBackend(shard.records(), at);
            if (state == FlowState.OPENING || end - known > 0) {
                FlowRecord.setToBackend(shard.records(), at, end);
            }
        }
        int next = FlowState.afterClient(state, key.protocol, flags);
        FlowTable.advance(shard, record, next, FlowClock.ticks(nowNanos), now);
    }

    /** What a packet of the client's becomes. */
    private static void toBackend(FlowShard shard, int record, Ends from, Ends to) {
        Memory records = shard.records();
        int at = FlowShard.at(record);
        to.addresses.copy(from.addresses);
        if (FlowRecord.isHairpin(records, at)) {
            to.addresses.source(from.addresses.destinationHigh, from.addresses.destinationLow);
        }
        to.addresses.destination(FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at));
        to.sourcePort = from.sourcePort;
        to.destinationPort = FlowRecord.backendPort(records, at);
    }

    /** Whether it is the answer of a backend to itself, which went to the VIP that it saw as the source. */
    private boolean answersHairpin(PacketBatch batch, int index, VirtualService service, int vni, long nowNanos) {
        Addresses from = packet.addresses;
        key.set(vni, packet.protocol, from.sourceHigh, from.sourceLow, packet.destinationPort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByBackend(key, from.sourceHigh, from.sourceLow, packet.sourcePort, true);
            if (record == NONE || FlowRecord.service(shard.records(), FlowShard.at(record)) != service.id()) {
                return false;
            }
            advanceByBackend(batch, index, shard, record, nowNanos, services.getAcquire());
            to.addresses.source(from.destinationHigh, from.destinationLow);
            to.addresses.destination(from.sourceHigh, from.sourceLow);
            to.sourcePort = FlowRecord.vipPort(shard.records(), FlowShard.at(record));
            to.destinationPort = packet.destinationPort;
            return true;
        } finally {
            shard.unlock();
        }
    }

    private Verdict fromBackend(PacketBatch batch, int index, Ends.Kind kind, int vni, long nowNanos) {
        if (!flows.isUsed()) {
            return Verdict.PASSED;
        }
        return switch (kind) {
            case FLOW ->
                answersClient(batch, index, vni, nowNanos) ? rewrite(batch, index, vni, nowNanos) : Verdict.PASSED;
            case ERROR -> errorToClient(batch, index, vni);
            case FRAGMENT -> followFirst(batch, index, vni, nowNanos) ? Verdict.REWRITTEN : Verdict.PASSED;
            case OTHER -> Verdict.PASSED;
        };
    }

    private boolean answersClient(PacketBatch batch, int index, int vni, long nowNanos) {
        Addresses from = packet.addresses;
        key.set(vni, packet.protocol, from.destinationHigh, from.destinationLow, packet.destinationPort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByBackend(key, from.sourceHigh, from.sourceLow, packet.sourcePort, false);
            if (record == NONE) {
                return false;
            }
            ServiceTable now = services.getAcquire(); // as new as the flow at the least
            int at = FlowShard.at(record);
            IpAddress vip = vipOf(now, FlowRecord.service(shard.records(), at));
            if (vip == null) {
                return false;
            }
            advanceByBackend(batch, index, shard, record, nowNanos, now);
            to.addresses.copy(from);
            to.addresses.source(vip.high(), vip.low());
            to.sourcePort = FlowRecord.vipPort(shard.records(), at);
            to.destinationPort = packet.destinationPort;
            return true;
        } finally {
            shard.unlock();
        }
    }

    /** The address that clients of the flow's IP version know a service by; null if it has lost it. */
    private @Nullable IpAddress vipOf(ServiceTable now, int id) {
        VirtualService service = now.virtualService(id);
        return service == null ? null : service.service().vip(key.isIpv4());
    }

    private void advanceByBackend(
            PacketBatch batch, int index, FlowShard shard, int record, long nowNanos, ServiceTable now) {
        int at = FlowShard.at(record);
        int state = FlowRecord.state(shard.records(), at);
        int flags = 0;
        if (key.protocol == IpProtocol.TCP) {
            flags = TcpHeader.flags(batch.memory(), packet.transport);
            int end = TcpReset.endOf(batch, index, packet.transport);
            int known = FlowRecord.toClient(shard.records(), at);
            if (state == FlowState.OPENING || end - known > 0) {
                FlowRecord.setToClient(shard.records(), at, end);
            }
        }
        int next = FlowState.afterBackend(state, key.protocol, flags);
        FlowTable.advance(shard, record, next, FlowClock.ticks(nowNanos), now);
    }

    private Verdict rewrite(PacketBatch batch, int index, int vni, long nowNanos) {
        long fragment = Ends.fragmentOf(batch, index);
        if (fragment != Ends.NO_FRAGMENT) {
            flows.fragments().remember(vni, (int) fragment, packet.addresses, to.addresses, nowNanos);
        }
        AddressRewrite.rewrite(batch, index, packet, to);
        return batch.isDropped(index) ? Verdict.DROPPED : Verdict.REWRITTEN;
    }

    private boolean followFirst(PacketBatch batch, int index, int vni, long nowNanos) {
        int fragment = (int) Ends.fragmentOf(batch, index);
        if (!flows.fragments().recall(vni, fragment, packet.addresses, to.addresses, nowNanos)) {
            return false;
        }
        AddressRewrite.rewrite(batch, index, to.addresses);
        return true;
    }

    /** An error about what a client was sent as from the VIP: it goes to the backend that sent it. */
    private Verdict errorToService(PacketBatch batch, int index, VirtualService service, int vni) {
        Addresses from = packet.addresses;
        int quoteAt = readQuote(batch, index);
        Addresses about = quoted.addresses;
        if (quoteAt != NONE
                && about.sourceHigh == from.destinationHigh
                && about.sourceLow == from.destinationLow
                && about.destinationHigh == from.sourceHigh // who got it, and nobody else
                && about.destinationLow == from.sourceLow
                && (quotesAnswerToClient(service, vni) || quotesHairpin(service, vni))) {
            AddressRewrite.rewriteError(batch, index, packet, to.addresses, quoteAt, quoted, quotedTo);
            return Verdict.REWRITTEN;
        }
        batch.drop(index, DropReason.SERVICE_ICMP);
        return Verdict.DROPPED;
    }

    private int readQuote(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int at = packet.transport + IcmpHeader.LENGTH;
        int end = ip + batch.length(index);
        return quoted.readQuote(memory, at, end, Ipv4Header.version(memory, ip)) ? at : NONE;
    }

    /** The client was sent VIP → client, which had been backend → client. */
    private boolean quotesAnswerToClient(VirtualService service, int vni) {
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.destinationHigh, about.destinationLow, quoted.destinationPort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByService(key, service.id(), quoted.sourcePort);
            if (record == NONE) {
                return false;
            }
            Memory records = shard.records();
            int at = FlowShard.at(record);
            toBackend(shard, record, packet, to);
            quotedTo.addresses.source(FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at));
            quotedTo.sourcePort = FlowRecord.backendPort(records, at);
            // who the backend sees: the client, but itself as the VIP
            quotedTo.addresses.destination(about.destinationHigh, about.destinationLow);
            if (FlowRecord.isHairpin(records, at)) {
                quotedTo.addresses.destination(about.sourceHigh, about.sourceLow);
            }
            quotedTo.destinationPort = quoted.destinationPort;
            return true;
        } finally {
            shard.unlock();
        }
    }

    /** A backend was sent VIP → backend, which had been backend → VIP. */
    private boolean quotesHairpin(VirtualService service, int vni) {
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.destinationHigh, about.destinationLow, quoted.sourcePort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record =
                    shard.findByBackend(key, about.destinationHigh, about.destinationLow, quoted.destinationPort, true);
            if (record == NONE || FlowRecord.service(shard.records(), FlowShard.at(record)) != service.id()) {
                return false;
            }
            to.addresses.source(packet.addresses.destinationHigh, packet.addresses.destinationLow);
            to.addresses.destination(about.destinationHigh, about.destinationLow);
            quotedTo.addresses.source(about.destinationHigh, about.destinationLow);
            quotedTo.sourcePort = quoted.sourcePort;
            quotedTo.addresses.destination(about.sourceHigh, about.sourceLow);
            quotedTo.destinationPort = FlowRecord.vipPort(shard.records(), FlowShard.at(record));
            return true;
        } finally {
            shard.unlock();
        }
    }

    /** An error about what went to a backend in place of a VIP: the client knows the VIP alone. */
    private Verdict errorToClient(PacketBatch batch, int index, int vni) {
        int quoteAt = readQuote(batch, index);
        Addresses from = packet.addresses;
        Addresses about = quoted.addresses;
        if (quoteAt == NONE
                || about.sourceHigh != from.destinationHigh
                || about.sourceLow != from.destinationLow
                || !quotesPacketToBackend(vni)) {
            return Verdict.PASSED;
        }
        AddressRewrite.rewriteError(batch, index, packet, to.addresses, quoteAt, quoted, quotedTo);
        return Verdict.REWRITTEN;
    }

    private boolean quotesPacketToBackend(int vni) {
        Addresses from = packet.addresses;
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.sourceHigh, about.sourceLow, quoted.sourcePort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByBackend(
                    key, about.destinationHigh, about.destinationLow, quoted.destinationPort, false);
            if (record == NONE) {
                return false;
            }
            Memory records = shard.records();
            int at = FlowShard.at(record);
            IpAddress vip = vipOf(services.getAcquire(), FlowRecord.service(records, at));
            if (vip == null) {
                return false;
            }
            to.addresses.copy(from);
            if (from.sourceLow == about.destinationLow && from.sourceHigh == about.destinationHigh) {
                to.addresses.source(vip.high(), vip.low()); // the backend's own; a router's stays
            }
            quotedTo.addresses.copy(about);
            quotedTo.addresses.destination(vip.high(), vip.low());
            quotedTo.sourcePort = quoted.sourcePort;
            quotedTo.destinationPort = FlowRecord.vipPort(records, at);
            return true;
        } finally {
            shard.unlock();
        }
    }

    private Verdict reset(PacketBatch batch, int index, DropReason reason) {
        if (TcpReset.answer(batch, index, packet, to)) {
            counters.drop(reason); // the packet; what lives on in its slot is the answer
            return Verdict.ANSWERED;
        }
        batch.drop(index, reason);
        return Verdict.DROPPED;
    }

    private Verdict unreachable(PacketBatch batch, int index, long nowNanos) {
        if (mayAnswer.test(nowNanos) && UnreachableAnswer.answer(batch, index)) {
            counters.drop(DropReason.SERVICE_UNAVAILABLE);
            return Verdict.ANSWERED;
        }
        batch.drop(index, DropReason.SERVICE_UNAVAILABLE);
        return Verdict.DROPPED;
    }

    private static Verdict drop(PacketBatch batch, int index) {
        batch.drop(index, DropReason.SERVICE_FRAGMENT);
        return Verdict.DROPPED;
    }
}
