package io.dunlin.node;

import io.dunlin.lb.Service;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services of a network. This node tells of those that it was asked for ({@link OverlayNetwork#service}); their virtual IPs come from the network's owner, as
 * addresses of endpoints do, so that none is both. Any thread.
 *
 * <p>A node that is asked for a service that is there joins in telling of it: it is one service, with the VIP it has. Nodes that made one of the same
 * name when they could not hear each other agree on the elder as soon as they can.
 */
public final class NetworkServices {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final OverlayNode node;
    private final OverlayNetwork network;

    // under the node's lock
    private final Map<NameInNetwork, OverlayService> services = new LinkedHashMap<>();
    private final Set<NameInNetwork> making = new HashSet<>();
    private final SaidOnce said = new SaidOnce();

    NetworkServices(OverlayNode node, OverlayNetwork network) {
        this.node = node;
        this.network = network;
    }

    Object lock() {
        return node.lock();
    }

    /** See {@link OverlayNetwork#service}. */
    OverlayService add(ServiceSpec asked) throws IOException {
        NameInNetwork name = nameOf(asked);
        synchronized (lock()) {
            network.requireOpen();
            if (!making.add(name)) {
                throw new IllegalStateException(
                        "network \"" + networkName() + "\": service \"" + asked.name() + "\" is being made already");
            }
        }
        try {
            OverlayService joined = joinIfThere(asked, name);
            return joined == null ? make(asked, name) : joined;
        } finally {
            synchronized (lock()) {
                making.remove(name);
            }
        }
    }

    /** Null if nobody tells one of that name. */
    private @Nullable OverlayService joinIfThere(ServiceSpec asked, NameInNetwork name) {
        synchronized (lock()) {
            requireFree(asked, name);
            ServiceRecord there = definitions().eldest(name);
            return there == null ? null : join(asked, name, there);
        }
    }

    private OverlayService make(ServiceSpec asked, NameInNetwork name) throws IOException {
        boolean isVip = asked.mode() == Service.Mode.VIP;
        String holder = Names.holderOfVip(asked.name());
        List<IpAddress> vips =
                isVip ? node.addresses().attach(networkName(), holder, asked.vips()) : List.of(); // may wait
        try {
            synchronized (lock()) {
                OverlayService joined = joinIfThere(asked, name); // heard of meanwhile
                if (joined != null) {
                    return joined;
                }
                var made = new ServiceRecord(network.vni(), asked.vips(vips), node.name(), node.wallMillis());
                return enter(name, made);
            }
        } catch (RuntimeException e) {
            node.addresses().detach(networkName(), holder);
            throw e;
        }
    }

    private OverlayService join(ServiceSpec asked, NameInNetwork name, ServiceRecord there) {
        if (!asked.isLike(there.spec())) {
            throw new IllegalStateException("network \"" + networkName() + "\" has a service \"" + asked.name()
                    + "\", made by node \"" + there.maker() + "\", which is another: "
                    + there.spec().text()
                    + "; asked for is " + asked.text());
        }
        claimVips(there);
        return enter(name, there);
    }

    private OverlayService enter(NameInNetwork name, ServiceRecord record) {
        var service = new OverlayService(this, record);
        services.put(name, service);
        tell(record);
        node.services().settle();
        return service;
    }

    private void tell(ServiceRecord record) {
        node.services().tell(record.key(), record);
        ClusterMember cluster = node.clusterMember();
        if (cluster != null) {
            cluster.announce(record);
        }
    }

    /** They are the service's already; when who made it is gone they are to be ours. */
    private void claimVips(ServiceRecord record) {
        if (!record.vips().isEmpty()) {
            node.addresses().know(networkName(), Names.holderOfVip(record.spec().name()), record.vips());
        }
    }

    /** An elder one may have been heard of. Under the node's lock. */
    void revise() {
        services.forEach((name, service) -> {
            ServiceRecord own = service.record();
            ServiceRecord eldest = definitions().eldest(name);
            if (eldest == null || !eldest.isElderThan(own)) {
                return;
            }
            if (own.spec().vips(List.of()).isLike(eldest.spec())) {
                service.become(eldest);
                tell(eldest);
                claimVips(eldest);
            } else if (said.isNew(name.folded() + " of " + eldest.maker())) {
                LOG.warn(
                        "node {}: there are two services {} in network {}: ours is younger ({}), and is not used as long as that of node {} is there ({})",
                        node.name(),
                        own.spec().name(),
                        networkName(),
                        own.spec().text(),
                        eldest.maker(),
                        eldest.spec().text());
            }
        });
    }

    void remove(OverlayService service) {
        synchronized (lock()) {
            ServiceRecord record = service.record();
            if (!services.remove(nameOf(record.spec()), service)) {
                return;
            }
            node.services().tell(record.key(), null);
            ClusterMember cluster = node.clusterMember();
            if (cluster != null) {
                cluster.withdrawService(record.key());
            }
            if (!record.vips().isEmpty()) {
                node.addresses()
                        .detach(networkName(), Names.holderOfVip(record.spec().name()));
            }
            node.services().settle();
        }
    }

    /** Under the node's lock. */
    void close() {
        List.copyOf(services.values()).forEach(OverlayService::close);
    }

    /** The one of that name that this node itself tells of, whatever the name's case. */
    public Optional<OverlayService> own(String name) {
        synchronized (lock()) {
            return Optional.ofNullable(services.get(NameInNetwork.of(network.vni(), name)));
        }
    }

    /** Those that are known, of this node and of others, by name. */
    public List<ServiceStatus> all() {
        synchronized (lock()) {
            return node.services().all(network.vni());
        }
    }

    /** The one of that name, whatever its case; empty if none is known. */
    public Optional<ServiceStatus> status(String name) {
        synchronized (lock()) {
            return node.services().status(NameInNetwork.of(network.vni(), name));
        }
    }

    /**
     * Tells of each change from now on, until the network is closed: then of each service that it is gone.
     *
     * @return to be closed when no more is to be told
     * @throws IllegalStateException if the network is closed
     */
    public AutoCloseable watch(ServiceWatcher watcher) {
        synchronized (lock()) {
            network.requireOpen();
            return node.services().watches().add(network.vni(), watcher);
        }
    }

    /**
     * Gives an endpoint of this node no new flows of its service from now on. Those it has go on; what is left after {@code time} is reset, counted at each
     * client's node from when that hears of it. The endpoint stays attached.
     *
     * @param time up to a day
     * @throws IllegalArgumentException if the time is longer, or negative
     * @throws IllegalStateException if there is no such endpoint here, or it stands behind no service
     */
    public void drain(String endpoint, Duration time) {
        synchronized (lock()) {
            Endpoint drained = require(endpoint);
            var _ = requireRole(drained).draining(time); // checks it
            drained.health().drain(time);
            retell(drained);
            node.services().settle();
        }
    }

    /** Ends a {@link #drain}, which also says what is thrown: if the endpoint serves, as far as is known, it gets flows again. */
    public void resume(String endpoint) {
        synchronized (lock()) {
            Endpoint resumed = require(endpoint);
            var _ = requireRole(resumed);
            resumed.health().resume();
            retell(resumed);
            node.services().settle();
        }
    }

    private Endpoint require(String name) {
        Endpoint endpoint = network.endpoint(name);
        if (endpoint == null) {
            throw new IllegalStateException("network \"" + networkName() + "\" has no endpoint \"" + name
                    + "\" on node \"" + node.name() + "\"" + whereInstead(name));
        }
        return endpoint;
    }

    private static ServiceRole requireRole(Endpoint endpoint) {
        ServiceRole role = endpoint.record().role();
        if (role == null) {
            throw new IllegalStateException("endpoint \"" + endpoint.spec().name() + "\" stands behind no service");
        }
        return role;
    }

    /** Its health check found something else than before. */
    void found(Endpoint endpoint) {
        retell(endpoint);
        node.services().settle();
    }

    /** Tells all in which state it is, if that is another than was told. */
    private void retell(Endpoint endpoint) {
        EndpointRecord before = endpoint.record();
        ServiceRole role = before.role();
        if (role == null) {
            return;
        }
        var after = new EndpointRecord(
                before.vni(),
                before.mac(),
                before.addresses(),
                endpoint.health().of(role));
        if (after.equals(before)) {
            return;
        }
        String name = endpoint.spec().name();
        endpoint.become(after);
        ClusterMember cluster = node.clusterMember();
        if (cluster != null) {
            cluster.announce(name, after);
        }
        node.services().detached(node.name(), name, before);
        node.services().attached(node.name(), name, after);
    }

    /**
     * Which endpoints of this node are to be asked whether they serve, and how: that follows from endpoints and services, of which some are others now. Under the
     * node's lock; changes are for the next {@link KnownServices#settle}.
     *
     * @param asked gets them. Endpoints in memory are not asked
     */
    void reviseHealth(Map<EndpointHealth, HealthCheck> asked) {
        for (Endpoint endpoint : network.endpoints()) {
            HealthCheck how = healthCheckOf(endpoint);
            if (how == null) {
                endpoint.health().forget();
                retell(endpoint);
            } else {
                asked.put(endpoint.health(), how);
            }
        }
    }

    private @Nullable HealthCheck healthCheckOf(Endpoint endpoint) {
        ServiceRole role = endpoint.record().role();
        if (role == null || endpoint.spec().place() instanceof EndpointSpec.Place.InMemory) {
            return null;
        }
        ServiceRecord service = definitions().service(NameInNetwork.of(network.vni(), role.service()));
        return service == null ? null : service.spec().health();
    }

    private String whereInstead(String endpoint) {
        return node.services().all(network.vni()).stream()
                .flatMap(service -> service.backends().stream())
                .filter(backend -> backend.name().equals(endpoint))
                .findFirst()
                .map(backend -> ": it is on node \"" + backend.node() + "\", which is to be asked")
                .orElse("");
    }

    private void requireFree(ServiceSpec asked, NameInNetwork name) {
        network.requireOpen();
        if (services.containsKey(name)) {
            throw new IllegalStateException(
                    "network \"" + networkName() + "\" has a service \"" + asked.name() + "\" already");
        }
        for (IpAddress vip : asked.vips()) {
            network.requireOwn("service \"" + asked.name() + "\"", vip);
            NameInNetwork other = definitions().ownerOf(network.vni(), vip);
            if (other != null && !other.equals(name)) {
                throw new IllegalStateException("service \"" + asked.name() + "\": address " + vip
                        + " is the VIP of service \"" + other.folded() + "\": give it another");
            }
            if (network.isTaken(vip)) {
                throw new IllegalStateException(
                        "service \"" + asked.name() + "\": address " + vip + " is an endpoint's: give it another");
            }
        }
    }

    private ServiceDefinitions definitions() {
        return node.services().definitions();
    }

    private NameInNetwork nameOf(ServiceSpec spec) {
        return NameInNetwork.of(network.vni(), spec.name());
    }

    private String networkName() {
        return network.spec().name();
    }
}
