package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.lb.FlowTable;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
 * <p>One or several worker threads run {@link OutboundPath} and {@link InboundPath}; everything else runs on the caller's thread. All methods may
 * be called from any thread. Several nodes live in one JVM side by side, each with a data-path address or port of its own. {@link #close}
 * ends all it started, in reverse order.
 */
public final class OverlayNode implements AutoCloseable {
    private static final int LARGEST_PACKET = 65_535;

    /** Packets after which traffic warms the data path up by itself: more than neighbours' questions and the like. */
    private static final int BUSY_PACKETS = 1000;

    /** Keys need it, and whatever nobody is to guess. */
    private static final Supplier<SecureRandom> ENTROPY = SecureRandom::new;

    private final Object lock = new Object();
    private final NodeConfig config;
    private final IpAddress dataPath;
    private final int underlayMtu;
    private final Platform platform;
    private final DataPaths dataPaths;
    private final Devices devices;
    private final LongSupplier nanoClock;
    private final LongSupplier wallClock = System::currentTimeMillis;
    private final ErrorLog errors;

    /** Published with release, read with acquire once per batch. Written under the lock. */
    private final AtomicReference<ForwardingTable> table = new AtomicReference<>(ForwardingTable.empty());

    // under the lock
    private final NodeNetworks networks;
    private final GossipedPeers peers;
    private final KnownServices services;
    private final NodeNames names;
    private final HealthChecks health;
    private volatile boolean closed; // written under the lock

    /** Ends what was started so far, from first to last. */
    private final Deque<Runnable> endings = new ArrayDeque<>();

    /** Null: static configuration. */
    private final @Nullable ClusterMember cluster;

    private volatile GossipedAddresses addresses; // written once; gossip's thread may ask earlier

    /** Null: no cluster, or none whose members talk encrypted, so that keys could be told. */
    private volatile @Nullable ClusterKeys keys; // written once; gossip's thread may ask earlier

    /**
     * Starts a node.
     *
     * @throws IllegalArgumentException if the configuration has no data-path address
     * @throws IOException if the address is not this host's, the port is in use, or the operating system refuses otherwise
     */
    public static OverlayNode start(NodeConfig config) throws IOException {
        return start(config, Platform.choose(config), System::nanoTime);
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
                : Math.min(platform.underlayMtu(dataPath), LARGEST_PACKET); // a loopback interface says 65,536
        return new OverlayNode(config, dataPath, mtu, platform, nanoClock);
    }

    private OverlayNode(
            NodeConfig config, IpAddress dataPath, int underlayMtu, Platform platform, LongSupplier nanoClock)
            throws IOException {
        this.config = config;
        this.dataPath = dataPath;
        this.underlayMtu = underlayMtu;
        this.platform = platform;
        this.nanoClock = nanoClock;
        this.errors = new ErrorLog(config.name());
        var refusals = new Refusals(config.name());
        this.services = new KnownServices(config.name(), nanoClock, refusals, errors, this::sweep, this::reviseHealth);
        this.peers = new GossipedPeers(config.name(), dataPath, config.port(), refusals, services);
        this.health = new HealthChecks(lock, HealthChecks.time(config.name()), HealthChecks.questions());
        try {
            this.names = new NodeNames(config, services.directory()::getAcquire, ENTROPY.get(), nanoClock, errors);
            endings.addFirst(
                    names::close); // before the workers: what was asked upstream is answered by tasks of theirs
            this.dataPaths = startDataPaths();
            endings.addLast(dataPaths::close);
            this.devices = new Devices(platform, dataPaths.all(), config.offloads());
            this.networks = new NodeNetworks(this, dataPaths);
            this.cluster = startCluster();
            endings.addFirst(health::stop); // before gossip: what is found is told
            this.addresses = startAddresses();
            endings.addFirst(addresses::stop);
            this.keys = startKeys();
        } catch (IOException | RuntimeException e) {
            end();
            throw e;
        }
    }

    private DataPaths startDataPaths() throws IOException {
        var flows = new FlowTable(config.maxFlows(), ENTROPY.get());
        var shared = new ServiceFlows(flows, services.table(), services.served());
        return DataPaths.start(config, dataPath, platform, table, shared, names, nanoClock, errors);
    }

    private @Nullable ClusterMember startCluster() throws IOException {
        GossipConfig gossip = config.gossip();
        if (gossip == null) {
            return null;
        }
        var self = new NodeRecord(config.port(), List.of(dataPath));
        ClusterMember started = ClusterMember.start(gossip, self, this::learn, this::hear);
        endings.addFirst(started::close);
        return started;
    }

    private GossipedAddresses startAddresses() throws IOException {
        ClusterMember member = cluster;
        AddressCluster others = member == null ? AddressCluster.ALONE : new MemberAddresses(member);
        return GossipedAddresses.start(config, dataPath, others, nanoClock, wallClock, errors);
    }

    private @Nullable ClusterKeys startKeys() throws IOException {
        ClusterMember member = cluster;
        if (member == null || !member.isEncrypted()) {
            return null;
        }
        var started = new ClusterKeys(
                config.name(),
                config.keys(),
                new KeyedNode(this, member),
                nanoClock,
                wallClock,
                ENTROPY.get(),
                errors,
                ClusterKeys.thread(config.name()));
        endings.addFirst(started::stop);
        endings.addLast(started::wipe);
        started.start();
        return started;
    }

    private void end() {
        for (Runnable ending = endings.pollFirst(); ending != null; ending = endings.pollFirst()) {
            ending.run();
        }
    }

    private void hear(Bytes message) {
        ClusterKeys listening = keys;
        if (listening != null) {
            listening.heard(message);
        }
        GossipedAddresses granting = addresses;
        if (granting != null) {
            granting.heard(message);
        }
    }

    /**
     * Exercises the data path on the calling thread until the JVM has compiled it, so that traffic need not: otherwise its first seconds
     * pass at a fraction of the speed. Takes four to six seconds of CPU time, the compiler's included, and ends early when the node has
     * traffic or is closed. Packets pass meanwhile. Of use once in a JVM, to nodes on Linux.
     *
     * @return whether it did all it was to do
     */
    public boolean warmUp() throws IOException {
        try (WarmUp warmUp = platform.warmUp(dataPath, config.offloads())) {
            AeadEngine engine;
            synchronized (lock) {
                engine = networks.encryption().engineInUse();
            }
            return warmUp != null && warmUp.run(() -> closed || dataPaths.received() > BUSY_PACKETS, engine);
        }
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

    /** Which kind of socket carries the data path, what the kernel lacks for it, and why it is not a better one, for people. */
    public String socketKind() {
        return dataPaths.socketKind();
    }

    /**
     * Makes the node part of a network: of the cluster's of that name, if there is one; else of a new one, whose VNI and subnet come from the pools
     * unless they are given. Waits for that up to some seconds, where the network lacks one or the other.
     *
     * @throws IllegalArgumentException if its MTU does not fit the underlay's, or it is encrypted and this machine does not have the engine that
     *     the node is to use
     * @throws IllegalStateException if the name or the VNI is taken, the cluster's network of that name is not what is asked for, the pools are
     *     exhausted, or the node is closed
     */
    public OverlayNetwork network(NetworkSpec spec) {
        synchronized (lock) {
            requireOpen();
            networks.requireNew(spec);
        }
        NetworkSpec whole = addresses.open(spec); // not under the lock: it may wait
        try {
            synchronized (lock) {
                requireOpen();
                networks.requireNew(whole);
                return networks.add(whole);
            }
        } catch (RuntimeException e) {
            addresses.close(spec.name());
            throw e;
        }
    }

    /**
     * Says by which security associations packets of encrypted networks are sealed and opened from now on: by these, and by those that the nodes
     * of an encrypted cluster agree on, which stand back where both are for one VTEP. When it returns, all workers do so, and hold no key of
     * others any more; the caller may wipe those. Without either, nothing of an encrypted network passes.
     *
     * @throws IllegalArgumentException if this machine does not have the engine that the node is to use
     * @throws IllegalStateException if the node is closed
     */
    public void associate(SecurityAssociations associations) throws IOException {
        synchronized (lock) {
            requireOpen();
            networks.encryption().associate(associations);
        }
    }

    /** The same for those that follow from the cluster's keys; nothing once the node is closed, when those are wiped. */
    void derive(SecurityAssociations associations) throws IOException {
        synchronized (lock) {
            if (!closed) {
                networks.encryption().derive(associations);
            }
        }
    }

    /**
     * The security associations in use, <em>with their keys</em>, as lines of Wireshark's table of ESP: for a person who is to read the node's packets
     * along, and for nobody else. With keys that turn, those of one moment: ask before a turn and after it.
     *
     * @throws IllegalStateException if the node is closed
     */
    public List<String> revealAssociations() {
        synchronized (lock) { // so that no key is wiped meanwhile
            requireOpen();
            return networks.encryption().reveal(dataPath);
        }
    }

    /**
     * Turns the keys of the cluster's encrypted networks as soon as may be, without waiting until it is due.
     *
     * @throws IllegalStateException if the node's keys are not those of a cluster that gossips encrypted
     */
    public void rotateKeys() {
        ClusterKeys turning = keys;
        if (turning == null) {
            throw new IllegalStateException(
                    "node \"" + name()
                            + "\" has no keys that turn: they are those of a cluster that gossips encrypted (GossipConfig.encrypted)");
        }
        turning.rotate();
    }

    /** Where the keys of the cluster's encrypted networks stand; empty without a cluster that gossips encrypted. */
    public Optional<KeysStatus> keys() {
        ClusterKeys turning = keys;
        return turning == null ? Optional.empty() : Optional.of(turning.status());
    }

    /** The networks it is part of, in the order they were made. */
    public List<OverlayNetwork> networks() {
        synchronized (lock) {
            return networks.all();
        }
    }

    /** What it has done so far. */
    public NodeStats stats() {
        return dataPaths.stats(errors);
    }

    /**
     * Writes down the next packets' ways through the stages. A trace that is under way ends.
     *
     * @param packets how many; 0 ends a trace
     * @param lines takes one line per packet, one at a time, on a worker's thread: it must be quick, and must not call the node
     */
    public void trace(int packets, Consumer<String> lines) throws IOException {
        if (packets < 0) {
            throw new IllegalArgumentException("trace of " + packets + " packets: allowed are 0 and more");
        }
        dataPaths.trace(packets, lines);
    }

    /**
     * Frees the addresses that a node had which will not be back, in the networks that this node owns.
     *
     * @return how many endpoints had them
     * @throws IllegalStateException if that node is there
     */
    public int reclaimAddresses(String node) {
        return addresses.reclaim(node);
    }

    /** How full the pools are, and which networks are known. */
    public PoolsStatus pools() {
        return addresses.status();
    }

    Object lock() {
        return lock;
    }

    /** One for each worker. */
    List<DataPath> dataPaths() {
        return dataPaths.all();
    }

    /** What the node knows through gossip; empty if it does not gossip. */
    public Optional<ClusterStats> cluster() {
        if (cluster == null) {
            return Optional.empty();
        }
        int members = cluster.members();
        synchronized (lock) {
            return Optional.of(peers.stats(members));
        }
    }

    /** Null without gossip. */
    @Nullable
    ClusterMember clusterMember() {
        return cluster;
    }

    /** Under the lock. */
    GossipedPeers peers() {
        return peers;
    }

    /** The time of people's clocks, in milliseconds since 1970. */
    long wallMillis() {
        return wallClock.getAsLong();
    }

    /** Under the lock. */
    NodeNames names() {
        return names;
    }

    /** Under the lock. */
    KnownServices services() {
        return services;
    }

    private void sweep() {
        dataPaths.sweep();
    }

    private void reviseHealth() {
        networks.reviseHealth(health);
    }

    private void learn(List<ClusterMember.News> batch) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            for (ClusterMember.News news : batch) {
                learn(news);
            }
            publish(peers::settle);
            networks.reviseServices();
            services.settle();
        }
    }

    private void learn(ClusterMember.News news) {
        switch (news) {
            case ClusterMember.News.Changed(var change)
            when change.row().table().equals(ServiceRecord.TABLE) -> services.apply(change);
            case ClusterMember.News.Changed(var change) -> peers.apply(change);
            case ClusterMember.News.Forgot(var table, var owner)
            when table.equals(ServiceRecord.TABLE) -> services.forgot(owner);
            case ClusterMember.News.Forgot(var table, var owner) -> peers.forgot(table, owner);
        }
    }

    /** Changes the forwarding table; the data path sees it from its next batch on. Under the lock. */
    void publish(Consumer<ForwardingTable.Edit> changes) {
        table.setRelease(table.getPlain().with(changes));
    }

    Platform platform() {
        return platform;
    }

    Devices devices() {
        return devices;
    }

    AddressAuthority addresses() {
        return addresses;
    }

    void forget(OverlayNetwork network) {
        networks.forget(network);
    }

    /** Monotonic. */
    LongSupplier nanoClock() {
        return nanoClock;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("node \"" + name() + "\" is closed");
        }
    }

    /** Ends networks, gossip, workers and sockets, in this order. Idempotent. Where it gossips, saying goodbye takes up to a second. */
    @Override
    public void close() throws IOException {
        ClusterKeys turning = keys;
        if (turning != null) {
            turning.stop(); // its thread may wait for the lock
        }
        addresses.stop();
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            try {
                networks.close();
            } finally {
                end();
            }
        }
    }
}
