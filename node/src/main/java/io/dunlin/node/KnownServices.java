package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.lb.NamedEndpoint;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServiceTable;
import io.dunlin.lb.dns.ServiceDirectory;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.node.ServiceDefinitions.Told;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The services of a node's networks, the endpoints behind them, and what endpoints are called, out of what this node has and the others tell. What
 * changed goes in one by one; {@link #renew} makes one snapshot of a burst, and {@link #settle} tells the watchers too, who may call the node: it is the last
 * thing that is done under the lock. Under the node's lock, but for the snapshots, which anyone may read.
 */
final class KnownServices implements GossipedPeers.EndpointWatcher {
    /** Of an endpoint that is here, or known by hand: before all that is gossiped. */
    private static final long OWN = -1;

    private final String self;
    private final LongSupplier nanoClock;

    /** Published with release; read with acquire for each packet to a service, and for each query. */
    private final AtomicReference<ServiceTable> table;

    private final AtomicReference<ServiceDirectory> directory;

    private final ServedNetworks served;
    private final Runnable whenServed;
    private final Runnable whenTouched;
    private final ServiceWatches watches;
    private final Refusals refusals;

    private final ServiceDefinitions definitions = new ServiceDefinitions();
    private final Map<Vni, GossipedPeers.Addresses> networks = new HashMap<>();
    private final EndpointClaims endpoints = new EndpointClaims();
    private final Set<NameInNetwork> changedServices = new LinkedHashSet<>();
    private final Set<NameInNetwork> changedEndpoints = new LinkedHashSet<>();

    /**
     * @param whenServed runs when the data path has other services, or other backends; quick
     * @param whenTouched runs when services, or who is behind them, may be others; it may change them once more
     */
    KnownServices(
            String self,
            LongSupplier nanoClock,
            Refusals refusals,
            ErrorLog errors,
            Runnable whenServed,
            Runnable whenTouched) {
        this.refusals = refusals;
        this.whenServed = whenServed;
        this.whenTouched = whenTouched;
        this.watches = new ServiceWatches(errors);
        this.served = new ServedNetworks();
        this.self = self;
        this.nanoClock = nanoClock;
        this.table = new AtomicReference<>(ServiceTable.empty(self));
        this.directory = new AtomicReference<>(ServiceDirectory.of(table.getPlain()));
    }

    /** For the data path: never older than what {@link #directory} has. */
    AtomicReference<ServiceTable> table() {
        return table;
    }

    /** The same services, with the names that lead to them. */
    AtomicReference<ServiceDirectory> directory() {
        return directory;
    }

    /** Those with services: what the data path looks at first. */
    ServedNetworks served() {
        return served;
    }

    ServiceDefinitions definitions() {
        return definitions;
    }

    // ------------------------------------------------------------------ networks

    /** The node takes part in a network: what is known of it takes effect with the next {@link #settle}. */
    void opened(Vni vni, ZoneSpec zone, GossipedPeers.Addresses addresses) {
        networks.put(vni, addresses);
        publish(directory.getPlain().with(edit -> edit.putZone(vni, zone)));
        changedServices.addAll(definitions.namesIn(vni));
        changedEndpoints.addAll(endpoints.namesIn(vni));
        definitions.allIn(vni).forEach(told -> examine(told, addresses));
    }

    /** The node leaves a network: its services and names are gone, and with the next {@link #settle} its watchers. */
    void closed(Vni vni) {
        networks.remove(vni);
        changedServices.addAll(definitions.namesIn(vni));
        changedEndpoints.addAll(endpoints.namesIn(vni));
        watches.end(vni);
        renew();
        publish(directory.getPlain().with(edit -> edit.removeZone(vni)));
    }

    // ------------------------------------------------------------------ services

    /** Those who are told of changes. */
    ServiceWatches watches() {
        return watches;
    }

    /** The service of that name as the data path knows it, whatever the name's case; empty if there is none. */
    Optional<ServiceStatus> status(NameInNetwork name) {
        ServiceTable now = table.getPlain();
        Service service = now.service(name.vni().value(), name.folded());
        ServiceRecord record = definitions.service(name);
        if (service == null || record == null) {
            return Optional.empty();
        }
        List<ServiceStatus.BackendStatus> backends = service.backends().stream()
                .map(backend -> new ServiceStatus.BackendStatus(
                        backend.name(),
                        backend.node(),
                        backend.addresses(),
                        backend.weight(),
                        backend.state(),
                        now.flows(name.vni().value(), service.name(), backend.name())))
                .toList();
        return Optional.of(new ServiceStatus(record.spec(), record.maker(), definitions.tellersOf(name), backends));
    }

    /** All of a network, by name. */
    List<ServiceStatus> all(Vni vni) {
        return definitions.namesIn(vni).stream()
                .map(this::status)
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(status -> status.spec().name()))
                .toList();
    }

    /** This node tells a service from now on; null: no more. */
    void tell(String key, @Nullable ServiceRecord record) {
        changedServices.addAll(definitions.put(self, key, record == null ? null : new Told(record, self, false)));
    }

    /** Takes a change of the table of services. */
    void apply(RowChange change) {
        switch (change) {
            case Added(var row) -> put(row);
            case Updated updated -> put(updated.row());
            case Removed(var row, var cause) -> remove(row, cause == Cause.OWNER_FAILED);
        }
    }

    private void put(Row row) {
        if (row.owner().equals(self)) {
            return;
        }
        ServiceRecord record = recordIn(row);
        if (record == null) {
            changedServices.addAll(definitions.put(row.owner(), row.key(), null));
            return;
        }
        var told = new Told(record, row.owner(), false);
        changedServices.addAll(definitions.put(row.owner(), row.key(), told));
        GossipedPeers.Addresses network = networks.get(record.vni());
        if (network != null) {
            examine(told, network);
        }
    }

    private @Nullable ServiceRecord recordIn(Row row) {
        ServiceRecord record = ServiceRecord.decode(row.value()).orElse(null);
        if (record == null) {
            refusals.refuse(
                    ClusterStats.Refusal.MALFORMED, row.owner(), "its service row \"" + row.key() + "\" is none");
            return null;
        }
        if (!record.key().equals(row.key())) {
            refusals.refuse(
                    ClusterStats.Refusal.KEY,
                    row.owner(),
                    "the service row \"" + row.key() + "\" is of \"" + record.key() + "\"");
            return null;
        }
        return record;
    }

    /** It is no service where it has such a VIP. */
    private void examine(Told told, GossipedPeers.Addresses network) {
        for (IpAddress vip : told.record().vips()) {
            if (!network.admits(vip)) {
                refusals.refuse(
                        ClusterStats.Refusal.ADDRESS,
                        told.teller(),
                        "no service of VNI " + told.record().vni() + " can have " + vip + ", as its \""
                                + told.record().key() + "\" has");
            }
        }
    }

    private void remove(Row row, boolean failed) {
        if (!row.owner().equals(self)) {
            Told before = definitions.told(row.owner(), row.key());
            Told held = failed && before != null ? new Told(before.record(), before.teller(), true) : null;
            changedServices.addAll(definitions.put(row.owner(), row.key(), held));
        }
    }

    /** The owner's rows that were kept since it failed are no longer to be. */
    void forgot(String owner) {
        for (Told told : definitions.allOf(owner)) {
            if (told.isHeld()) {
                changedServices.addAll(definitions.put(owner, told.record().key(), null));
            }
        }
    }

    // ------------------------------------------------------------------ endpoints

    /** An endpoint is here, or known by hand. */
    void attached(String owner, String name, EndpointRecord endpoint) {
        entered(new Claim(false, OWN, owner, RowKey.of(endpoint.vni(), name), endpoint));
    }

    void detached(String owner, String name, EndpointRecord endpoint) {
        left(new Claim(false, OWN, owner, RowKey.of(endpoint.vni(), name), endpoint));
    }

    @Override
    public void entered(Claim claim) {
        endpoints.enter(claim, nanoClock.getAsLong(), changedServices);
        changedEndpoints.add(EndpointClaims.nameOf(claim));
    }

    @Override
    public void left(Claim claim) {
        endpoints.leave(claim, changedServices);
        changedEndpoints.add(EndpointClaims.nameOf(claim));
    }

    // ------------------------------------------------------------------ the snapshot

    /** Publishes what changed since the last time, and tells the watchers. To be called last: they may call the node. */
    void settle() {
        renew();
        watches.tell(this::status);
    }

    /** Publishes what changed since the last time, as one step; watchers are told with the next {@link #settle}. */
    void renew() {
        boolean isTouched = true;
        while (isTouched) {
            isTouched = !changedServices.isEmpty();
            publishChanges();
            if (isTouched) {
                whenTouched.run();
            }
        }
    }

    private void publishChanges() {
        var services = new LinkedHashMap<NameInNetwork, @Nullable Service>();
        var named = new LinkedHashMap<NameInNetwork, @Nullable NamedEndpoint>();
        ServiceTable now = table.getPlain();
        for (NameInNetwork name : changedServices) {
            GossipedPeers.Addresses network = networks.get(name.vni());
            Service service = network == null ? null : service(name, network);
            Service before = now.service(name.vni().value(), name.folded());
            if (service == null ? before != null : !service.equals(before)) {
                services.put(name, service);
            }
        }
        for (NameInNetwork name : changedEndpoints) {
            GossipedPeers.Addresses network = networks.get(name.vni());
            NamedEndpoint endpoint = network == null ? null : endpoints.named(name, network);
            NamedEndpoint before = now.endpoint(name.vni().value(), name.folded());
            if (endpoint == null ? before != null : !endpoint.equals(before)) {
                named.put(name, endpoint);
            }
        }
        changedServices.clear();
        changedEndpoints.clear();
        endpoints.forgetDrained();
        if (!services.isEmpty() || !named.isEmpty()) {
            services.keySet().forEach(name -> served.add(name.vni().value()));
            publish(directory.getPlain().with(edit -> {
                putServices(services, edit);
                putEndpoints(named, now, edit);
            }));
            if (!services.isEmpty()) {
                whenServed.run();
                watches.changed(services.keySet());
            }
        }
    }

    /** The table first: a name never leads to a VIP that is not balanced yet. */
    private void publish(ServiceDirectory after) {
        table.setRelease(after.table());
        directory.setRelease(after);
    }

    /** VIPs may go from one to another, so those that change are let go of first. */
    private static void putServices(Map<NameInNetwork, @Nullable Service> services, ServiceDirectory.Edit edit) {
        services.forEach((name, service) -> {
            Service before = edit.service(name.vni(), name.folded());
            if (before == null) {
                return;
            }
            if (service == null) {
                edit.removeService(name.vni(), before.name());
            } else if (!before.vips().equals(service.vips())) {
                edit.putService(withoutVips(before));
            }
        });
        services.values().forEach(service -> {
            if (service != null) {
                edit.putService(service);
            }
        });
    }

    private static Service withoutVips(Service service) {
        return new Service(
                service.network(),
                service.name(),
                service.mode(),
                List.of(),
                service.ports(),
                service.strategy(),
                service.prefersLocal(),
                service.timeouts(),
                service.backends());
    }

    private static void putEndpoints(
            Map<NameInNetwork, @Nullable NamedEndpoint> named, ServiceTable now, ServiceDirectory.Edit edit) {
        named.forEach((name, endpoint) -> {
            NamedEndpoint before = now.endpoint(name.vni().value(), name.folded());
            if (before != null) {
                edit.removeEndpoint(name.vni(), before.name());
            }
            if (endpoint != null) {
                edit.putEndpoint(endpoint);
            }
        });
    }

    private @Nullable Service service(NameInNetwork name, GossipedPeers.Addresses network) {
        ServiceRecord record = definitions.service(name);
        if (record == null || !record.vips().stream().allMatch(network::admits)) {
            return null;
        }
        return record.spec().with(name.vni(), endpoints.backendsOf(name, network));
    }
}
