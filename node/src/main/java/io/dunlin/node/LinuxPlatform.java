package io.dunlin.node;

import io.dunlin.vxlan.EspRoom;
import io.dunlin.vxlan.VxlanEncap;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.linux.EpollPoller;
import io.dunlin.vxlan.io.linux.LinuxUdpSocket;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.io.linux.TunDevice;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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

    /** Half the cores: the workloads' kernel work needs the others (docs/adr/0012). */
    @Override
    public int workers() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_WORKERS);
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
                .encapsulation(encapsulation(network, mtu))
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

    private static int encapsulation(NetworkSpec network, int mtu) {
        int packet = mtu + VxlanEncap.OVERHEAD;
        return (network.isEncrypted() ? EspRoom.sealed(packet) : packet) - mtu;
    }

    @Override
    public WarmUp warmUp(IpAddress address, boolean offloads) throws IOException {
        int anyPort = 0;
        LinuxUdpSocket socket = LinuxUdpSocket.open(address, anyPort, LinuxUdpSocket.DEFAULT_SOURCE_PORTS, offloads);
        try {
            List<TunDevice> cable = TunDevice.cable();
            var compiler = new CompilerThreads(Path.of("/proc/self/task"));
            return new WarmUp(socket, cable.getFirst(), cable.getLast(), compiler::areBusy);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
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
    public <T> T inside(EndpointSpec.Place place, Callable<T> code) throws IOException {
        return namespace(place).call(code);
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
