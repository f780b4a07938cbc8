package io.dunlin.lb;

import io.dunlin.vxlan.UnreachableAnswer;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
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
    private final QuotedFlows quoted;
    private final FlowKey key;
    private final FlowFetch fetch;

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
        quoted = new QuotedFlows(flows, services);
        key = flows.newKey();
        fetch = new FlowFetch(flows, services);
    }

    /** Whether the table has held so many flows that it is worth while to announce packets, which else does nothing. */
    public boolean isLarge() {
        return flows.isLarge();
    }

    /**
     * Announces a packet that {@link #outbound} will be called with soon, as it is now. Whoever announces a whole batch before the first of
     * them has their flows fetched from memory together, and not one after the other. Nothing else depends on it.
     */
    public void expectOutbound(PacketBatch batch, int index, int vni) {
        fetch.expectOutbound(batch, index, vni);
    }

    /** The same for {@link #inbound}. */
    public void expectInbound(PacketBatch batch, int index, int vni) {
        fetch.expectInbound(batch, index, vni);
    }

    /**
     * A packet or super-packet of an endpoint of this node, that passed IpCheck and whose source is the endpoint's own.
     *
     * @param vni the network it is sent in
     * @param nowNanos monotonic
     */
    public Verdict outbound(PacketBatch batch, int index, int vni, long nowNanos) {
        fetch.run();
        Ends.Kind kind = packet.read(batch, index);
        Addresses from = packet.addresses;
        VirtualService service = services.getAcquire().virtualServiceAt(vni, from.destinationHigh, from.destinationLow);
        if (service == null) {
            return opensDirectly(batch, kind) && !passes(vni, nowNanos)
                    ? reset(batch, index, DropReason.SERVICE_UNAVAILABLE)
                    : fromBackend(batch, index, kind, vni, nowNanos);
        }
        return switch (kind) {
            case FLOW -> toService(batch, index, service, vni, nowNanos);
            case ERROR ->
                quoted.errorToService(batch, index, packet, service, vni)
                        ? Verdict.REWRITTEN
                        : drop(batch, index, DropReason.SERVICE_ICMP);
            case FRAGMENT ->
                followFirst(batch, index, vni, nowNanos)
                        ? Verdict.REWRITTEN
                        : drop(batch, index, DropReason.SERVICE_FRAGMENT);
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
        fetch.run();
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
            to.toBackend(packet, shard, record);
            return true;
        } finally {
            shard.unlock();
        }
    }

    private boolean hasEnded(
            FlowShard shard, int record, VirtualService service, boolean begins, ServiceTable now, long nowNanos) {
        Memory records = shard.records();
        int at = FlowShard.at(record);
        return service.hasForgotten(records, at, nowNanos)
                || begins && FlowRecord.state(records, at) == FlowState.CLOSED // a port that is used again
                || hasLost(service, FlowRecord.member(records, at), now, nowNanos);
    }

    private static boolean hasLost(VirtualService service, int id, ServiceTable now, long nowNanos) {
        if (service.isSound(id)) {
            return false;
        }
        Member member = now.member(id);
        return member == null || member.isLost(nowNanos);
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
                Member member = choose(shard, service, candidates, target, nowNanos, now);
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
                if (record == NONE) {
                    return false;
                }
            }
            advanceByClient(batch, index, shard, record, nowNanos, now);
            to.toBackend(packet, shard, record);
            return true;
        } finally {
            shard.unlock();
        }
    }

    private @Nullable Member choose(
            FlowShard shard, VirtualService service, int candidates, int target, long nowNanos, ServiceTable now) {
        boolean ipv4 = key.isIpv4();
        int chosen = service.choose(ipv4, key.clientHigh, key.clientLow);
        for (int tries = 0; tries < Math.min(candidates, MAX_TRIES); tries++) {
            Member member = service.candidate(ipv4, (chosen + tries) % candidates);
            IpAddress backend = member.address(ipv4);
            boolean hairpin = backend.low() == key.clientLow && backend.high() == key.clientHigh;
            if (FlowTable.isFree(shard, key, backend.high(), backend.low(), target, hairpin, nowNanos, now)) {
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

    /** Whether it is a SYN to what is no VIP, whose answers a flow may be about to rewrite. */
    private boolean opensDirectly(PacketBatch batch, Ends.Kind kind) {
        return kind == Ends.Kind.FLOW && packet.protocol == IpProtocol.TCP && isFirst(batch.memory()) && flows.isUsed();
    }

    /** Whether the SYN's answers will come to the client as they are. If not, a connection through a VIP has the same ports. */
    private boolean passes(int vni, long nowNanos) {
        Addresses from = packet.addresses;
        key.set(vni, packet.protocol, from.sourceHigh, from.sourceLow, packet.sourcePort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            return FlowTable.isFree(
                    shard,
                    key,
                    from.destinationHigh,
                    from.destinationLow,
                    packet.destinationPort,
                    false,
                    nowNanos,
                    services.getAcquire());
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
            case ERROR -> quoted.errorToClient(batch, index, packet, vni) ? Verdict.REWRITTEN : Verdict.PASSED;
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
            VirtualService service = now.virtualService(FlowRecord.service(shard.records(), at));
            boolean ipv4 = key.isIpv4();
            if (service == null || !service.hasVip(ipv4)) {
                return false;
            }
            advanceByBackend(batch, index, shard, record, nowNanos, now);
            to.addresses.copy(from);
            to.addresses.source(service.vipHigh(ipv4), service.vipLow(ipv4));
            to.sourcePort = FlowRecord.vipPort(shard.records(), at);
            to.destinationPort = packet.destinationPort;
            return true;
        } finally {
            shard.unlock();
        }
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

    private Verdict reset(PacketBatch batch, int index, DropReason reason) {
        if (TcpReset.answer(batch, index, packet, to)) {
            counters.drop(reason); // the packet; what lives on in its slot is the answer
            return Verdict.ANSWERED;
        }
        return drop(batch, index, reason);
    }

    private Verdict unreachable(PacketBatch batch, int index, long nowNanos) {
        if (mayAnswer.test(nowNanos) && UnreachableAnswer.answer(batch, index)) {
            counters.drop(DropReason.SERVICE_UNAVAILABLE);
            return Verdict.ANSWERED;
        }
        return drop(batch, index, DropReason.SERVICE_UNAVAILABLE);
    }

    private static Verdict drop(PacketBatch batch, int index, DropReason reason) {
        batch.drop(index, reason);
        return Verdict.DROPPED;
    }
}
