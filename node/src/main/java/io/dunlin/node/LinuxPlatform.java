package io.dunlin.node;

import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.io.linux.EpollPoller;
import io.dunlin.vxlan.io.linux.LinuxUdpSocket;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.io.linux.TunDevice;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;

/** TUN devices, batches of datagrams by system call, epoll. */
final class LinuxPlatform implements Platform {
    @Override
    public Poller openPoller() throws IOException {
        return EpollPoller.open();
    }

    @Override
    public UdpBatchSocket openSocket(IpAddress address, int port) throws IOException {
        return LinuxUdpSocket.open(address, port);
    }

    @Override
    public PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu) throws IOException {
        var tun = TunDevice.named(endpoint.device())
                .namespace(namespace(endpoint.place()))
                .mtu(mtu);
        for (IpAddress address : endpoint.addresses()) {
            tun.address(address, network.subnetOf(address).orElseThrow().prefix());
        }
        for (Cidr route : endpoint.routes()) {
            tun.route(route.base(), route.prefix());
        }
        return tun.open();
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
