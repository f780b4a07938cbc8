package io.dunlin.node;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.InnerMtu;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.io.linux.Linux;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of overlay networks, to embed:
 *
 * <pre>{@code
 * try (var node = OverlayNode.start(NodeConfig.named("node-01").dataPath("192.168.39.1"))) {
 *     var net = node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"));
 *     net.remote(RemoteSpec.named("web.2").address("10.0.0.3").vtep("192.168.39.2"));
 *     net.attach(EndpointSpec.named("web.1").address("10.0.0.2").namespace("/run/netns/web1"));
 * }
 * }</pre>
 *
 * <p>One worker thread runs {@link OutboundPath} and {@link InboundPath}; everything else runs on the caller's thread. All methods may
 * be called from any thread. Several nodes live in one JVM side by side, each with a data-path address or port of its own. {@link #close}
 * ends all it started, in reverse order.
 */
public final class OverlayNode implements AutoCloseable {
    /** Packets taken at once. More amortizes system calls better, fewer keep a round trip short. */
    private static final int BATCH = 64;
    /** Bytes of a slot: any IP packet. Untouched slots cost address space only. */
    private static final int ROOM = 65_535;

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final Object lock = new Object();
    private final NodeConfig config;
    private final IpAddress dataPath;
    private final int underlayMtu;
    private final Platform platform;
    private final UdpBatchSocket underlay;
    private final Worker worker;
    private final PacketBatch outboundBatch;
    private final PacketBatch inboundBatch;
    private final OutboundPath outbound;
    private final Counters counters = new Counters();
    private final ErrorLog errors;

    /** Published with release, read with acquire once per batch. Written under the lock. */
    private final AtomicReference<ForwardingTable> table = new AtomicReference<>(ForwardingTable.empty());

    /** Worker's thread. */
    private @Nullable PacketTrace trace;

    // under the lock
    private final Map<String, OverlayNetwork> networks = new LinkedHashMap<>();
    private boolean closed;

    /**
     * Starts a node.
     *
     * @throws IllegalArgumentException if the configuration has no data-path address
     * @throws IOException if the address is not this host's, the port is in use, or the operating system refuses otherwise
     */
    public static OverlayNode start(NodeConfig config) throws IOException {
        return start(config, choosePlatform(config), System::nanoTime);
    }

    /** The same on a given platform, with a given clock: for tests. */
    static OverlayNode start(NodeConfig config, Platform platform, LongSupplier nanoClock) throws IOException {
        IpAddress dataPath = config.dataPath();
        if (dataPath == null) {
            throw new IllegalArgumentException(
                    "node \"" + config.name() + "\" has no data-path address: give the one other nodes reach it by");
        }
        int mtu = config.underlayMtu() != 0
                ? config.underlayMtu()
                : Math.min(platform.underlayMtu(dataPath), ROOM); // a loopback interface says 65,536
        var underlay = platform.openSocket(dataPath, config.port());
        try {
            return new OverlayNode(config, dataPath, mtu, platform, underlay, nanoClock);
        } catch (IOException | RuntimeException e) {
            underlay.close();
            throw e;
        }
    }

    private static Platform choosePlatform(NodeConfig config) throws IOException {
        String obstacle = Linux.unavailableReason().orElse("");
        return switch (config.socket()) {
            case PORTABLE -> new PortablePlatform("asked for");
            case AUTO -> obstacle.isEmpty() ? new LinuxPlatform() : new PortablePlatform(obstacle);
            case LINUX -> {
                if (!obstacle.isEmpty()) {
                    throw new IOException("node \"" + config.name() + "\": no Linux socket: " + obstacle);
                }
                yield new LinuxPlatform();
            }
        };
    }

    private OverlayNode(
            NodeConfig config,
            IpAddress dataPath,
            int underlayMtu,
            Platform platform,
            UdpBatchSocket underlay,
            LongSupplier nanoClock)
            throws IOException {
        this.config = config;
        this.dataPath = dataPath;
        this.underlayMtu = underlayMtu;
        this.platform = platform;
        this.underlay = underlay;
        this.errors = new ErrorLog(config.name());
        this.worker = new Worker(config.name(), platform.openPoller(), nanoClock, errors);
        this.outboundBatch = new PacketBatch(BATCH, ROOM);
        this.inboundBatch = new PacketBatch(BATCH, ROOM);
        var icmpErrors = new IcmpErrorLimit();
        this.outbound = new OutboundPath(outboundBatch, underlay, counters, icmpErrors);
        var inbound = new InboundPath(inboundBatch, underlay, counters, icmpErrors);
        worker.start();
        try {
            worker.add("underlay socket", underlay, now -> {
                int received = inbound.run(table.getAcquire(), trace, now);
                forgetFinishedTrace();
                return received;
            });
        } catch (IOException | RuntimeException e) {
            endWorker();
            throw e;
        }
        LOG.info("node {}: data path on {} port {}, {}", config.name(), dataPath, config.port(), socketKind());
    }

    public NodeConfig config() {
        return config;
    }

    public String name() {
        return config.name();
    }

    /** The node's own address on the underlay. */
    public IpAddress dataPath() {
        return dataPath;
    }

    /** The largest IP packet of the underlay, in bytes. */
    public int underlayMtu() {
        return underlayMtu;
    }

    /** Which kind of socket carries the data path, and why if it is not the best, for people. */
    public String socketKind() {
        return platform.remark().isEmpty() ? underlay.kind() : underlay.kind() + ": " + platform.remark();
    }

    /**
     * Makes the node part of a network.
     *
     * @throws IllegalArgumentException if the network has no subnet, or its MTU does not fit the underlay's
     * @throws IllegalStateException if the name or the VNI is taken, or the node is closed
     */
    public OverlayNetwork network(NetworkSpec spec) {
        synchronized (lock) {
            requireOpen();
            if (spec.subnets().isEmpty()) {
                throw new IllegalArgumentException("network \"" + spec.name() + "\" has no subnet: give at least one");
            }
            for (OverlayNetwork other : networks.values()) {
                if (other.spec().name().equals(spec.name())) {
                    throw new IllegalStateException(
                            "node \"" + name() + "\" has a network \"" + spec.name() + "\" already");
                }
                if (other.spec().vni().equals(spec.vni())) {
                    throw new IllegalStateException("network \"" + spec.name() + "\": VNI " + spec.vni()
                            + " is taken by network \"" + other.spec().name() + "\"");
                }
            }
            var network = new OverlayNetwork(this, spec, mtuOf(spec));
            networks.put(spec.name(), network);
            publish(network::announce);
            return network;
        }
    }

    private int mtuOf(NetworkSpec spec) {
        int largest = InnerMtu.of(underlayMtu, dataPath.isIpv4());
        int least = spec.subnets().stream().allMatch(subnet -> subnet.base().isIpv4()) ? InnerMtu.LEAST : 1280;
        if (largest < least) {
            throw new IllegalArgumentException(
                    "network \"" + spec.name() + "\" needs an MTU of at least " + least + ", and the underlay's "
                            + underlayMtu + " − " + InnerMtu.overhead(dataPath.isIpv4()) + " leaves " + largest);
        }
        if (spec.mtu() > largest) {
            throw new IllegalArgumentException(
                    "network \"" + spec.name() + "\": MTU " + spec.mtu() + " does not fit: the underlay's "
                            + underlayMtu + " − " + InnerMtu.overhead(dataPath.isIpv4()) + " leaves " + largest);
        }
        return spec.mtu() != 0 ? spec.mtu() : largest;
    }

    /** The networks it is part of, in the order they were made. */
    public List<OverlayNetwork> networks() {
        synchronized (lock) {
            return List.copyOf(networks.values());
        }
    }

    /** What it has done so far. */
    public NodeStats stats() {
        return new NodeStats(counters.counts(), counters.drops(), errors.snapshot());
    }

    /**
     * Writes down the next packets' ways through the stages. A trace that is under way ends.
     *
     * @param packets how many; 0 ends a trace
     * @param lines takes one line per packet, on the worker's thread: it must be quick, and must not call the node
     */
    public void trace(int packets, Consumer<String> lines) throws IOException {
        if (packets < 0) {
            throw new IllegalArgumentException("trace of " + packets + " packets: allowed are 0 and more");
        }
        worker.call(() -> {
            trace = packets == 0 ? null : new PacketTrace(packets, lines, BATCH);
            return true;
        });
    }

    /** Worker's thread. */
    private void forgetFinishedTrace() {
        if (trace != null && trace.isDone()) {
            trace = null;
        }
    }

    Object lock() {
        return lock;
    }

    /** Changes the forwarding table; the data path sees it from its next batch on. Under the lock. */
    void publish(Consumer<ForwardingTable.Edit> changes) {
        table.setRelease(table.getPlain().with(changes));
    }

    PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu) throws IOException {
        requireOpen();
        return platform.openDevice(network, endpoint, mtu);
    }

    /** Takes packets from the device from now on. */
    void serve(PacketDevice device, String endpoint, int vni) throws IOException {
        worker.add("endpoint \"" + endpoint + "\"", device, now -> {
            int received = outbound.run(device, vni, table.getAcquire(), trace, now);
            forgetFinishedTrace();
            return received;
        });
    }

    /** Lets go of a device whose routes are gone, and closes it. */
    void release(PacketDevice device) throws IOException {
        try {
            worker.remove(device); // after that no batch is under way that saw the routes
        } finally {
            device.close();
        }
    }

    void forget(OverlayNetwork network) {
        networks.remove(network.spec().name(), network);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("node \"" + name() + "\" is closed");
        }
    }

    private void endWorker() {
        worker.close();
        inboundBatch.close();
        outboundBatch.close();
    }

    /** Ends networks, worker and socket, in this order. Idempotent. */
    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            IOException failure = null;
            for (OverlayNetwork network : new ArrayList<>(networks.values()).reversed()) {
                try {
                    network.close();
                } catch (IOException e) {
                    failure = e;
                }
            }
            endWorker();
            underlay.close();
            if (failure != null) {
                throw failure;
            }
        }
    }
}
