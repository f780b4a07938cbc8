package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.HostPort;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;

/** A UDP and a TCP socket bound to one address and the same port. */
record BoundPorts(DatagramChannel packets, ServerSocketChannel streams, InetSocketAddress address) {
    /** What the system may hold until it is read: 1,400 full packets. It gives less if its own limit is lower. */
    static final int RECEIVE_BUFFER = 2 << 20;

    private static final int BACKLOG = 128;

    /** A port that is free for UDP is nearly always free for TCP too. */
    private static final int TRIES = 16;

    /** @param listen port 0: one that is free for both */
    static BoundPorts open(InetSocketAddress listen) throws IOException {
        for (int attempt = 1; ; attempt++) {
            DatagramChannel packets = bindPackets(listen);
            try {
                var address = (InetSocketAddress) packets.getLocalAddress();
                return new BoundPorts(packets, bindStreams(address), address);
            } catch (BindException e) {
                packets.close();
                if (listen.getPort() != 0 || attempt == TRIES) {
                    throw refused(listen, "TCP", e);
                }
            } catch (IOException e) {
                packets.close();
                throw refused(listen, "TCP", e);
            }
        }
    }

    private static DatagramChannel bindPackets(InetSocketAddress address) throws IOException {
        StandardProtocolFamily family = family(address);
        DatagramChannel channel = family == null ? DatagramChannel.open() : DatagramChannel.open(family);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            return channel.bind(address);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw refused(address, "UDP", e);
        }
    }

    private static ServerSocketChannel bindStreams(InetSocketAddress address) throws IOException {
        StandardProtocolFamily family = family(address);
        ServerSocketChannel channel = family == null ? ServerSocketChannel.open() : ServerSocketChannel.open(family);
        try {
            return channel.bind(address, BACKLOG);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The address's own family; null for both: {@code ::} takes IPv4 too. */
    private static @Nullable StandardProtocolFamily family(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip instanceof Inet4Address) {
            return StandardProtocolFamily.INET;
        }
        return ip != null && ip.isAnyLocalAddress() ? null : StandardProtocolFamily.INET6;
    }

    private static IOException refused(InetSocketAddress address, String protocol, Exception cause) {
        String todo = cause instanceof BindException
                        && String.valueOf(cause.getMessage()).contains("in use")
                ? "another program has that port; choose another one, or 0 for any"
                : "it must be an address of this host, and the port one that this user may bind";
        return new IOException(
                "gossip cannot listen on " + HostPort.text(address) + " (" + protocol + "): " + cause.getMessage()
                        + ": " + todo,
                cause);
    }
}
