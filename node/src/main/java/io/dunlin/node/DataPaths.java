package io.dunlin.node;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.lb.FlowTable;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of a node, one {@link DataPath} each: started and ended together, told the same, and counted as one. Any thread, one at a time. */
final class DataPaths implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final List<DataPath> all;
    private final FlowTable flows;
    private final String socketKind;

    private DataPaths(List<DataPath> all, FlowTable flows, String remark) {
        this.all = all;
        this.flows = flows;
        String kind = all.getFirst().socketKind();
        this.socketKind = remark.isEmpty() ? kind : kind + ": " + remark;
    }

    /**
     * Opens a socket for each worker and starts it. If one fails, all that was opened is closed.
     *
     * @param table published with release, read with acquire once per batch
     * @param services what all of them have in common
     */
    static DataPaths start(
            NodeConfig config,
            IpAddress address,
            Platform platform,
            AtomicReference<ForwardingTable> table,
            ServiceFlows services,
            NodeNames names,
            LongSupplier nanoClock,
            ErrorLog errors)
            throws IOException {
        int workers = config.workers() == 0 ? platform.workers() : config.workers();
        var sockets = new ArrayDeque<UdpBatchSocket>(
                platform.openSockets(address, config.port(), workers, config.offloads()));
        var started = new ArrayList<DataPath>(workers);
        try {
            while (!sockets.isEmpty()) {
                started.add(new DataPath(
                        config.name(),
                        started.size(),
                        sockets.getFirst(),
                        platform.openPoller(),
                        table,
                        services,
                        names,
                        nanoClock,
                        errors));
                sockets.removeFirst(); // from here on it is the path's to close
            }
        } catch (IOException | RuntimeException e) {
            started.forEach(DataPath::close);
            sockets.forEach(UdpBatchSocket::close);
            throw e;
        }
        var paths = new DataPaths(List.copyOf(started), services.flows(), platform.remark());
        LOG.info(
                "node {}: data path on {} port {}, {}, workers: {}",
                config.name(),
                address,
                config.port(),
                paths.socketKind(),
                workers);
        return paths;
    }

    /** One for each worker. */
    List<DataPath> all() {
        return all;
    }

    /** As {@link OverlayNode#socketKind}. */
    String socketKind() {
        return socketKind;
    }

    /** Packets that came from endpoints and from the underlay so far. */
    long received() {
        long received = 0;
        for (DataPath path : all) {
            received += path.counters().get(Counter.DEVICE_RECEIVED_PACKETS);
            received += path.counters().get(Counter.UNDERLAY_RECEIVED_PACKETS);
        }
        return received;
    }

    NodeStats stats(ErrorLog errors) {
        var counts = new EnumMap<Counter, Long>(Counter.class);
        var drops = new EnumMap<DropReason, Long>(DropReason.class);
        for (DataPath path : all) {
            path.counters().counts().forEach((counter, count) -> counts.merge(counter, count, Long::sum));
            path.counters().drops().forEach((reason, count) -> drops.merge(reason, count, Long::sum));
        }
        counts.put(Counter.FLOWS_EVICTED, flows.evictedSettled());
        counts.put(Counter.FLOWS_EVICTED_OPENING, flows.evictedOpening());
        counts.put(Counter.FLOW_MEMORY_REFUSED, flows.memoryRefused());
        return new NodeStats(counts, drops, errors.snapshot());
    }

    /** See {@link DataPath#sweep}: one of them does it for all. */
    void sweep() {
        all.getFirst().sweep();
    }

    /** See {@link DataPath#adopt}. */
    void adopt(SecurityAssociations associations, AeadEngine engine) throws IOException {
        for (DataPath path : all) {
            path.adopt(associations, engine);
        }
    }

    /** See {@link OverlayNode#trace}. */
    void trace(int packets, Consumer<String> lines) throws IOException {
        var shared = new PacketTrace.Lines(packets, lines);
        for (DataPath path : all) {
            path.trace(packets == 0 ? null : shared);
        }
    }

    @Override
    public void close() {
        all.forEach(DataPath::close);
    }
}
