package io.dunlin.node;

import io.dunlin.lb.FlowSweep;
import io.dunlin.vxlan.EchoAnswer;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.MssClamp;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.TooBigAnswer;
import io.dunlin.vxlan.VxlanEncap;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A packet's way from a workload to the network, by the batch:
 *
 * <ol>
 *   <li>{@link PacketDevice#receive}: IP packets from the endpoint's device
 *   <li>{@link IpCheck}, {@link Segmenter#check}: is it a packet at all, and if a super-packet, one that can be cut
 *   <li>classify: is its source the endpoint's own
 *   <li>{@link ServiceStage}, where the network has services: is it for a VIP, or a backend's answer; then it has other addresses from here on
 *   <li>where does its destination lie ({@link ForwardingTable})
 *   <li>{@link MssClamp}, {@link TooBigAnswer}: does it fit
 *   <li>{@link EchoAnswer}, {@link GatewayNames}: what is for the gateway address becomes its answer
 *   <li>{@link VxlanEncap}: headers in front, for what leaves the node; super-packets are cut
 *   <li>{@link EspOutbound}: for an encrypted network, each segment is sealed, or the packet held back until it can be
 *   <li>{@link Egress}: to the underlay; to a device, for another endpoint of this node or as the node's own answer
 * </ol>
 *
 * <p>Runs on the worker's thread; allocates nothing, but for names that others are asked for.
 */
final class OutboundPath {
    private final PacketBatch batch;
    private final int worker;
    private final EspContexts esp;
    private final ServiceStage services;
    private final Egress egress;
    private final Counters counters;
    private final IcmpErrorLimit icmpErrors;
    private final @Nullable GatewayNames names;

    /** Whether the batch is of a network with services. */
    private boolean isServed;

    /**
     * @param worker the number of the worker it runs on
     * @param names null: none are answered
     */
    OutboundPath(
            PacketBatch batch,
            int worker,
            UdpBatchSocket underlay,
            EspContexts esp,
            ServiceStage services,
            Counters counters,
            IcmpErrorLimit icmpErrors,
            @Nullable GatewayNames names) {
        this.batch = batch;
        this.worker = worker;
        this.esp = esp;
        this.services = services;
        this.counters = counters;
        this.icmpErrors = icmpErrors;
        this.names = names;
        this.egress = new Egress(worker, underlay, new EspOutbound(esp, counters), counters, batch.capacity());
    }

    /**
     * Takes one batch from the device through all stages.
     *
     * @param vni the network the device's endpoint is attached to
     * @return packets received
     * @throws IOException the device is gone
     */
    int run(PacketDevice device, int vni, ForwardingTable table, @Nullable PacketTrace trace, long nowNanos)
            throws IOException {
        batch.clear();
        int received = device.receive(batch);
        if (received == 0) {
            return 0;
        }
        counters.add(Counter.DEVICE_RECEIVED_PACKETS, received);
        counters.add(Counter.DEVICE_RECEIVED_BYTES, batch.bytes());
        if (trace != null) {
            trace.received(batch, device.name());
        }
        ForwardingTable.Network network = table.network(vni);
        isServed = services.isServed(vni);
        boolean isAnnounced = isServed && network != null && received > 1 && services.isLarge();
        if (isAnnounced) {
            announce(vni);
        }
        for (int i = 0; i < batch.count(); i++) {
            if (network == null) {
                batch.drop(i, DropReason.UNKNOWN_VNI);
                continue;
            }
            if (!isAnnounced) {
                check(i);
            }
            if (!batch.isDropped(i)) {
                forward(i, device, network, table, trace, nowNanos);
            }
        }
        egress.flush(batch);
        if (trace != null) {
            trace.finished(batch, egress);
        }
        return received;
    }

    private void check(int i) {
        IpCheck.check(batch, i);
        if (!batch.isDropped(i)) {
            Segmenter.check(batch, i);
        }
    }

    /** Checks the whole batch before the first of it is balanced, so that its flows are fetched from memory together. */
    private void announce(int vni) {
        for (int i = 0; i < batch.count(); i++) {
            check(i);
            if (!batch.isDropped(i)) {
                services.expectOutbound(batch, i, vni);
            }
        }
    }

    /** Seals and sends what was held back, as far as there are associations for it now, and gives up what waited too long. Between two batches. */
    void sendHeld(long nowNanos) {
        giveUpHeld(nowNanos);
        do {
            batch.clear();
            esp.held().take(batch, esp);
            for (int i = 0; i < batch.count(); i++) {
                egress.sealToUnderlay(batch, i, nowNanos);
            }
            egress.flush(batch);
        } while (batch.count() > 0);
    }

    /** Goes on with the sweep, and sends the RSTs of flows that it ends, as if workloads had. Between two batches. */
    void sendResets(FlowSweep sweep, ForwardingTable table, long nowNanos) {
        batch.clear();
        sweep.run(batch, nowNanos);
        for (int i = 0; i < batch.count(); i++) {
            ForwardingTable.Network network = table.network(sweep.vni(i));
            if (network == null) {
                batch.drop(i, DropReason.UNKNOWN_VNI);
                continue;
            }
            switch (PacketRoute.ofDestination(batch, i, sweep.vni(i), table)) {
                case Route.Local local -> egress.toDevice(i, local);
                case Route.Remote remote -> {
                    long from = MacAddress.ofEndpoint(PacketRoute.sourceLow(batch, i));
                    toRemote(i, from, remote, network, nowNanos);
                }
                case null, default -> batch.drop(i, DropReason.UNKNOWN_DESTINATION);
            }
        }
        egress.flush(batch);
    }

    private void toRemote(int i, long fromMac, Route.Remote remote, ForwardingTable.Network network, long nowNanos) {
        long mac = remote.mac(PacketRoute.destinationLow(batch, i));
        VxlanEncap.encap(batch, i, network.vni().value(), fromMac, mac);
        batch.setPeer(i, remote.vtep().high(), remote.vtep().low());
        egress.toUnderlay(batch, i, network, nowNanos);
    }

    /** Brings an answer about names that came later to who asked, if that is still here. Between two batches. */
    void sendLate(GatewayNames.Late answer, ForwardingTable table) {
        IpAddress asker = answer.asker();
        if (table.route(answer.vni(), asker.high(), asker.low()) instanceof Route.Local own) {
            batch.clear();
            int index = answer.packet().applyAsInt(batch);
            if (index >= 0) {
                egress.toDevice(index, own);
                egress.flush(batch);
            }
        }
    }

    private void giveUpHeld(long nowNanos) {
        for (int expired = esp.held().expire(nowNanos); expired > 0; expired--) {
            counters.drop(DropReason.NO_SECURITY_ASSOCIATION);
        }
    }

    private void forward(
            int i,
            PacketDevice device,
            ForwardingTable.Network network,
            ForwardingTable table,
            @Nullable PacketTrace trace,
            long nowNanos) {
        int vni = network.vni().value();
        if (!(PacketRoute.ofSource(batch, i, vni, table) instanceof Route.Local own)
                || !isSame(own.device().queue(worker), device)) {
            batch.drop(i, DropReason.SPOOFED_SOURCE);
            return;
        }
        if (isServed && !balance(i, own, vni, trace, nowNanos)) {
            return;
        }
        Route route = PacketRoute.ofDestination(batch, i, vni, table);
        if (trace != null) {
            trace.routed(i, vni, route);
        }
        switch (route) {
            case null -> batch.drop(i, DropReason.UNKNOWN_DESTINATION);
            case Route.Drop drop -> batch.drop(i, drop.reason());
            case Route.Gateway _ -> {
                if (fits(i, own, network, nowNanos)) {
                    answerForGateway(i, own, network, nowNanos);
                }
            }
            case Route.Local local -> {
                if (fits(i, own, network, nowNanos)) {
                    egress.toDevice(i, local);
                }
            }
            case Route.Remote remote -> {
                if (fits(i, own, network, nowNanos)) {
                    toRemote(i, own.mac(), remote, network, nowNanos);
                }
            }
        }
    }

    /** Whether the packet goes on; if not it is dropped, or has become an answer. */
    private boolean balance(int i, Route.Local own, int vni, @Nullable PacketTrace trace, long nowNanos) {
        return switch (services.outbound(batch, i, vni, nowNanos)) {
            case PASSED -> true;
            case REWRITTEN -> {
                if (trace != null) {
                    trace.balanced(batch, i);
                }
                yield true;
            }
            case ANSWERED -> {
                egress.toDevice(i, own);
                yield false;
            }
            case DROPPED -> false;
        };
    }

    private void answerForGateway(int i, Route.Local own, ForwardingTable.Network network, long nowNanos) {
        if (EchoAnswer.answer(batch, i)) {
            counters.add(Counter.ECHO_ANSWERED, 1);
            egress.toDevice(i, own);
            return;
        }
        switch (names == null ? GatewayNames.Outcome.NO_NAME : names.answer(batch, i, network, nowNanos)) {
            case ANSWERED -> egress.toDevice(i, own);
            case TAKEN -> egress.useUp(i);
            case NO_NAME -> batch.drop(i, DropReason.GATEWAY);
        }
    }

    /** Whether the packet goes on; if it is too big it is dropped, or has become the answer that says so. */
    private boolean fits(int i, Route.Local own, ForwardingTable.Network network, long nowNanos) {
        if (Segmenter.largest(batch, i) <= network.mtu()) {
            if (MssClamp.clamp(batch, i, network.mtu())) {
                counters.add(Counter.MSS_CLAMPED, 1);
            }
            return true;
        }
        if (icmpErrors.allows(nowNanos) && TooBigAnswer.answer(batch, i, network)) {
            counters.drop(DropReason.TOO_BIG); // the packet; what lives on in its slot is the answer
            counters.add(Counter.TOO_BIG_ANSWERED, 1);
            if (isServed) {
                services.inbound(
                        batch, i, network.vni().value(), nowNanos); // quotes what it sent, not what became of it
            }
            egress.toDevice(i, own);
        } else {
            batch.drop(i, DropReason.TOO_BIG);
        }
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // a device is an identity
    private static boolean isSame(PacketDevice one, PacketDevice other) {
        return one == other;
    }
}
