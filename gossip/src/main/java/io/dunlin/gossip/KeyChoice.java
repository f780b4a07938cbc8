package io.dunlin.gossip;

import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.TurningKeys;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * By which key a member is spoken to. Null is the primary key of the ring, by which all are spoken to that have not said that they have a better
 * one, or that are known by their address alone.
 */
final class KeyChoice {
    private final @Nullable TurningKeys keys;
    private final MemberTable table;

    /** @param keys null where nothing is encrypted */
    KeyChoice(@Nullable TurningKeys keys, MemberTable table) {
        this.keys = keys;
        this.table = table;
    }

    KeyRing.@Nullable Key of(NodeState member) {
        return keys == null ? null : keys.keyFor(member.meta());
    }

    /** The same of a member by that name, if it is there that it is reached. */
    KeyRing.@Nullable Key of(String name, InetSocketAddress address) {
        NodeState known = table.get(name);
        return known == null || !known.address().equals(address) ? null : of(known);
    }
}
