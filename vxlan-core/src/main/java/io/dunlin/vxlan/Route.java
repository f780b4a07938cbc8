package io.dunlin.vxlan;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;

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
     * @param announcedMac the endpoint's MAC address if it has one of its own; else 0, and it is {@link MacAddress#ofEndpoint}. So all
     *     endpoints behind a VTEP share a route, which stays in the processor's caches where a route each would not
     */
    record Remote(IpAddress vtep, long announcedMac) implements Route {
        /** To endpoints whose MAC addresses follow from their IP addresses. */
        public Remote(IpAddress vtep) {
            this(vtep, 0);
        }

        /** The MAC address of the endpoint whose IP address has that lower half. */
        public long mac(long addressLow) {
            return announcedMac != 0 ? announcedMac : MacAddress.ofEndpoint(addressLow);
        }
    }

    /** To the network's gateway address, which the node itself answers, for its own endpoints only. */
    record Gateway() implements Route {}

    /** Nowhere, for a reason of its own. */
    record Drop(DropReason reason) implements Route {}
}
