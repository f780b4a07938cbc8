package io.dunlin.node;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;

/** Where a node gets its devices, its socket and its waiting from: the one seam between the node and an operating system. */
interface Platform {
    Poller openPoller() throws IOException;

    UdpBatchSocket openSocket(IpAddress address, int port) throws IOException;

    /**
     * Creates and configures the device of an endpoint that has one.
     *
     * @param mtu the network's inner MTU, in bytes
     */
    PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu) throws IOException;

    /** The largest packet of the interface that has the address, in bytes. */
    int underlayMtu(IpAddress address) throws IOException;

    /** Why it is this one, for people; empty if it is the best there is. */
    String remark();
}
