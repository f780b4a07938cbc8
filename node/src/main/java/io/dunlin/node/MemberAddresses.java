package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.Table;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.vxlan.wire.Vni;
import java.util.Collection;
import java.util.SortedSet;

/** The cluster that a {@link ClusterMember} is part of, as far as addresses are concerned. */
final class MemberAddresses implements AddressCluster {
    private final ClusterMember member;
    private final Table networks;
    private final Table endpoints;
    private final Table services;
    private final Table nodes;

    MemberAddresses(ClusterMember member) {
        this.member = member;
        this.networks = member.table(NetworkRecord.TABLE);
        this.endpoints = member.table(EndpointRecord.TABLE);
        this.services = member.table(ServiceRecord.TABLE);
        this.nodes = member.table(NodeRecord.TABLE);
    }

    @Override
    public Collection<Row> networks() {
        return networks.rows();
    }

    @Override
    public SortedSet<Row> endpoints(Vni vni) {
        return ofNetwork(endpoints, vni);
    }

    @Override
    public SortedSet<Row> services(Vni vni) {
        return ofNetwork(services, vni);
    }

    private static SortedSet<Row> ofNetwork(Table table, Vni vni) {
        return table.rows().subSet(bound(RowKey.first(vni)), bound(RowKey.behind(vni)));
    }

    /** Stands before all rows of the key. */
    private static Row bound(String key) {
        return new Row("", key, Bytes.EMPTY, "", -1, 0);
    }

    @Override
    public boolean isAlive(String node) {
        return nodes.rows(node).stream().anyMatch(row -> row.owner().equals(node));
    }

    @Override
    public boolean hasLeft(String node) {
        return member.hasLeft(node);
    }

    @Override
    public int others() {
        return member.members() - 1;
    }

    @Override
    public void send(String node, Bytes message) {
        member.sendReliably(node, message);
    }

    @Override
    public void announce(String network, NetworkRecord record) {
        member.announce(network, record);
    }

    @Override
    public void withdraw(String network) {
        var _ = networks.remove(network);
    }
}
