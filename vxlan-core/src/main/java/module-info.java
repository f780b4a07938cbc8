/**
 * The data path of an overlay network: packets in batches, wire formats, forwarding table, VXLAN encapsulation, and the TUN devices and
 * UDP sockets they move through.
 */
module io.dunlin.vxlan {
    requires static transitive org.jspecify;

    exports io.dunlin.vxlan;
    exports io.dunlin.vxlan.io;
    exports io.dunlin.vxlan.io.linux;
    exports io.dunlin.vxlan.packet;
    exports io.dunlin.vxlan.wire;
}
