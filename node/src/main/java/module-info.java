/** An overlay node to embed in a program: {@link io.dunlin.node.OverlayNode} is where to begin. */
module io.dunlin.node {
    requires transitive io.dunlin.gossip;
    requires transitive io.dunlin.ipam;
    requires transitive io.dunlin.ipsec;
    requires transitive io.dunlin.lb;
    requires transitive io.dunlin.vxlan;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.dunlin.node;
}
