package io.dunlin.node;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.io.linux.Linux;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Where a node gets its devices, its socket and its waiting from: the one seam between the node and an operating system. */
interface Platform {
    /**
     * The one that a configuration asks for.
     *
     * @throws IOException if this machine does not have it
     */
    static Platform choose(NodeConfig config) throws IOException {
        String obstacle = Linux.unavailableReason().orElse("");
        return switch (config.socket()) {
            case PORTABLE -> new PortablePlatform("asked for");
            case AUTO -> obstacle.isEmpty() ? new LinuxPlatform() : new PortablePlatform(obstacle);
            case LINUX -> {
                if (!obstacle.isEmpty()) {
                    throw new IOException("node \"" + config.name() + "\": no Linux socket: " + obstacle);
                }
                yield new LinuxPlatform();
            }
        };
    }

    Poller openPoller() throws IOException;

    /** How many workers a node has, unless it is told. */
    int workers();

    /** A socket for each worker, all on one port. */
    List<? extends UdpBatchSocket> openSockets(IpAddress address, int port, int workers, boolean offloads)
            throws IOException;

    /**
     * Creates and configures the device of an endpoint that has one.
     *
     * @param mtu the network's inner MTU, in bytes
     */
    PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu, int workers, boolean offloads)
            throws IOException;

    /** Runs something, such as opening a socket, where an endpoint's workload is. Not for endpoints in memory. */
    <T> T inside(EndpointSpec.Place place, Callable<T> code) throws IOException;

    /** The largest packet of the interface that has the address, in bytes. */
    int underlayMtu(IpAddress address) throws IOException;

    /**
     * What exercises the data path before traffic does.
     *
     * @return null where there is nothing to be gained
     */
    @Nullable
    WarmUp warmUp(IpAddress address, boolean offloads) throws IOException;

    /** Why it is this one, for people; empty if it is the best there is. */
    String remark();
}
