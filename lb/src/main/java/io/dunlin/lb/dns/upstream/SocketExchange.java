package io.dunlin.lb.dns.upstream;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Over sockets of the host, one for each query: so each has a port of its own, and the kernel, to which it is connected, lets nothing
 * through that comes from elsewhere, and says when nobody listens there.
 */
public final class SocketExchange implements Exchange {
    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final int MAX_DATAGRAM = 65_535;
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 65_536 - FIRST_PORT;
    /** Ports that are tried before the kernel chooses one, whose choice can be guessed more easily. */
    private static final int TRIES = 16;

    private final RandomGenerator random;
    private final LongSupplier nanoClock;

    /**
     * @param random that several threads may use, and nobody can foretell
     * @param nanoClock monotonic
     */
    public SocketExchange(RandomGenerator random, LongSupplier nanoClock) {
        this.random = random;
        this.nanoClock = nanoClock;
    }

    @Override
    public Conversation open(InetSocketAddress server, boolean isStream, long timeoutNanos) throws IOException {
        return isStream ? openStream(server, timeoutNanos) : openDatagrams(server);
    }

    private Conversation openDatagrams(InetSocketAddress server) throws IOException {
        var socket = new DatagramSocket((SocketAddress) null);
        try {
            bind(socket);
            socket.connect(server);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return new Conversation() {
            @Override
            public void send(byte[] message) throws IOException {
                socket.send(new DatagramPacket(message, message.length));
            }

            @Override
            public byte @Nullable [] receive(long timeoutNanos) throws IOException {
                socket.setSoTimeout(millis(timeoutNanos));
                var packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
                try {
                    socket.receive(packet);
                } catch (SocketTimeoutException e) {
                    return null;
                }
                return Arrays.copyOf(packet.getData(), packet.getLength());
            }

            @Override
            public void close() {
                socket.close();
            }
        };
    }

    private void bind(DatagramSocket socket) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            try {
                socket.bind(new InetSocketAddress(FIRST_PORT + random.nextInt(PORTS)));
                return;
            } catch (BindException e) {
                // somebody has it: another
            }
        }
        socket.bind(new InetSocketAddress(0));
    }

    private Conversation openStream(InetSocketAddress server, long timeoutNanos) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(server, millis(timeoutNanos));
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return new Conversation() {
            @Override
            public void send(byte[] message) throws IOException {
                socket.getOutputStream().write(StreamMessages.framed(message, message.length));
            }

            @Override
            public byte @Nullable [] receive(long timeoutNanos) throws IOException {
                return StreamMessages.read(socket, timeoutNanos, nanoClock);
            }

            @Override
            public void close() {
                try {
                    socket.close();
                } catch (IOException e) {
                    // it is not used any more
                }
            }
        };
    }

    private static int millis(long nanos) {
        return (int) Math.max(1, Math.min(nanos / NANOS_PER_MILLI, Integer.MAX_VALUE));
    }
}
