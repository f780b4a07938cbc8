package io.dunlin.node;

import io.dunlin.vxlan.io.NioPoller;
import io.dunlin.vxlan.io.NioUdpSocket;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What the JDK alone offers: any operating system, no native access, endpoints in memory only. */
final class PortablePlatform implements Platform {
    private final String remark;

    /** @param remark why it was taken */
    PortablePlatform(String remark) {
        this.remark = remark;
    }

    @Override
    public Poller openPoller() throws IOException {
        return new NioPoller();
    }

    /** The JDK lets sockets share a port on some systems only, and one keeps up with what it can do. */
    @Override
    public int workers() {
        return 1;
    }

    @Override
    public List<NioUdpSocket> openSockets(IpAddress address, int port, int workers, boolean offloads)
            throws IOException {
        if (workers > 1) {
            throw new IllegalArgumentException(
                    workers + " workers: this node is portable (" + remark + "), and has one");
        }
        return List.of(NioUdpSocket.open(new InetSocketAddress(address.toInetAddress(), port)));
    }

    @Override
    public PacketDevice openDevice(NetworkSpec network, EndpointSpec endpoint, int mtu, int workers, boolean offloads) {
        throw new IllegalArgumentException("endpoint \"" + endpoint.name()
                + "\" wants a TUN device, but this node is portable (" + remark + "): make the endpoint inMemory()");
    }

    /** None: what it does is system calls for the most part, compiled or not. */
    @Override
    public @Nullable WarmUp warmUp(IpAddress address, boolean offloads) {
        return null;
    }

    @Override
    public <T> T inside(EndpointSpec.Place place, Callable<T> code) throws IOException {
        throw new IllegalArgumentException("an endpoint in memory is nowhere");
    }

    @Override
    public int underlayMtu(IpAddress address) throws IOException {
        return interfaceMtu(address);
    }

    static int interfaceMtu(IpAddress address) throws IOException {
        var networkInterface = NetworkInterface.getByInetAddress(address.toInetAddress());
        if (networkInterface == null) {
            throw new IOException("no interface of this host has the data-path address " + address
                    + ": 'ip address' lists those there are");
        }
        return networkInterface.getMTU();
    }

    @Override
    public String remark() {
        return remark;
    }
}
