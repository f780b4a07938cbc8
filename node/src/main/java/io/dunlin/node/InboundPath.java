package io.dunlin.node;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.GroCoalescer;
import io.dunlin.vxlan.HeaderRun;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.MssClamp;
import io.dunlin.vxlan.NeighbourAnswer;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.TooBigAnswer;
import io.dunlin.vxlan.VxlanDecap;
import io.dunlin.vxlan.VxlanEncap;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.MacAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A packet's way from the network to a workload, by the batch:
 *
 * <ol>
 *   <li>{@link UdpBatchSocket#receive}: datagrams of other VTEPs
 *   <li>{@link EspInbound}: what is sealed is opened
 *   <li>{@link HeaderRun}: does it repeat one before; then the next stages are done with, up to the coalescer
 *   <li>{@link VxlanDecap}: is it of a network we have, from a VTEP that takes part in it
 *   <li>{@link NeighbourAnswer}: is it a question for an endpoint's MAC; the answer goes straight back
 *   <li>{@link IpCheck}: is it a packet at all
 *   <li>forward: does its source live behind that VTEP, and its destination here ({@link ForwardingTable})
 *   <li>{@link MssClamp}, {@link TooBigAnswer}: does it fit
 *   <li>{@link GroCoalescer}: segments that follow each other become one super-packet
 *   <li>{@link ServiceStage}, where there are services: is it a backend's answer; then it comes from the VIP from here on
 *   <li>{@link Egress}: to the endpoint's device
 * </ol>
 *
 * <p>Runs on the worker's thread; allocates nothing.
 */
final class InboundPath {
    private final PacketBatch batch;
    private final UdpBatchSocket underlay;
    private final EspInbound esp;
    private final ServiceStage services;
    private final VxlanDecap decap;
    private final GroCoalescer coalescer;
    private final Egress egress;
    private final Counters counters;
    private final IcmpErrorLimit icmpErrors;

    private final HeaderRun run = new HeaderRun();
    private Route.@Nullable Local runGoal;
    private int runVni;
    private boolean isRunServed;

    /** Packets for devices in networks with services, and the network of each. */
    private final int[] served;

    private final int[] servedVni;
    private int servedCount;

    /** @param worker the number of the worker it runs on */
    InboundPath(
            PacketBatch batch,
            int worker,
            UdpBatchSocket underlay,
            EspContexts esp,
            ServiceStage services,
            Counters counters,
            IcmpErrorLimit icmpErrors) {
        this.batch = batch;
        this.services = services;
        this.served = new int[batch.capacity()];
        this.servedVni = new int[batch.capacity()];
        this.underlay = underlay;
        this.counters = counters;
        this.icmpErrors = icmpErrors;
        this.esp = new EspInbound(esp, counters);
        this.decap = new VxlanDecap(batch.capacity());
        this.coalescer = new GroCoalescer(batch.capacity());
        this.egress = new Egress(worker, underlay, new EspOutbound(esp, counters), counters, batch.capacity());
    }

    /**
     * Takes one batch from the underlay through all stages.
     *
     * @return datagrams received
     * @throws IOException the socket is of no use any more
     */
    int run(ForwardingTable table, @Nullable PacketTrace trace, long nowNanos) throws IOException {
        batch.clear();
        int received = underlay.receive(batch);
        if (received == 0) {
            return 0;
        }
        counters.add(Counter.UNDERLAY_RECEIVED_PACKETS, received);
        counters.add(Counter.UNDERLAY_RECEIVED_BYTES, batch.bytes());
        if (trace != null) {
            trace.received(batch, "underlay");
        }
        coalescer.begin();
        run.end();
        runGoal = null;
        runVni = 0;
        servedCount = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (batch.isDropped(i)) {
                continue;
            }
            esp.open(batch, i);
            if (batch.isDropped(i)) {
                continue;
            }
            if (trace != null && batch.isOpened(i)) {
                trace.opened(batch, i);
            }
            // Within a run the trace would have nothing to tell of the stages.
            if (trace == null && runGoal != null && run.goesOn(batch, i)) {
                egress.toDevice(i, runGoal);
                noteServed(i);
                if (runGoal.device().takesSuperPackets(batch.protocol(i))) {
                    coalescer.addRepeating(batch, i, runVni);
                }
                continue;
            }
            decap.decap(batch, i, table);
            if (batch.isDropped(i)) {
                continue;
            }
            if (decap.isArp(i) || decap.isIpv6(i) && NeighbourAnswer.isNeighbourDiscovery(batch, i)) {
                answerNeighbour(i, table, nowNanos);
                continue;
            }
            IpCheck.check(batch, i);
            if (!batch.isDropped(i)) {
                forward(i, table, trace, nowNanos);
            }
        }
        coalescer.finish(batch);
        counters.add(Counter.SEGMENTS_JOINED, coalescer.joinedSegments());
        balance(nowNanos);
        egress.flush(batch);
        if (trace != null) {
            trace.finished(batch, egress);
        }
        return received;
    }

    /** Backends' answers, as they are after they were joined: one look for each super-packet. */
    private void balance(long nowNanos) {
        if (servedCount > 1 && services.isLarge()) {
            for (int k = 0; k < servedCount; k++) {
                if (isWhole(served[k])) {
                    services.expectInbound(
                            batch, served[k], servedVni[k]); // so that their flows are fetched from memory together
                }
            }
        }
        for (int k = 0; k < servedCount; k++) {
            if (isWhole(served[k])) {
                services.inbound(batch, served[k], servedVni[k], nowNanos);
            }
        }
    }

    /** Whether it still goes to a device by itself. */
    private boolean isWhole(int i) {
        return !batch.isDropped(i) && !batch.isPart(i);
    }

    /** Where the network of the run has services, its packets are {@link #balance balanced} when all are joined. */
    private void noteServed(int i) {
        if (isRunServed) {
            served[servedCount] = i;
            servedVni[servedCount++] = runVni;
        }
    }

    private void answerNeighbour(int i, ForwardingTable table, long nowNanos) {
        int vni = decap.network(i).vni().value();
        DropReason fault = decap.isArp(i)
                ? NeighbourAnswer.answerArp(batch, i, table, vni, decap.sourceMac(i))
                : NeighbourAnswer.answerNeighbour(batch, i, table, vni, decap.sourceMac(i));
        if (fault != null) {
            batch.drop(i, fault);
        } else {
            counters.add(Counter.NEIGHBOUR_ANSWERED, 1);
            egress.toUnderlay(batch, i, decap.network(i), nowNanos);
        }
    }

    private void forward(int i, ForwardingTable table, @Nullable PacketTrace trace, long nowNanos) {
        ForwardingTable.Network network = decap.network(i);
        int vni = network.vni().value();
        if (MacAddress.isGroup(decap.destinationMac(i))) {
            batch.drop(i, DropReason.MULTICAST);
            return;
        }
        if (!(PacketRoute.ofSource(batch, i, vni, table) instanceof Route.Remote from)
                || from.vtep().high() != batch.peerHigh(i)
                || from.vtep().low() != batch.peerLow(i)) {
            batch.drop(i, DropReason.SPOOFED_SOURCE);
            return;
        }
        Route route = PacketRoute.ofDestination(batch, i, vni, table);
        if (trace != null) {
            trace.routed(i, vni, route);
        }
        switch (route) {
            case null -> batch.drop(i, DropReason.UNKNOWN_DESTINATION);
            case Route.Drop drop -> batch.drop(i, drop.reason());
            case Route.Gateway _ -> batch.drop(i, DropReason.GATEWAY);
            case Route.Remote _ -> batch.drop(i, DropReason.HAIRPIN);
            case Route.Local local -> {
                if (decap.destinationMac(i) != local.mac()) {
                    batch.drop(i, DropReason.WRONG_MAC);
                } else if (fits(i, local, network, nowNanos)) {
                    run.begin(batch, i);
                    runGoal = local;
                    if (runVni != vni) {
                        runVni = vni;
                        isRunServed = services.isServed(vni);
                    }
                    egress.toDevice(i, local);
                    noteServed(i);
                    if (local.device().takesSuperPackets(batch.protocol(i))) {
                        coalescer.add(batch, i, vni);
                    }
                }
            }
        }
    }

    /** Whether the packet goes on; if it is too big it is dropped, or has become the answer that says so, on its way back. */
    private boolean fits(int i, Route.Local goal, ForwardingTable.Network network, long nowNanos) {
        if (batch.length(i) <= network.mtu()) {
            if (MssClamp.clamp(batch, i, network.mtu())) {
                counters.add(Counter.MSS_CLAMPED, 1);
            }
            return true;
        }
        if (icmpErrors.allows(nowNanos) && TooBigAnswer.answerAsDestination(batch, i, network.mtu())) {
            counters.drop(DropReason.TOO_BIG); // the packet; what lives on in its slot is the answer
            counters.add(Counter.TOO_BIG_ANSWERED, 1);
            VxlanEncap.encap(batch, i, network.vni().value(), goal.mac(), decap.sourceMac(i));
            egress.toUnderlay(batch, i, network, nowNanos);
        } else {
            batch.drop(i, DropReason.TOO_BIG);
        }
        return false;
    }
}
