package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other nodes tell of themselves and of their endpoints, and the routes that follow. Rows go in by {@link #apply}; {@link #settle}
 * writes the routes that changed since. Under the node's lock.
 *
 * <ul>
 *   <li>A route needs both rows of its owner: the node's, for the VTEP, and the endpoint's.
 *   <li>An endpoint of this node, or one that was made known by hand, goes before what is gossiped.
 *   <li>Of several owners that claim an address the longest-standing has it, by the generation of its row, then by name: the same at every
 *       node. When it gives the address up the next one has it.
 *   <li>What a failed node had stays: it may be our own control plane that is cut off, and the data path may be whole. But whoever is there
 *       and claims the address takes it from one that failed.
 * </ul>
 */
final class GossipedPeers {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String localName;
    private final IpAddress dataPath;
    private final int port;
    private final EndpointWatcher watcher;

    private final Map<String, Peer> peers = new HashMap<>();
    private final AddressClaims claims = new AddressClaims();
    private final Map<Vni, Addresses> networks = new HashMap<>();
    private final Set<Place> changed = new LinkedHashSet<>();
    private final SaidOnce said = new SaidOnce();
    private final Refusals refusals;
    private long conflicts;

    /** What a network of this node says of an address. */
    interface Addresses {
        /** Whether an endpoint of this network can have it. */
        boolean admits(IpAddress address);

        /** Whether an endpoint here has it, or one that was made known by hand. */
        boolean isTaken(IpAddress address);
    }

    /** Who wants to know of endpoints behind other VTEPs. Under the node's lock. */
    interface EndpointWatcher {
        /** There is an endpoint, or what was said of one is taken up in another way; its node can be reached, or could before it failed. */
        void entered(Claim claim);

        void left(Claim claim);
    }

    private record Place(Vni vni, IpAddress address) {}

    /** A node that told something of itself or its endpoints. */
    private static final class Peer {
        /** Where its endpoints are reached; null: it did not say, or nothing that can be used. */
        @Nullable
        IpAddress vtep;

        /** It failed, and its own row with it. */
        boolean isHeld;

        final Map<String, Claim> endpoints = new HashMap<>();
    }

    /**
     * @param localName the node's own name, whose rows are passed over
     * @param dataPath the node's own address on the underlay
     * @param port of its data path
     */
    GossipedPeers(String localName, IpAddress dataPath, int port, Refusals refusals, EndpointWatcher watcher) {
        this.refusals = refusals;
        this.watcher = watcher;
        this.localName = localName;
        this.dataPath = dataPath;
        this.port = port;
    }

    // ------------------------------------------------------------------ from the tables

    /** Takes a change of one of both tables. */
    void apply(RowChange change) {
        switch (change) {
            case Added(var row) -> put(row);
            case Updated updated -> put(updated.row());
            case Removed(var row, var cause) -> remove(row, cause == Cause.OWNER_FAILED);
        }
    }

    private void put(Row row) {
        if (row.owner().equals(localName)) {
            return;
        }
        Peer peer = peers.computeIfAbsent(row.owner(), _ -> new Peer());
        if (row.table().equals(NodeRecord.TABLE)) {
            if (row.key().equals(row.owner())) {
                peer.isHeld = false;
                moveTo(peer, vtepIn(row));
            } else {
                refusals.refuse(
                        ClusterStats.Refusal.KEY, row.owner(), "the node row \"" + row.key() + "\" is not its own");
            }
        } else {
            replace(peer, row.key(), claimIn(row));
        }
        forgetIfEmpty(row.owner(), peer);
    }

    private void remove(Row row, boolean failed) {
        Peer peer = peers.get(row.owner());
        if (peer == null) {
            return;
        }
        if (!row.table().equals(NodeRecord.TABLE)) {
            Claim before = peer.endpoints.get(row.key());
            replace(peer, row.key(), failed && before != null ? before.held() : null);
        } else if (row.key().equals(row.owner())) {
            peer.isHeld = failed;
            if (!failed) {
                moveTo(peer, null);
            }
        }
        forgetIfEmpty(row.owner(), peer);
    }

    /** The owner's rows of a table that were kept since it failed are no longer to be. */
    void forgot(String table, String owner) {
        Peer peer = peers.get(owner);
        if (peer == null) {
            return;
        }
        if (table.equals(EndpointRecord.TABLE)) {
            for (Claim claim : List.copyOf(peer.endpoints.values())) {
                if (claim.isHeld()) {
                    replace(peer, claim.key(), null);
                }
            }
        } else if (peer.isHeld) {
            peer.isHeld = false;
            moveTo(peer, null);
        }
        forgetIfEmpty(owner, peer);
    }

    /** Where a node's endpoints are reached; null if it did not say, or nothing that can be used. */
    @Nullable
    IpAddress vtepOf(String owner) {
        Peer peer = peers.get(owner);
        return peer == null ? null : peer.vtep;
    }

    private void forgetIfEmpty(String owner, Peer peer) {
        if (peer.vtep == null && peer.endpoints.isEmpty()) {
            peers.remove(owner);
        }
    }

    private @Nullable IpAddress vtepIn(Row row) {
        NodeRecord node = NodeRecord.decode(row.value()).orElse(null);
        if (node == null) {
            refusals.refuse(ClusterStats.Refusal.MALFORMED, row.owner(), "its node row is none");
            return null;
        }
        if (node.port() != port) {
            refusals.refuse(
                    ClusterStats.Refusal.PORT,
                    row.owner(),
                    "its data path is on port " + node.port() + " and ours on " + port + ": they must be the same");
            return null;
        }
        for (IpAddress vtep : node.vteps()) {
            if (isReachable(vtep)) {
                return vtep;
            }
        }
        refusals.refuse(
                ClusterStats.Refusal.VTEP, row.owner(), "no VTEP of " + node.vteps() + " suits ours, " + dataPath);
        return null;
    }

    private boolean isReachable(IpAddress vtep) {
        InetAddress address = vtep.toInetAddress();
        return vtep.isIpv4() == dataPath.isIpv4()
                && !vtep.equals(dataPath)
                && !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && address.isLoopbackAddress() == dataPath.toInetAddress().isLoopbackAddress();
    }

    private @Nullable Claim claimIn(Row row) {
        EndpointRecord endpoint = EndpointRecord.decode(row.value()).orElse(null);
        if (endpoint == null) {
            refusals.refuse(
                    ClusterStats.Refusal.MALFORMED, row.owner(), "its endpoint row \"" + row.key() + "\" is none");
            return null;
        }
        if (!RowKey.isOf(endpoint.vni(), row.key())) {
            refusals.refuse(
                    ClusterStats.Refusal.KEY,
                    row.owner(),
                    "the endpoint row \"" + row.key() + "\" is of VNI " + endpoint.vni());
            return null;
        }
        return new Claim(false, row.generation(), row.owner(), row.key(), endpoint);
    }

    private void moveTo(Peer peer, @Nullable IpAddress vtep) {
        if (vtep == null ? peer.vtep == null : vtep.equals(peer.vtep)) {
            return;
        }
        if (peer.vtep != null) {
            peer.endpoints.values().forEach(this::withdraw);
        }
        peer.vtep = vtep;
        if (vtep != null) {
            peer.endpoints.values().forEach(this::enter);
        }
    }

    private void replace(Peer peer, String key, @Nullable Claim claim) {
        Claim before = claim == null ? peer.endpoints.remove(key) : peer.endpoints.put(key, claim);
        if (peer.vtep == null) {
            return;
        }
        if (before != null) {
            withdraw(before);
        }
        if (claim != null) {
            enter(claim);
        }
    }

    private void withdraw(Claim claim) {
        watcher.left(claim);
        for (IpAddress address : claim.endpoint().addresses()) {
            claims.remove(address, claim);
            changed.add(new Place(claim.endpoint().vni(), address));
        }
    }

    private void enter(Claim claim) {
        watcher.entered(claim);
        Vni vni = claim.endpoint().vni();
        Addresses here = networks.get(vni);
        for (IpAddress address : claim.endpoint().addresses()) {
            Claim rival = claims.add(address, claim);
            if (rival != null) {
                conflict(vni, address, rival.owner(), claim.owner());
            }
            changed.add(new Place(vni, address));
            if (here != null) {
                examine(here, vni, address, claim);
            }
        }
    }

    private void examine(Addresses here, Vni vni, IpAddress address, Claim claim) {
        if (!here.admits(address)) {
            refusals.refuse(
                    ClusterStats.Refusal.ADDRESS,
                    claim.owner(),
                    "no endpoint of VNI " + vni + " can have " + address + ", as its \"" + claim.key() + "\" has");
        } else if (!claim.isHeld() && here.isTaken(address)) {
            conflict(vni, address, localName, claim.owner());
        }
    }

    // ------------------------------------------------------------------ from the node

    /** The node takes part in a network: what is known of it takes effect with the next {@link #settle}. */
    void opened(Vni vni, Addresses network) {
        networks.put(vni, network);
        claims.of(vni).forEach((address, claimants) -> {
            changed.add(new Place(vni, address));
            claimants.forEach(claim -> examine(network, vni, address, claim));
        });
    }

    /** The node leaves a network: removes its gossiped routes. */
    void closed(Vni vni, ForwardingTable.Edit table) {
        settle(table);
        Addresses network = networks.remove(vni);
        if (network != null) {
            for (IpAddress address : claims.of(vni).keySet()) {
                if (network.admits(address) && !network.isTaken(address)) {
                    table.removeRoute(vni, address);
                }
            }
        }
    }

    /** An endpoint of the node took these addresses, or one made known by hand. */
    void taken(Vni vni, List<IpAddress> addresses) {
        for (IpAddress address : addresses) {
            Claim best = claims.best(vni, address);
            if (best != null && !best.isHeld()) {
                conflict(vni, address, localName, best.owner());
            }
        }
    }

    /** Whether somebody else claims the address. */
    boolean isClaimed(Vni vni, IpAddress address) {
        return claims.best(vni, address) != null;
    }

    /** They are free again: whoever claims them has them with the next {@link #settle}. */
    void released(Vni vni, List<IpAddress> addresses) {
        addresses.forEach(address -> changed.add(new Place(vni, address)));
    }

    /** Writes the routes that changed since the last time. */
    void settle(ForwardingTable.Edit table) {
        for (Place place : changed) {
            Addresses network = networks.get(place.vni());
            if (network == null || !network.admits(place.address()) || network.isTaken(place.address())) {
                continue;
            }
            Route.Remote route = route(place);
            if (route == null) {
                table.removeRoute(place.vni(), place.address());
            } else {
                table.putRoute(place.vni(), place.address(), route);
            }
        }
        changed.clear();
    }

    private Route.@Nullable Remote route(Place place) {
        Claim best = claims.best(place.vni(), place.address());
        Peer peer = best == null ? null : peers.get(best.owner());
        if (best == null || peer == null || peer.vtep == null) {
            return null;
        }
        return new Route.Remote(peer.vtep, best.endpoint().mac());
    }

    /** Takes some time where there are many endpoints. */
    ClusterStats stats(int members) {
        int nodes = 0;
        int endpoints = 0;
        for (Peer peer : peers.values()) {
            if (peer.vtep != null) {
                nodes++;
                for (Claim claim : peer.endpoints.values()) {
                    endpoints += networks.containsKey(claim.endpoint().vni()) ? 1 : 0;
                }
            }
        }
        return new ClusterStats(members, nodes, endpoints, conflicts, refusals.counts());
    }

    // ------------------------------------------------------------------ what goes wrong

    private void conflict(Vni vni, IpAddress address, String one, String other) {
        conflicts++;
        String pair = one.compareTo(other) < 0 ? one + " " + other : other + " " + one;
        if (said.isNew(pair)) {
            LOG.warn(
                    "node {}: {} of VNI {} is claimed by both {} and {}; further conflicts of these two are only counted",
                    localName,
                    address,
                    vni,
                    one,
                    other);
        }
    }
}
