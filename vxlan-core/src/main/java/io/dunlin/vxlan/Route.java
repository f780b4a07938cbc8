package io.dunlin.vxlan;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;

/** Where a packet for one address of a network goes. */
public sealed interface Route {
    /**
     * To an endpoint on this node.
     *
     * @param mac its MAC address, which frames for it carry
     */
    record Local(PacketDevice device, long mac) implements Route {}

    /**
     * To an endpoint behind another VTEP.
     *
     * @param mac the endpoint's MAC address
     */
    record Remote(IpAddress vtep, long mac) implements Route {}

    /** To the network's gateway address, which the node itself answers, for its own endpoints only. */
    record Gateway() implements Route {}

    /** Nowhere, for a reason of its own. */
    record Drop(DropReason reason) implements Route {}
}
