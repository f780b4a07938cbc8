package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;

/** One question to a backend: does it serve. Blocks for the check's timeout at most; on a virtual thread. */
final class HealthProbe {
    private static final byte[] QUESTION = {'d', 'u', 'n', 'l', 'i', 'n'};

    private HealthProbe() {}

    /** Where sockets are opened: inside the endpoint's namespace. */
    interface Inside {
        <T> T call(Callable<T> code) throws IOException;
    }

    static boolean answers(HealthCheck check, IpAddress backend, Inside inside) {
        int timeout = (int) check.timeout().toMillis();
        var to = new InetSocketAddress(backend.toInetAddress(), check.port());
        try {
            return switch (check.kind()) {
                case TCP_CONNECT -> accepts(to, timeout, inside);
                case UDP_ECHO -> sendsBack(to, timeout, inside);
            };
        } catch (IOException e) {
            return false; // refused, silent, or the namespace is gone: whatever it is, it does not serve
        }
    }

    private static boolean accepts(SocketAddress to, int timeout, Inside inside) throws IOException {
        try (SocketChannel channel = inside.call(SocketChannel::open)) {
            channel.socket().connect(to, timeout);
            return true;
        }
    }

    private static boolean sendsBack(SocketAddress to, int timeout, Inside inside) throws IOException {
        try (DatagramSocket socket = inside.call(() -> new DatagramSocket(null))) {
            socket.connect(to);
            socket.setSoTimeout(timeout);
            socket.send(new DatagramPacket(QUESTION, QUESTION.length));
            socket.receive(new DatagramPacket(new byte[1], 1));
            return true;
        }
    }
}
