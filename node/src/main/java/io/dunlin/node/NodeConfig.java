package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.lb.FlowTable;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a node sits on the underlay. Immutable; each method returns a changed copy:
 *
 * <pre>{@code NodeConfig.named("node-01").dataPath("192.168.39.1").port(4789)}</pre>
 *
 * @param name the node's name: 1 to 63 letters, digits, dots, underscores and hyphens
 * @param dataPath the node's own address on the underlay, IPv4 or IPv6: where other VTEPs send to, and what they see as the sender. It
 *     must be given before the node is started.
 * @param port UDP port of the data path on all VTEPs: 1 to 65,535; {@value #VXLAN_PORT} is what RFC 7348 assigns
 * @param underlayMtu the largest IP packet the underlay carries, in bytes: 1,280 to 65,535, or 0 to take that of the interface that has
 *     the data-path address
 * @param socket which kind of socket carries the data path
 * @param workers threads of the data path, 1 to 64, or 0 for as many as suit the machine. Each flow keeps to one
 * @param offloads whether the kernel may hand over and take many packets as one, where it can. Without, each crosses alone, which costs
 *     several times as much; for comparison, and to look at single packets
 * @param aead what encrypts and decrypts packets of encrypted networks; looked for when the first one is needed
 * @param gossip how it finds the other nodes and hears of their endpoints, under the node's own name; all need the same data-path port. Null:
 *     it knows what it is told by hand. What is told by hand goes before what is gossiped. Its tables' limits default to {@link
 *     io.dunlin.gossip.TableLimits#DEFAULT}
 * @param keys how the keys of encrypted networks turn, where gossip is encrypted too
 * @param pools where networks without a subnet take one from, and endpoints without an address
 * @param names how workloads' questions for names are answered
 * @param maxFlows flows of workloads with services that are held at once, over all networks: {@value FlowTable#LEAST_FLOWS} to {@value
 *     FlowTable#MOST_FLOWS}. Memory comes with the flows, 110 bytes each, most of them direct buffers, which the JVM has to be allowed ({@code
 *     -XX:MaxDirectMemorySize}, by default as much as the heap). When it is full the least useful one goes
 */
public record NodeConfig(
        String name,
        @Nullable IpAddress dataPath,
        int port,
        int underlayMtu,
        SocketKind socket,
        int workers,
        boolean offloads,
        Engine aead,
        @Nullable GossipConfig gossip,
        KeysConfig keys,
        PoolsConfig pools,
        NamesConfig names,
        int maxFlows) {
    /** RFC 7348 section 8.2 (IANA). */
    public static final int VXLAN_PORT = 4789;

    private static final int MAX_WORKERS = 64;

    /** Which kind of socket carries the data path. */
    public enum SocketKind {
        /** {@link #LINUX} where it can be had, else {@link #PORTABLE}, which is then said at start. */
        AUTO,
        /** System calls by the batch; Linux on x86-64 and aarch64, with native access enabled. */
        LINUX,
        /** Any operating system, no native access: one datagram at a time. Several times slower. */
        PORTABLE
    }

    /** What computes AES-GCM. */
    public enum Engine {
        /** The fastest that this machine has, by a measurement of some tens of milliseconds. */
        AUTO(""),
        /** Intel's library, on x86-64. */
        IPSEC_MB("ipsec-mb"),
        /** OpenSSL 3. */
        OPENSSL("openssl"),
        /** The JDK's own: always there, allocates a kilobyte for each packet, and cannot wipe its keys. */
        JDK("jdk");

        private final String prefix;

        Engine(String prefix) {
            this.prefix = prefix;
        }

        /**
         * The engine itself.
         *
         * @throws IllegalArgumentException if this machine does not have it, with the reason
         */
        public AeadEngine of(AeadEngines engines) {
            return this == AUTO ? engines.fastest() : engines.named(prefix);
        }
    }

    public NodeConfig {
        Names.check("node", name);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    "node \"" + name + "\": data-path port " + port + ": allowed are 1 to 65535");
        }
        if (underlayMtu != 0 && (underlayMtu < 1280 || underlayMtu > 65_535)) {
            throw new IllegalArgumentException("node \"" + name + "\": underlay MTU " + underlayMtu
                    + ": allowed are 1280 to 65535, or 0 for the interface's own");
        }
        if (workers < 0 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("node \"" + name + "\": " + workers + " workers: allowed are 1 to "
                    + MAX_WORKERS + ", or 0 for as many as suit the machine");
        }
        if (maxFlows < FlowTable.LEAST_FLOWS || maxFlows > FlowTable.MOST_FLOWS) {
            throw new IllegalArgumentException("node \"" + name + "\": " + maxFlows + " flows of services: allowed are "
                    + FlowTable.LEAST_FLOWS + " to " + FlowTable.MOST_FLOWS);
        }
        if (gossip != null && !gossip.name().equals(name)) {
            throw new IllegalArgumentException(
                    "node \"" + name + "\" gossips as \"" + gossip.name() + "\": give the member the node's name");
        }
    }

    public static NodeConfig named(String name) {
        return new NodeConfig(
                name,
                null,
                VXLAN_PORT,
                0,
                SocketKind.AUTO,
                0,
                true,
                Engine.AUTO,
                null,
                KeysConfig.DEFAULT,
                PoolsConfig.DEFAULT,
                NamesConfig.DEFAULT,
                FlowTable.DEFAULT_MAX_FLOWS);
    }

    public NodeConfig dataPath(String address) {
        return with(parts -> parts.dataPath = IpAddress.parse(address));
    }

    public NodeConfig port(int port) {
        return with(parts -> parts.port = port);
    }

    public NodeConfig underlayMtu(int bytes) {
        return with(parts -> parts.underlayMtu = bytes);
    }

    public NodeConfig socket(SocketKind socket) {
        return with(parts -> parts.socket = socket);
    }

    public NodeConfig workers(int count) {
        return with(parts -> parts.workers = count);
    }

    public NodeConfig offloads(boolean wanted) {
        return with(parts -> parts.offloads = wanted);
    }

    public NodeConfig aead(Engine engine) {
        return with(parts -> parts.aead = engine);
    }

    /** Finds the other nodes, and their endpoints, by gossip. */
    public NodeConfig gossip(GossipConfig gossip) {
        return with(parts -> parts.gossip = gossip);
    }

    /** Makes and turns the keys of encrypted networks so. */
    public NodeConfig keys(KeysConfig keys) {
        return with(parts -> parts.keys = keys);
    }

    /** Takes subnets, VNIs and addresses so. */
    public NodeConfig pools(PoolsConfig pools) {
        return with(parts -> parts.pools = pools);
    }

    /** Answers for names so. */
    public NodeConfig names(NamesConfig names) {
        return with(parts -> parts.names = names);
    }

    /** Holds so many flows of services. */
    public NodeConfig maxFlows(int count) {
        return with(parts -> parts.maxFlows = count);
    }

    private NodeConfig with(Consumer<Parts> change) {
        var parts = new Parts(this);
        change.accept(parts);
        return parts.config();
    }

    /** The components while a copy is made: so that one place knows their order, and not each method. */
    private static final class Parts {
        private final String name;
        private @Nullable IpAddress dataPath;
        private int port;
        private int underlayMtu;
        private SocketKind socket;
        private int workers;
        private boolean offloads;
        private Engine aead;
        private @Nullable GossipConfig gossip;
        private KeysConfig keys;
        private PoolsConfig pools;
        private NamesConfig names;
        private int maxFlows;

        Parts(NodeConfig from) {
            this.name = from.name;
            this.dataPath = from.dataPath;
            this.port = from.port;
            this.underlayMtu = from.underlayMtu;
            this.socket = from.socket;
            this.workers = from.workers;
            this.offloads = from.offloads;
            this.aead = from.aead;
            this.gossip = from.gossip;
            this.keys = from.keys;
            this.pools = from.pools;
            this.names = from.names;
            this.maxFlows = from.maxFlows;
        }

        NodeConfig config() {
            return new NodeConfig(
                    name,
                    dataPath,
                    port,
                    underlayMtu,
                    socket,
                    workers,
                    offloads,
                    aead,
                    gossip,
                    keys,
                    pools,
                    names,
                    maxFlows);
        }
    }
}
