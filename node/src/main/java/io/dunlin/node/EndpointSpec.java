package io.dunlin.node;

import io.dunlin.lb.Backend;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint on this node as it is asked for: one attachment of a workload to a network. Immutable; each method returns a changed copy.
 *
 * @param name the endpoint's name, unique in its network
 * @param addresses its addresses, out of the network's subnets, at most one of each IP version. None: one of each subnet, from its owner
 * @param device the name of the interface in the workload's namespace, 1 to 15 characters
 * @param place where its packets come from and go to
 * @param routes further destinations reached through the interface; the network's own subnets always are
 * @param service the name of the service that it stands behind, whether that is there already or not; null: none
 * @param weight its share of the service's new flows next to the other backends', 1 to {@value Backend#MAX_WEIGHT}
 */
public record EndpointSpec(
        String name,
        List<IpAddress> addresses,
        String device,
        Place place,
        List<Cidr> routes,
        @Nullable String service,
        int weight) {
    /** Name of the interface unless another is asked for. */
    public static final String DEFAULT_DEVICE = "dunlin0";

    /** Where an endpoint's packets come from and go to. */
    public sealed interface Place {
        /** A TUN device in the network namespace that the path names, such as {@code /run/netns/web1}. */
        record NamespacePath(Path path) implements Place {}

        /** A TUN device in the network namespace of a process. */
        record NamespacePid(long pid) implements Place {}

        /** A TUN device in the namespace that the node itself runs in. */
        record OwnNamespace() implements Place {}

        /** No device: the embedding program reads and writes IP packets. Needs no privilege. */
        record InMemory() implements Place {}
    }

    public EndpointSpec {
        Names.check("endpoint", name);
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        if (!device.matches("[^\\s/:]{1,15}") || device.equals(".") || device.equals("..")) {
            throw new IllegalArgumentException("endpoint \"" + name + "\": device name \"" + device
                    + "\": allowed are 1 to 15 characters without blanks, slashes and colons");
        }
        if (addresses.size() > 2
                || addresses.size() == 2
                        && addresses.get(0).isIpv4() == addresses.get(1).isIpv4()) {
            throw new IllegalArgumentException(
                    "endpoint \"" + name + "\": addresses " + addresses + ": at most one of each IP version");
        }
        if (service != null) {
            Names.check("service", service);
        }
        if (weight < 1 || weight > Backend.MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "endpoint \"" + name + "\": weight " + weight + ": allowed are 1 to " + Backend.MAX_WEIGHT);
        }
    }

    public static EndpointSpec named(String name) {
        return new EndpointSpec(name, List.of(), DEFAULT_DEVICE, new Place.OwnNamespace(), List.of(), null, 1);
    }

    /** Adds an address. */
    public EndpointSpec address(String address) {
        var all = new ArrayList<>(addresses);
        all.add(IpAddress.parse(address));
        return new EndpointSpec(name, all, device, place, routes, service, weight);
    }

    EndpointSpec addresses(List<IpAddress> granted) {
        return new EndpointSpec(name, granted, device, place, routes, service, weight);
    }

    public EndpointSpec device(String device) {
        return new EndpointSpec(name, addresses, device, place, routes, service, weight);
    }

    /** A TUN device in the network namespace at {@code path}. */
    public EndpointSpec namespace(String path) {
        return new EndpointSpec(
                name, addresses, device, new Place.NamespacePath(Path.of(path)), routes, service, weight);
    }

    /** A TUN device in the network namespace of the process {@code pid}. */
    public EndpointSpec pid(long pid) {
        return new EndpointSpec(name, addresses, device, new Place.NamespacePid(pid), routes, service, weight);
    }

    /** No device: the program that embeds the node reads and writes the packets, through {@link Endpoint#packets}. */
    public EndpointSpec inMemory() {
        return new EndpointSpec(name, addresses, device, new Place.InMemory(), routes, service, weight);
    }

    /** Stands behind this service. */
    public EndpointSpec service(String service) {
        return new EndpointSpec(name, addresses, device, place, routes, service, weight);
    }

    /** Gets this many times the new flows of a backend with weight 1. */
    public EndpointSpec weight(int weight) {
        return new EndpointSpec(name, addresses, device, place, routes, service, weight);
    }

    /** What it is to its service; null: it has none. */
    @Nullable
    ServiceRole role() {
        return service == null ? null : ServiceRole.of(service, weight);
    }

    /** Adds a destination that is reached through the interface, {@code 0.0.0.0/0} for instance. */
    public EndpointSpec route(String cidr) {
        var all = new ArrayList<>(routes);
        all.add(Cidr.parse(cidr));
        return new EndpointSpec(name, addresses, device, place, all, service, weight);
    }
}
