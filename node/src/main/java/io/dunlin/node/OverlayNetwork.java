package io.dunlin.node;

import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An overlay network on one node: its endpoints here, and those it knows behind other VTEPs. All methods may be called from any thread;
 * they are short but for {@link #attach} and {@link #service}, which wait for addresses, and the former for the operating system. {@link #close} detaches all endpoints.
 */
public final class OverlayNetwork implements AutoCloseable {
    private final OverlayNode node;
    private final NetworkSpec spec;
    private final Vni vni;
    private final int mtu;
    private final ZoneSpec zone;
    private final NetworkServices services;

    // all under the node's lock
    private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    private final Map<String, RemoteEndpoint> remotes = new LinkedHashMap<>();
    private final Map<IpAddress, String> owners = new HashMap<>();
    private final Set<String> attaching = new HashSet<>();
    private boolean closed;

    /** @param spec that lacks nothing */
    OverlayNetwork(OverlayNode node, NetworkSpec spec, int mtu) {
        this.node = node;
        this.spec = spec;
        this.vni = Objects.requireNonNull(spec.vni());
        this.mtu = mtu;
        this.zone = node.config().names().zone(spec);
        this.services = new NetworkServices(node, this);
    }

    /** With the VNI and subnets that it has. */
    public NetworkSpec spec() {
        return spec;
    }

    public Vni vni() {
        return vni;
    }

    /** The largest inner IP packet, in bytes. */
    public int mtu() {
        return mtu;
    }

    /** Endpoints on this node, in the order they were attached. */
    public List<Endpoint> endpoints() {
        synchronized (node.lock()) {
            return List.copyOf(endpoints.values());
        }
    }

    /** Endpoints known behind other VTEPs. */
    public List<RemoteEndpoint> remotes() {
        synchronized (node.lock()) {
            return List.copyOf(remotes.values());
        }
    }

    /**
     * Attaches an endpoint: creates its device, configures it, and forwards to it from the moment this returns. Where it has no address, waits for
     * the network's owner to grant it one of each subnet.
     *
     * @throws IllegalArgumentException if an address is not of this network, or the node cannot make such a device
     * @throws IllegalStateException if the name or an address is taken, no address is free, or the network is closed
     * @throws IOException if the operating system refuses, or the network's owner does not answer; nothing is left behind then
     */
    public Endpoint attach(EndpointSpec endpoint) throws IOException {
        synchronized (node.lock()) {
            requireFree(endpoint.name(), endpoint.addresses());
            if (!attaching.add(endpoint.name())) {
                throw new IllegalStateException("network \"" + spec.name() + "\": endpoint \"" + endpoint.name()
                        + "\" is being attached already");
            }
        }
        try {
            AddressAuthority addresses = node.addresses();
            List<IpAddress> granted = addresses.attach(spec.name(), endpoint.name(), endpoint.addresses());
            try {
                return attachWith(endpoint.addresses(granted));
            } catch (IOException | RuntimeException e) {
                addresses.detach(spec.name(), endpoint.name());
                throw e;
            }
        } finally {
            synchronized (node.lock()) {
                attaching.remove(endpoint.name());
            }
        }
    }

    private Endpoint attachWith(EndpointSpec endpoint) throws IOException {
        synchronized (node.lock()) {
            requireFree(endpoint.name(), endpoint.addresses());
            ClusterMember cluster = node.clusterMember();
            var told = new EndpointRecord(vni, 0, endpoint.addresses(), endpoint.role());
            PacketDevice device = endpoint.place() instanceof EndpointSpec.Place.InMemory
                    ? new MemoryDevice(endpoint.name(), mtu)
                    : node.devices().open(spec, endpoint, mtu);
            try {
                node.devices().serve(device, endpoint.name(), vni.value());
            } catch (IOException | RuntimeException e) {
                device.close();
                throw e;
            }
            var attached = new Endpoint(this, endpoint, device, told);
            endpoints.put(endpoint.name(), attached);
            node.publish(table -> {
                for (IpAddress address : endpoint.addresses()) {
                    owners.put(address, endpoint.name());
                    table.putRoute(vni, address, new Route.Local(device, MacAddress.ofEndpoint(address.low())));
                }
            });
            node.peers().taken(vni, endpoint.addresses());
            node.names().attached(spec, attached, gatewaysOf(endpoint));
            if (cluster != null) {
                cluster.announce(endpoint.name(), told);
            }
            node.services().attached(node.name(), endpoint.name(), told);
            node.services().settle();
            return attached;
        }
    }

    /**
     * Makes an endpoint behind another VTEP known.
     *
     * @throws IllegalArgumentException if an address is not of this network, or the VTEP is missing or of another IP version than ours
     * @throws IllegalStateException if the name or an address is taken, or the network is closed
     */
    public RemoteEndpoint remote(RemoteSpec remote) {
        synchronized (node.lock()) {
            IpAddress vtep = requireVtep(remote);
            if (remote.addresses().isEmpty()) {
                throw new IllegalArgumentException(
                        "endpoint \"" + remote.name() + "\" has no address: give one out of " + spec.subnets());
            }
            requireFree(remote.name(), remote.addresses());
            var known = new RemoteEndpoint(this, remote);
            remotes.put(remote.name(), known);
            node.publish(table -> {
                MacAddress mac = remote.mac();
                var route = mac == null ? new Route.Remote(vtep) : new Route.Remote(vtep, mac.bits());
                for (IpAddress address : remote.addresses()) {
                    owners.put(address, remote.name());
                    table.putRoute(vni, address, route);
                }
            });
            node.peers().taken(vni, remote.addresses());
            node.addresses().know(spec.name(), remote.name(), remote.addresses());
            node.services().attached("", remote.name(), recordOf(remote));
            node.services().settle();
            return known;
        }
    }

    /** For names alone. */
    private EndpointRecord recordOf(RemoteSpec remote) {
        List<IpAddress> some =
                remote.addresses().stream().limit(EndpointRecord.MAX_ADDRESSES).toList();
        return new EndpointRecord(vni, 0, some);
    }

    /**
     * Offers a service: of the cluster, if it has one of that name; else a new one, whose virtual IPs come from the network's owner unless they are given.
     * Waits for that up to some seconds.
     *
     * @throws IllegalArgumentException if a virtual IP cannot be one of this network's
     * @throws IllegalStateException if this node offers it already, the cluster's service of that name is not what is asked for, a virtual IP is
     *     taken or none is free, or the network is closed
     * @throws IOException if the network's owner does not answer; nothing is left behind then
     */
    public OverlayService service(ServiceSpec service) throws IOException {
        return services.add(service);
    }

    /** What there is of services: those that are known, and who stands behind them. */
    public NetworkServices services() {
        return services;
    }

    /** Null if there is none here. Under the node's lock. */
    @Nullable
    Endpoint endpoint(String name) {
        return endpoints.get(name);
    }

    void detach(Endpoint endpoint) throws IOException {
        synchronized (node.lock()) {
            if (!endpoints.remove(endpoint.spec().name(), endpoint)) {
                return;
            }
            ClusterMember cluster = node.clusterMember();
            if (cluster != null) {
                cluster.withdraw(vni, endpoint.spec().name());
            }
            node.names().detached(endpoint);
            node.services().detached(node.name(), endpoint.spec().name(), endpoint.record());
            node.services().renew(); // before its routes go: no new flow is to go where there is none
            forget(endpoint.spec().addresses());
            try {
                node.devices().release(endpoint.device());
            } finally {
                node.addresses().detach(spec.name(), endpoint.spec().name());
                node.services().settle();
            }
        }
    }

    void forget(RemoteEndpoint remote) {
        synchronized (node.lock()) {
            if (remotes.remove(remote.spec().name(), remote)) {
                node.services().detached("", remote.spec().name(), recordOf(remote.spec()));
                forget(remote.spec().addresses());
                node.addresses().detach(spec.name(), remote.spec().name());
                node.services().settle();
            }
        }
    }

    private void forget(List<IpAddress> addresses) {
        node.publish(table -> {
            for (IpAddress address : addresses) {
                owners.remove(address);
                table.removeRoute(vni, address);
            }
            node.peers().released(vni, addresses);
            node.peers().settle(table);
        });
    }

    /** What the data path is to know of the network itself, before any endpoint. */
    void announce(ForwardingTable.Edit table) {
        table.putNetwork(new ForwardingTable.Network(vni, mtu, spec.isEncrypted(), gateway(true), gateway(false)));
        for (Cidr subnet : spec.subnets()) {
            table.putRoute(vni, gatewayOf(subnet), new Route.Gateway());
            if (subnet.base().isIpv4()) {
                table.putRoute(vni, subnet.last(), new Route.Drop(DropReason.MULTICAST));
            }
        }
        node.peers().settle(table);
    }

    private void withdraw(ForwardingTable.Edit table) {
        node.peers().closed(vni, table);
        for (Cidr subnet : spec.subnets()) {
            table.removeRoute(vni, gatewayOf(subnet));
            table.removeRoute(vni, subnet.last());
        }
        table.removeNetwork(vni);
    }

    /** Where the node answers. */
    List<IpAddress> gateways() {
        return spec.subnets().stream().map(OverlayNetwork::gatewayOf).toList();
    }

    /** Those that an endpoint reaches: it needs an address of the same subnet. */
    private List<IpAddress> gatewaysOf(EndpointSpec endpoint) {
        return endpoint.addresses().stream()
                .flatMap(address -> spec.subnetOf(address).stream())
                .map(OverlayNetwork::gatewayOf)
                .toList();
    }

    private @Nullable IpAddress gateway(boolean ipv4) {
        return spec.subnets().stream()
                .filter(subnet -> subnet.base().isIpv4() == ipv4)
                .map(OverlayNetwork::gatewayOf)
                .findFirst()
                .orElse(null);
    }

    private static IpAddress gatewayOf(Cidr subnet) {
        return subnet.address(1);
    }

    private IpAddress requireVtep(RemoteSpec remote) {
        IpAddress vtep = remote.vtep();
        if (vtep == null) {
            throw new IllegalArgumentException(
                    "endpoint \"" + remote.name() + "\" has no VTEP: give the underlay address it lives behind");
        }
        if (vtep.toInetAddress().isMulticastAddress() || vtep.toInetAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException(
                    "endpoint \"" + remote.name() + "\": VTEP " + vtep + " is not the address of one host");
        }
        IpAddress own = node.dataPath();
        if (vtep.equals(own)) {
            throw new IllegalArgumentException("endpoint \"" + remote.name() + "\": VTEP " + vtep
                    + " is this node's own: attach the endpoint instead");
        }
        if (vtep.isIpv4() != own.isIpv4()) {
            throw new IllegalArgumentException("endpoint \"" + remote.name() + "\": VTEP " + vtep
                    + " and the node's data-path address " + own + " are of different IP versions");
        }
        return vtep;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("network \"" + spec.name() + "\" is closed");
        }
    }

    private void requireFree(String name, List<IpAddress> addresses) {
        requireOpen();
        if (endpoints.containsKey(name) || remotes.containsKey(name)) {
            throw new IllegalStateException("network \"" + spec.name() + "\" has an endpoint \"" + name + "\" already");
        }
        for (IpAddress address : addresses) {
            String whose = "endpoint \"" + name + "\"";
            requireOwn(whose, address);
            String owner = owners.get(address);
            if (owner != null) {
                throw new IllegalStateException(
                        whose + ": address " + address + " is taken by endpoint \"" + owner + "\"");
            }
            NameInNetwork service = node.services().definitions().ownerOf(vni, address);
            if (service != null) {
                throw new IllegalStateException(
                        whose + ": address " + address + " is the VIP of service \"" + service.folded() + "\"");
            }
        }
    }

    /** Whether an address can be an endpoint's of this network, or a service's. */
    void requireOwn(String whose, IpAddress address) {
        Cidr subnet = spec.subnetOf(address)
                .orElseThrow(() -> new IllegalArgumentException(whose + ": address " + address + " is not in network \""
                        + spec.name() + "\", whose subnets are " + spec.subnets()));
        String taker = specialUse(address, subnet);
        if (taker != null) {
            throw new IllegalArgumentException(whose + ": address " + address + " is " + taker + " (" + subnet + ")");
        }
    }

    /** Whether an endpoint has the address, here or behind another VTEP. Under the node's lock. */
    boolean isTaken(IpAddress address) {
        return owners.containsKey(address) || node.peers().isClaimed(vni, address);
    }

    OverlayNode node() {
        return node;
    }

    /** What its names are answered like. */
    ZoneSpec zone() {
        return zone;
    }

    /** What an address of the subnet is for that no endpoint can have; null for all others. */
    private static @Nullable String specialUse(IpAddress address, Cidr subnet) {
        return address.equals(gatewayOf(subnet))
                ? "the network's gateway"
                : address.equals(subnet.base())
                        ? "the subnet's own"
                        : address.isIpv4() && address.equals(subnet.last()) ? "the subnet's broadcast address" : null;
    }

    /** For gossip: which addresses are an endpoint's to have, and which one here has, or one made known by hand. Under the node's lock. */
    GossipedPeers.Addresses addresses() {
        return new GossipedPeers.Addresses() {
            @Override
            public boolean admits(IpAddress address) {
                return spec.subnetOf(address)
                        .filter(subnet -> specialUse(address, subnet) == null)
                        .isPresent();
            }

            @Override
            public boolean isTaken(IpAddress address) {
                return owners.containsKey(address);
            }
        };
    }

    /** Detaches all endpoints, the last one first, and forgets the network. Idempotent. */
    @Override
    public void close() throws IOException {
        synchronized (node.lock()) {
            if (closed) {
                return;
            }
            closed = true;
            services.close();
            for (RemoteEndpoint remote : List.copyOf(remotes.values())) {
                forget(remote);
            }
            IOException failure = null;
            for (Endpoint endpoint : new ArrayList<>(endpoints.values()).reversed()) {
                try {
                    detach(endpoint);
                } catch (IOException e) {
                    failure = e;
                }
            }
            node.names().closed(vni);
            node.services().closed(vni);
            node.publish(this::withdraw);
            node.forget(this);
            node.addresses().close(spec.name());
            node.services().settle();
            if (failure != null) {
                throw failure;
            }
        }
    }
}
