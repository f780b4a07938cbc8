package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link ClusterKeys} sees of a node: its cluster, and what that gives it to encrypt by. Any thread. */
final class KeyedNode implements ClusterKeys.Node {
    private final OverlayNode node;
    private final ClusterMember member;

    KeyedNode(OverlayNode node, ClusterMember member) {
        this.node = node;
        this.member = member;
    }

    @Override
    public List<Row> nodes() {
        return member.nodes();
    }

    @Override
    public boolean isGone(String name) {
        return member.isGone(name);
    }

    @Override
    public @Nullable IpAddress vtepOf(String name) {
        synchronized (node.lock()) {
            return node.peers().vtepOf(name);
        }
    }

    @Override
    public void send(String name, Bytes message) {
        member.send(name, message);
    }

    @Override
    public void turnGossipKeys(List<byte[]> newestFirst) {
        member.turnKeys(newestFirst);
    }

    @Override
    public long sealedByGossipKey() {
        return member.sealedByNewestKey();
    }

    @Override
    public void associate(SecurityAssociations associations) throws IOException {
        node.derive(associations);
    }
}
