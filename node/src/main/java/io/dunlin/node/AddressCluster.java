package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Vni;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;

/** The cluster, as far as addresses are concerned. */
interface AddressCluster {
    /** A node by itself. */
    AddressCluster ALONE = new AddressCluster() {
        @Override
        public Collection<Row> networks() {
            return List.of();
        }

        @Override
        public SortedSet<Row> endpoints(Vni vni) {
            return Collections.emptySortedSet();
        }

        @Override
        public SortedSet<Row> services(Vni vni) {
            return Collections.emptySortedSet();
        }

        @Override
        public boolean isAlive(String node) {
            return false;
        }

        @Override
        public boolean hasLeft(String node) {
            return false;
        }

        @Override
        public int others() {
            return 0;
        }

        @Override
        public void send(String node, Bytes message) {}

        @Override
        public void announce(String network, NetworkRecord record) {}

        @Override
        public void withdraw(String network) {}
    };

    /** Rows of {@link NetworkRecord} of the nodes that are alive; the same object as long as nothing changed. */
    Collection<Row> networks();

    /** Rows of {@link EndpointRecord} of a network, of the nodes that are alive. */
    SortedSet<Row> endpoints(Vni vni);

    /** Rows of {@link ServiceRecord} of a network, of the nodes that are alive. */
    SortedSet<Row> services(Vni vni);

    boolean isAlive(String node);

    /** Whether it said goodbye. */
    boolean hasLeft(String node);

    /** How many other members are alive. */
    int others();

    /** Sends a message to a node by a stream; it may be lost, or come twice. */
    void send(String node, Bytes message);

    /** Tells all of a network that this node takes part in. */
    void announce(String network, NetworkRecord record);

    void withdraw(String network);
}
