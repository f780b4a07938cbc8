package io.dunlin.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks that a node takes part in, in the order they were made. Under the node's lock. */
final class NodeNetworks {
    private final OverlayNode node;
    private final NodeEncryption encryption;
    private final Map<String, OverlayNetwork> networks = new LinkedHashMap<>();

    NodeNetworks(OverlayNode node, DataPaths dataPaths) {
        this.node = node;
        this.encryption = new NodeEncryption(node, dataPaths, this::isEncrypting);
    }

    NodeEncryption encryption() {
        return encryption;
    }

    private boolean isEncrypting() {
        return networks.values().stream().anyMatch(network -> network.spec().isEncrypted());
    }

    List<OverlayNetwork> all() {
        return List.copyOf(networks.values());
    }

    /** @throws IllegalStateException if the node takes part in a network of that name or VNI */
    void requireNew(NetworkSpec spec) {
        for (OverlayNetwork other : networks.values()) {
            if (other.spec().name().equals(spec.name())) {
                throw new IllegalStateException(
                        "node \"" + node.name() + "\" has a network \"" + spec.name() + "\" already");
            }
            if (other.vni().equals(spec.vni())) {
                throw new IllegalStateException("network \"" + spec.name() + "\": VNI " + spec.vni()
                        + " is taken by network \"" + other.spec().name() + "\"");
            }
        }
    }

    /**
     * Takes part in a network, with what is known of it.
     *
     * @param spec that lacks nothing, and is new
     */
    OverlayNetwork add(NetworkSpec spec) {
        var network = new OverlayNetwork(
                node,
                spec,
                NetworkMtu.of(spec, node.underlayMtu(), node.dataPath().isIpv4()));
        if (spec.isEncrypted()) {
            var _ = encryption.engine(); // before anything is done: this machine may lack the one that was asked for
        }
        networks.put(spec.name(), network);
        if (spec.isEncrypted()) {
            adoptDerived(spec);
        }
        node.peers().opened(network.vni(), network.addresses());
        node.names().opened(network.vni(), network.gateways());
        node.publish(network::announce);
        node.services().opened(network.vni(), network.zone(), network.addresses());
        node.services().settle();
        return network;
    }

    /** A node that had no encrypted network may know its cluster's keys already. */
    private void adoptDerived(NetworkSpec spec) {
        try {
            encryption.adopt();
        } catch (IOException e) {
            networks.remove(spec.name());
            throw new IllegalStateException("network \"" + spec.name() + "\": " + e.getMessage(), e);
        }
    }

    /** It is closed. */
    void forget(OverlayNetwork network) {
        networks.remove(network.spec().name(), network);
    }

    /** Elder services than those of this node may have been heard of. For the next {@link KnownServices#settle}. */
    void reviseServices() {
        networks.values().forEach(network -> network.services().revise());
    }

    /** Which backends here are to be asked whether they serve may be others now. For the next {@link KnownServices#settle}. */
    void reviseHealth(HealthChecks health) {
        var asked = new HashMap<EndpointHealth, HealthCheck>();
        networks.values().forEach(network -> network.services().reviseHealth(asked));
        health.revise(asked);
    }

    /**
     * Closes all, the last one first.
     *
     * @throws IOException if one could not be closed as it should; all are closed
     */
    void close() throws IOException {
        IOException failure = null;
        for (OverlayNetwork network : new ArrayList<>(networks.values()).reversed()) {
            try {
                network.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
