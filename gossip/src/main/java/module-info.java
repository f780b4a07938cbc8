/**
 * Membership and eventually consistent tables for thousands of nodes, on the wire of hashicorp/memberlist. Stands alone: it needs none of
 * the other modules.
 */
module io.dunlin.gossip {
    requires static transitive org.jspecify;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;
    requires org.pcollections;
    requires org.slf4j;

    exports io.dunlin.gossip;
    exports io.dunlin.gossip.transport;
    exports io.dunlin.gossip.wire;
}
