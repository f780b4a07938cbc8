package io.dunlin.node;

import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.lb.dns.ServiceDirectory;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.SocketExchange;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.lb.dns.upstream.Upstreams;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has once for the names of all its networks: whom it asks upstream, and the files by which workloads find their gateway. What the
 * workers have is {@link GatewayNames}. Under the node's lock, but for the answers of others, which come on threads of their own.
 */
final class NodeNames implements AutoCloseable {
    private static final Path HOST_FILE = Path.of("/etc/resolv.conf");

    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final Supplier<ServiceDirectory> directory;
    private final RandomGenerator random;
    private final Forwarder forwarder;
    /** What the host tries behind a short name, as it is when it is asked. */
    private final Supplier<List<String>> search;

    private final @Nullable NamespaceFiles files;

    /** Those of all networks of this node, which is not to ask itself; upstream threads look at them. */
    private final Map<Vni, List<IpAddress>> gateways = new ConcurrentHashMap<>();

    /**
     * @param directory what names there are, as they are when it is asked
     * @param random that several threads may use, and nobody can foretell
     * @param nanoClock monotonic
     */
    NodeNames(
            NodeConfig node,
            Supplier<ServiceDirectory> directory,
            RandomGenerator random,
            LongSupplier nanoClock,
            ErrorLog errors) {
        this.directory = directory;
        this.random = random;
        NamesConfig config = node.names();
        UpstreamConfig given = config.upstream();
        Supplier<UpstreamConfig> upstream;
        if (given == null) {
            var host = new HostResolvConf(HOST_FILE, node.name());
            upstream = () -> UpstreamConfig.of(host.current().nameservers());
            search = () -> host.current().search();
        } else {
            upstream = () -> given;
            search = List::of;
            LOG.info("node {}: names that its networks do not know are asked of {}", node.name(), given.servers());
        }
        this.forwarder = new Forwarder(
                upstream.get(),
                new Upstreams(upstream, this::isOwnGateway, new SocketExchange(random, nanoClock), random, nanoClock));
        Path root = config.namespaceFiles();
        this.files = root == null ? null : new NamespaceFiles(new NamespaceResolvConf(root, node.name()), errors);
    }

    private boolean isOwnGateway(IpAddress address) {
        return gateways.values().stream().anyMatch(ofNetwork -> ofNetwork.contains(address));
    }

    /**
     * What a worker answers by.
     *
     * @param counters the worker's
     * @param later as of {@link GatewayNames}
     */
    GatewayNames forWorker(Counters counters, Consumer<GatewayNames.Late> later) {
        return new GatewayNames(directory, forwarder, random, counters, later);
    }

    /** The node takes part in a network, and answers at these addresses. */
    void opened(Vni network, List<IpAddress> gatewaysOfNetwork) {
        gateways.put(network, List.copyOf(gatewaysOfNetwork));
    }

    void closed(Vni network) {
        gateways.remove(network);
    }

    /** @param reachable the gateways that the endpoint reaches */
    void attached(NetworkSpec network, Endpoint endpoint, List<IpAddress> reachable) {
        if (files != null) {
            files.attached(endpoint, reachable, network.isInternal() ? List.of() : search.get());
        }
    }

    void detached(Endpoint endpoint) {
        if (files != null) {
            files.detached(endpoint);
        }
    }

    /** Gives up what is asked upstream; workers hear of that, if they still run. */
    @Override
    public void close() {
        forwarder.close();
    }
}
