package io.dunlin.node;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One worker with all that is its own: a socket on the data-path port, both paths and their memory, counters. A node has one or several
 * side by side, which share the forwarding table and the flows of services, and nothing else; a flow between endpoints keeps to one of them.
 *
 * <p>Methods may be called from any thread, one at a time.
 */
final class DataPath implements AutoCloseable {
    /** Receives that make a batch. More amortizes system calls better, fewer keep a round trip short. */
    private static final int SLOTS = 64;
    /** Packets of a batch, where the kernel has joined them, and segments it is cut into: those of 16 calls with UDP_SEGMENT. */
    private static final int BATCH = 16 * PacketBatch.MAX_SEGMENTS;
    /** Bytes of a slot: any IP packet. Untouched slots cost address space only. */
    private static final int ROOM = 65_535;

    private final int number;
    private final UdpBatchSocket underlay;
    private final AtomicReference<ForwardingTable> table;
    private final LongSupplier nanoClock;
    private final Worker worker;
    private final PacketBatch outboundBatch = new PacketBatch(SLOTS, ROOM, BATCH);
    private final PacketBatch inboundBatch = new PacketBatch(SLOTS, ROOM, BATCH);
    private final EspContexts esp = new EspContexts();
    private final OutboundPath outbound;
    private final Counters counters = new Counters();

    /** Worker's thread. */
    private @Nullable PacketTrace trace;

    /**
     * Starts the worker.
     *
     * @param number its own among the node's, from 0 on
     * @param underlay becomes its own, and is closed with it
     * @param poller becomes its own, and is closed with it
     * @param table published with release, read with acquire once per batch
     * @param services what all of the node's have in common
     */
    DataPath(
            String node,
            int number,
            UdpBatchSocket underlay,
            Poller poller,
            AtomicReference<ForwardingTable> table,
            ServiceFlows services,
            NodeNames names,
            LongSupplier nanoClock,
            ErrorLog errors)
            throws IOException {
        this.number = number;
        this.underlay = underlay;
        this.table = table;
        this.nanoClock = nanoClock;
        var icmpErrors = new IcmpErrorLimit();
        var stage = new ServiceStage(services, counters, icmpErrors);
        GatewayNames gatewayNames = names.forWorker(counters, this::answerLater);
        this.outbound =
                new OutboundPath(outboundBatch, number, underlay, esp, stage, counters, icmpErrors, gatewayNames);
        var inbound = new InboundPath(inboundBatch, number, underlay, esp, stage, counters, icmpErrors);
        var alarms = new ArrayList<Worker.Alarm>(List.of(new HeldPacketsAlarm()));
        if (number == 0) {
            alarms.add(new SweepAlarm(services, outbound, BATCH, table, nanoClock.getAsLong()));
        }
        this.worker = new Worker(number == 0 ? node : node + "-" + number, poller, nanoClock, alarms, errors);
        worker.start();
        try {
            worker.add("underlay socket", underlay, now -> {
                int received = inbound.run(table.getAcquire(), trace, now);
                forgetFinishedTrace();
                return received;
            });
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void answerLater(GatewayNames.Late answer) {
        worker.post(() -> outbound.sendLate(answer, table.getAcquire()));
    }

    /** As {@link UdpBatchSocket#kind}. */
    String socketKind() {
        return underlay.kind();
    }

    Counters counters() {
        return counters;
    }

    /** Takes packets from the device's queue for this worker from now on. */
    void serve(PacketDevice device, String endpoint, int vni) throws IOException {
        PacketDevice queue = device.queue(number);
        worker.add("endpoint \"" + endpoint + "\"", queue, now -> {
            int received = outbound.run(queue, vni, table.getAcquire(), trace, now);
            forgetFinishedTrace();
            return received;
        });
    }

    /** Lets go of it. When this returns, no batch is under way that began before. */
    void release(PacketDevice device) throws IOException {
        worker.remove(device.queue(number));
    }

    /**
     * When this returns, packets are sealed and opened by these associations, no prepared key of another is left here, and what waited for one of
     * them has been sent.
     */
    void adopt(SecurityAssociations associations, AeadEngine engine) throws IOException {
        worker.call(() -> {
            esp.adopt(associations, engine);
            outbound.sendHeld(nanoClock.getAsLong());
            return true;
        });
    }

    /** Services have changed: flows may have to end. Any thread. */
    void sweep() {
        worker.wake();
    }

    /** Writes down the next packets' ways; null: no more. */
    void trace(PacketTrace.@Nullable Lines lines) throws IOException {
        worker.call(() -> {
            trace = lines == null ? null : new PacketTrace(lines, BATCH);
            return true;
        });
    }

    /** Worker's thread. */
    private void forgetFinishedTrace() {
        if (trace != null && trace.isDone()) {
            trace = null;
        }
    }

    /** When packets have waited for an association long enough. */
    private final class HeldPacketsAlarm implements Worker.Alarm {
        @Override
        public boolean isSet() {
            return !esp.held().isEmpty();
        }

        @Override
        public long dueNanos() {
            return esp.held().dueNanos();
        }

        @Override
        public void ring(long nowNanos) {
            outbound.sendHeld(nowNanos);
        }
    }

    /** Ends the worker, then closes its socket and frees its memory. Idempotent. */
    @Override
    public void close() {
        worker.close();
        esp.close();
        inboundBatch.close();
        outboundBatch.close();
        underlay.close();
    }
}
