package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.vxlan.InnerMtu;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What no part of a node's file shows by itself: things taken twice, addresses that lie outside, an MTU that does not fit. Subnets of
 * different networks may overlap, for the VNI keeps them apart.
 */
final class PlanCheck {
    /** RFC 8200 section 5. */
    private static final int IPV6_MINIMUM_MTU = 1280;

    private final NodePlan plan;
    private final Map<String, String> devices = new HashMap<>();

    private PlanCheck(NodePlan plan) {
        this.plan = plan;
    }

    /** @throws BadInput with the first thing that is wrong, in the order of the file */
    static void check(NodePlan plan) {
        new PlanCheck(plan).check();
    }

    private void check() {
        associations();
        var names = new HashMap<String, String>();
        var vnis = new HashMap<Integer, String>();
        for (var network : plan.networks()) {
            String name = network.spec().name();
            if (names.put(name, name) != null) {
                throw new BadInput(
                        network.place() + "network \"" + name + "\" is there already: give each its own name");
            }
            @Nullable Vni vni = network.spec().vni();
            String other = vni == null ? null : vnis.put(vni.value(), name);
            if (other != null) {
                throw new BadInput(network.place() + "VNI " + vni + " of network \"" + name
                        + "\" is taken by network \"" + other + "\": give each network its own");
            }
            subnets(network);
            mtu(network);
            attachments(network);
        }
    }

    private void associations() {
        for (var each : plan.associations().outbound()) {
            IpAddress peer = each.vtep();
            IpAddress own = dataPath();
            if (peer.equals(own) || peer.isIpv4() != own.isIpv4()) {
                throw new BadInput(
                        plan.place() + "associations: peer " + peer + " cannot be reached from the data-path address "
                                + own + ": give another host's, both IPv4 or both IPv6");
            }
        }
    }

    private void subnets(NodePlan.Network network) {
        for (Cidr subnet : network.spec().subnets()) {
            IpAddress own = dataPath();
            if (subnet.contains(own)) {
                throw new BadInput(network.place() + "subnet " + subnet + " contains the data-path address " + own
                        + ": the overlay's addresses must differ from the underlay's");
            }
        }
    }

    private void mtu(NodePlan.Network network) {
        int underlay = plan.node().underlayMtu();
        if (underlay == 0) {
            return; // the node asks the interface, and checks then
        }
        var spec = network.spec();
        int overhead = InnerMtu.overhead(underlay, dataPath().isIpv4(), spec.isEncrypted());
        if (spec.mtu() > underlay - overhead) {
            throw new BadInput(network.place() + "inner MTU " + spec.mtu() + " does not fit: underlay " + underlay
                    + " − " + overhead + " leaves " + (underlay - overhead));
        }
        for (Cidr subnet : spec.subnets()) {
            if (!subnet.base().isIpv4() && underlay - overhead < IPV6_MINIMUM_MTU) {
                throw new BadInput(network.place() + "underlay MTU " + underlay + " − " + overhead + " leaves "
                        + (underlay - overhead) + ", less than the " + IPV6_MINIMUM_MTU + " that IPv6 (" + subnet
                        + ") needs");
            }
        }
    }

    private void attachments(NodePlan.Network network) {
        var names = new HashSet<String>();
        var addresses = new HashMap<IpAddress, String>();
        for (var endpoint : network.endpoints()) {
            String name = endpoint.spec().name();
            name(network, endpoint.place(), "endpoint", name, name, names);
            addresses(
                    network, endpoint.place(), "endpoint", name, endpoint.spec().addresses(), addresses);
            device(endpoint);
            routes(endpoint);
        }
        for (var remote : network.remotes()) {
            String name = remote.spec().name();
            if (remote.spec().addresses().isEmpty()) {
                throw new BadInput(
                        remote.place() + "endpoint \"" + name + "\" has no address (like addresses: [10.0.0.2])");
            }
            name(network, remote.place(), "endpoint", name, name, names);
            addresses(network, remote.place(), "endpoint", name, remote.spec().addresses(), addresses);
            vtep(remote);
        }
        services(network, addresses);
    }

    /** A service may have an endpoint's name, but not its address. */
    private static void services(NodePlan.Network network, Map<IpAddress, String> addresses) {
        var names = new HashSet<String>();
        for (var service : network.services()) {
            String name = service.spec().name();
            name(network, service.place(), "service", name, name.toLowerCase(Locale.ROOT), names);
            addresses(network, service.place(), "service", name, service.spec().vips(), addresses);
        }
    }

    private static void name(
            NodePlan.Network network, String place, String kind, String name, String same, Set<String> names) {
        if (!names.add(same)) {
            throw new BadInput(place + kind + " \"" + name + "\" is there already in network \""
                    + network.spec().name() + "\": give each its own name");
        }
    }

    /** @param all taken ones, and whose they are */
    private static void addresses(
            NodePlan.Network network,
            String place,
            String kind,
            String name,
            List<IpAddress> own,
            Map<IpAddress, String> all) {
        String whose = kind + " \"" + name + "\"";
        for (IpAddress address : own) {
            String other = all.put(address, whose);
            if (other != null) {
                throw new BadInput(place + "address " + address + " of " + whose + " is taken by " + other);
            }
            if (network.spec().subnets().isEmpty()) {
                continue; // they come from the pool, and the node checks then
            }
            @Nullable
            Cidr subnet = network.spec().subnets().stream()
                    .filter(candidate -> candidate.contains(address))
                    .findFirst()
                    .orElse(null);
            if (subnet == null) {
                throw new BadInput(place + "address " + address + " is outside the subnets "
                        + network.spec().subnets() + " of network \""
                        + network.spec().name() + "\"");
            }
            if (address.equals(subnet.address(1))) {
                throw new BadInput(place + "address " + address + " is the gateway of " + subnet + ": " + kind
                        + "s begin at " + subnet.address(2));
            }
            if (address.equals(subnet.base()) || (address.isIpv4() && address.equals(subnet.last()))) {
                throw new BadInput(place + "address " + address + " is the "
                        + (address.equals(subnet.base()) ? "first" : "broadcast") + " address of " + subnet
                        + ", which no " + kind + " can have");
            }
        }
    }

    private void device(NodePlan.Endpoint endpoint) {
        var spec = endpoint.spec();
        String where = switch (spec.place()) {
            case EndpointSpec.Place.NamespacePath(var path) -> "namespace " + path;
            case EndpointSpec.Place.NamespacePid(long pid) -> "the namespace of process " + pid;
            case EndpointSpec.Place.OwnNamespace() -> "the node's own namespace";
            case EndpointSpec.Place.InMemory() -> "memory";
        };
        String other = devices.put(where + " " + spec.device(), spec.name());
        if (other != null) {
            throw new BadInput(endpoint.place() + "device " + spec.device() + " in " + where
                    + " is taken by endpoint \"" + other + "\": give one of them another \"device\"");
        }
    }

    private static void routes(NodePlan.Endpoint endpoint) {
        for (Cidr route : endpoint.spec().routes()) {
            boolean ipv4 = route.base().isIpv4();
            if (!endpoint.spec().addresses().isEmpty()
                    && endpoint.spec().addresses().stream().noneMatch(address -> address.isIpv4() == ipv4)) {
                throw new BadInput(endpoint.place() + "route " + route + " needs an " + (ipv4 ? "IPv4" : "IPv6")
                        + " address, and endpoint \"" + endpoint.spec().name() + "\" has "
                        + endpoint.spec().addresses());
            }
        }
    }

    private void vtep(NodePlan.Remote remote) {
        @Nullable IpAddress vtep = remote.spec().vtep();
        IpAddress own = dataPath();
        if (vtep == null) {
            throw new BadInput(remote.place() + "\"vtep\" is missing (like vtep: 192.168.39.2)");
        }
        if (vtep.equals(own)) {
            throw new BadInput(
                    remote.place() + "VTEP " + vtep + " is this node's own data-path address: write the endpoint under"
                            + " \"endpoints\", or name the VTEP it lives behind");
        }
        if (vtep.isIpv4() != own.isIpv4()) {
            throw new BadInput(remote.place() + "VTEP " + vtep + " cannot be reached from the data-path address " + own
                    + ": both must be IPv4 or both IPv6");
        }
    }

    private IpAddress dataPath() {
        @Nullable IpAddress address = plan.node().dataPath();
        if (address == null) {
            throw new IllegalStateException(NodeConfig.class.getSimpleName() + " without a data path");
        }
        return address;
    }
}
