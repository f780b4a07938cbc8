package io.dunlin.node;

import io.dunlin.lb.Balancer;
import io.dunlin.lb.Balancer.Verdict;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;

/**
 * The stage of both paths that brings packets for a service's VIP to a backend and answers back, where the network has services. One for each worker,
 * on its thread; allocates nothing.
 */
final class ServiceStage {
    private final ServedNetworks networks;
    private final Balancer balancer;

    ServiceStage(ServiceFlows shared, Counters counters, IcmpErrorLimit icmpErrors) {
        this.networks = shared.networks();
        this.balancer = new Balancer(shared.flows(), shared.table(), counters, icmpErrors::allows);
    }

    /** Whether packets of the network are to come here. To be asked once for those of it that follow each other in a batch. */
    boolean isServed(int vni) {
        return networks.has(vni);
    }

    /** Whether there are so many flows that it is worth while to announce a batch. To be asked once per batch. */
    boolean isLarge() {
        return balancer.isLarge();
    }

    /** See {@link Balancer#expectOutbound}. */
    void expectOutbound(PacketBatch batch, int index, int vni) {
        balancer.expectOutbound(batch, index, vni);
    }

    /** See {@link Balancer#expectInbound}. */
    void expectInbound(PacketBatch batch, int index, int vni) {
        balancer.expectInbound(batch, index, vni);
    }

    /** See {@link Balancer#outbound}. */
    Verdict outbound(PacketBatch batch, int index, int vni, long nowNanos) {
        return balancer.outbound(batch, index, vni, nowNanos);
    }

    /** See {@link Balancer#inbound}. */
    void inbound(PacketBatch batch, int index, int vni, long nowNanos) {
        balancer.inbound(batch, index, vni, nowNanos);
    }
}
