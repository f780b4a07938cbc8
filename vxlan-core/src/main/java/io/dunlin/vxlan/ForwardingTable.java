package io.dunlin.vxlan;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of its networks: (VNI, inner address) → {@link Route}. An immutable snapshot: a change makes a new one, which the
 * data path picks up at its next batch. Lookups allocate nothing and take about the same time at ten and at a million entries; a change
 * costs some tens of microseconds at a million (see {@link AddressMap}).
 *
 * <p>It also knows which VTEPs take part in which network: those that some address of the network is routed to. Nobody else is heard.
 */
public final class ForwardingTable {
    private static final ForwardingTable EMPTY =
            new ForwardingTable(AddressMap.empty(), AddressMap.empty(), AddressMap.empty());

    private final AddressMap<Network> networks;
    private final AddressMap<Route> routes;
    private final AddressMap<Vtep> vteps;

    private ForwardingTable(AddressMap<Network> networks, AddressMap<Route> routes, AddressMap<Vtep> vteps) {
        this.networks = networks;
        this.routes = routes;
        this.vteps = vteps;
    }

    /**
     * A network as the data path sees it.
     *
     * @param vni its identifier
     * @param mtu the largest inner IP packet, in bytes
     * @param isEncrypted whether its packets leave sealed only, and arrive sealed only
     * @param gatewayIpv4 the gateway address; null without an IPv4 subnet
     * @param gatewayIpv6 the gateway address; null without an IPv6 subnet
     */
    public record Network(
            Vni vni,
            int mtu,
            boolean isEncrypted,
            @Nullable IpAddress gatewayIpv4,
            @Nullable IpAddress gatewayIpv6) {}

    /**
     * A VTEP that takes part in a network.
     *
     * @param shared what its routes are where endpoints have no MAC of their own: one object, as it need not be more
     * @param routes how many lead to it
     */
    private record Vtep(Route.Remote shared, int routes) {}

    public static ForwardingTable empty() {
        return EMPTY;
    }

    /** The network with that VNI; null if there is none on this node. */
    public @Nullable Network network(int vni) {
        return networks.get(vni, 0, 0);
    }

    /** The route to an address of a network, given as {@link IpAddress#high} and {@link IpAddress#low}; null if there is none. */
    public @Nullable Route route(int vni, long high, long low) {
        return routes.get(vni, high, low);
    }

    /** Whether the VTEP with that underlay address takes part in the network. */
    public boolean isVtep(int vni, long high, long low) {
        return vteps.get(vni, high, low) != null;
    }

    /** Addresses of all networks that have a route. */
    public int size() {
        return routes.size();
    }

    /** A table with changes applied to this one, as one step. */
    public ForwardingTable with(Consumer<Edit> changes) {
        var edit = new Edit();
        changes.accept(edit);
        return edit.commit();
    }

    /** Changes to a table. Not thread-safe; of use only inside {@link #with}. */
    public final class Edit {
        private final AddressMap.Edit<Network> networkEdit = networks.edit();
        private final AddressMap.Edit<Route> routeEdit = routes.edit();
        private final AddressMap.Edit<Vtep> vtepEdit = vteps.edit();

        private Edit() {}

        public void putNetwork(Network network) {
            networkEdit.put(network.vni().value(), 0, 0, network);
        }

        /** Removes the network; its routes are to be removed by who put them. */
        public void removeNetwork(Vni vni) {
            networkEdit.remove(vni.value(), 0, 0);
        }

        public void putRoute(Vni vni, IpAddress address, Route route) {
            forget(vni, address);
            Route kept = route instanceof Route.Remote remote ? count(vni, remote, 1) : route;
            routeEdit.put(vni.value(), address.high(), address.low(), kept);
        }

        public void removeRoute(Vni vni, IpAddress address) {
            forget(vni, address);
            routeEdit.remove(vni.value(), address.high(), address.low());
        }

        private void forget(Vni vni, IpAddress address) {
            if (routeEdit.get(vni.value(), address.high(), address.low()) instanceof Route.Remote before) {
                count(vni, before, -1);
            }
        }

        /** Counts a route to a VTEP that comes or goes, and returns it, or the shared one that is equal. */
        private Route.Remote count(Vni vni, Route.Remote route, int change) {
            IpAddress to = route.vtep();
            Vtep before = vtepEdit.get(vni.value(), to.high(), to.low());
            Route.Remote shared = before == null ? new Route.Remote(to) : before.shared();
            int after = (before == null ? 0 : before.routes()) + change;
            if (after == 0) {
                vtepEdit.remove(vni.value(), to.high(), to.low());
            } else {
                vtepEdit.put(vni.value(), to.high(), to.low(), new Vtep(shared, after));
            }
            return route.announcedMac() == 0 ? shared : route;
        }

        private ForwardingTable commit() {
            return new ForwardingTable(networkEdit.commit(), routeEdit.commit(), vtepEdit.commit());
        }
    }
}
