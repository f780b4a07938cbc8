package io.dunlin.node;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.linux.EpollPoller;
import io.dunlin.vxlan.io.linux.LinuxUdpSocket;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.io.linux.TunDevice;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TUN devices, batches of datagrams by system call, epoll. */
final class LinuxPlatform implements Platform {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private static final int MAX_WORKERS = 4;

    @Override
    public Poller openPoller() throws IOException {
        return EpollPoller.open();
    }

    @Override
    public int workers() {
        return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_WORKERS);
    }

    @Override
    public List<LinuxUdpSocket> openSockets(IpAddress address, int port, int workers, boolean offloads)
            throws IOException {
        return LinuxUdpSocket.openSharing(address, port, LinuxUdpSocket.DEFAULT_SOURCE_PORTS, offloads, workers);
    }

    @Override
    public PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu, int workers, boolean offloads)
            throws IOException {
        var tun = TunDevice.named(endpoint.device())
                .namespace(namespace(endpoint.place()))
                .mtu(mtu)
                .queues(workers)
                .offloads(offloads ? TunDevice.Offloads.TCP_AND_UDP : TunDevice.Offloads.NONE);
        for (IpAddress address : endpoint.addresses()) {
            tun.address(address, network.subnetOf(address).orElseThrow().prefix());
        }
        for (Cidr route : endpoint.routes()) {
            tun.route(route.base(), route.prefix());
        }
        TunDevice device = tun.open();
        LOG.info(
                "endpoint {}: {}, offloads: {}",
                endpoint.name(),
                device,
                device.offloads().description());
        return device;
    }

    private static NetworkNamespace namespace(EndpointSpec.Place place) {
        return switch (place) {
            case EndpointSpec.Place.NamespacePath(var path) -> NetworkNamespace.of(path);
            case EndpointSpec.Place.NamespacePid(long pid) -> NetworkNamespace.ofProcess(pid);
            case EndpointSpec.Place.OwnNamespace() -> NetworkNamespace.current();
            case EndpointSpec.Place.InMemory() ->
                throw new IllegalArgumentException("an endpoint in memory has no device");
        };
    }

    @Override
    public int underlayMtu(IpAddress address) throws IOException {
        return PortablePlatform.interfaceMtu(address);
    }

    @Override
    public String remark() {
        return "";
    }
}
