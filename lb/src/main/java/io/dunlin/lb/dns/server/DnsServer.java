package io.dunlin.lb.dns.server;

import io.dunlin.lb.dns.DnsResponder;
import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.StreamMessages;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers for a network at an address of the host, over UDP and TCP. Datagrams are taken one by one by a platform thread; each connection
 * has a virtual thread, and its queries are answered in their order (RFC 7766).
 */
public final class DnsServer implements AutoCloseable {
    /** Connections at once: further ones are closed. */
    static final int MAX_CONNECTIONS = 256;

    /** How long a connection may be without a query (RFC 7766 section 6.2.3). */
    private static final long IDLE_NANOS = 10_000_000_000L;

    private final DatagramChannel datagrams;
    private final ServerSocket listener;
    private final Supplier<Zone> zone;
    private final Forwarder forwarder;
    private final LongSupplier nanoClock;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    private DnsServer(
            DatagramChannel datagrams,
            ServerSocket listener,
            Supplier<Zone> zone,
            Forwarder forwarder,
            LongSupplier nanoClock) {
        this.datagrams = datagrams;
        this.listener = listener;
        this.zone = zone;
        this.forwarder = forwarder;
        this.nanoClock = nanoClock;
    }

    /**
     * Answers from now on.
     *
     * @param address where; with port 0 the kernel chooses one, the same for both protocols
     * @param zone the network's names as they are when it is asked
     * @param forwarder asked for what the network does not know; not closed with the server
     * @param nanoClock monotonic
     */
    public static DnsServer start(
            InetSocketAddress address, Supplier<Zone> zone, Forwarder forwarder, LongSupplier nanoClock)
            throws IOException {
        DatagramChannel datagrams = DatagramChannel.open();
        try {
            datagrams.bind(address);
            int port = ((InetSocketAddress) datagrams.getLocalAddress()).getPort();
            var listener = new ServerSocket(port, MAX_CONNECTIONS, address.getAddress());
            var server = new DnsServer(datagrams, listener, zone, forwarder, nanoClock);
            Thread.ofPlatform().name("dunlin-dns-udp").daemon().start(server::answerDatagrams);
            Thread.ofVirtual().name("dunlin-dns-tcp").start(server::accept);
            return server;
        } catch (IOException | RuntimeException e) {
            datagrams.close();
            throw e;
        }
    }

    /** Where it answers. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void answerDatagrams() {
        var responder = new DnsResponder();
        Memory memory = Memory.allocate(DnsResponder.MAX_MESSAGE);
        ByteBuffer buffer = memory.segment().asByteBuffer();
        while (!isClosed) {
            try {
                answerDatagram(responder, memory, buffer);
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException e) {
                // of one datagram: it could not be sent to where it came from
            }
        }
    }

    private void answerDatagram(DnsResponder responder, Memory memory, ByteBuffer buffer) throws IOException {
        var asker = (InetSocketAddress) datagrams.receive(buffer.clear());
        int length = buffer.position();
        int answer = responder.answerDatagram(memory, 0, length, memory.size(), zone.get());
        if (answer == DnsResponder.ASK_UPSTREAM) {
            byte[] query = memory.toArray(0, length);
            if (forwarder.forward(asker.getAddress(), query, false, received -> send(query, received, asker))) {
                return;
            }
            answer = responder.fail(memory, 0, length);
        }
        if (answer > 0) {
            datagrams.send(buffer.clear().limit(answer), asker);
        }
    }

    private void send(byte[] query, byte @Nullable [] received, InetSocketAddress asker) {
        byte[] answer = received == null ? failed(query) : received;
        try {
            datagrams.send(ByteBuffer.wrap(answer), asker);
        } catch (IOException e) {
            // the asker will ask again
        }
    }

    private static byte[] failed(byte[] query) {
        Memory memory = Memory.of(Arrays.copyOf(query, Math.max(query.length, 512)));
        return memory.toArray(0, new DnsResponder().fail(memory, 0, query.length));
    }

    private void accept() {
        while (!isClosed) {
            try {
                Socket connection = listener.accept();
                if (connections.size() >= MAX_CONNECTIONS) {
                    connection.close();
                    continue;
                }
                connections.add(connection);
                Thread.ofVirtual().name("dunlin-dns-connection").start(() -> serve(connection));
            } catch (IOException e) {
                // it is closed, or the peer was sooner gone than accepted
            }
        }
    }

    private void serve(Socket connection) {
        var responder = new DnsResponder();
        var memory = Memory.of(new byte[DnsResponder.MAX_MESSAGE]);
        try (connection) {
            connection.setTcpNoDelay(true);
            byte[] query = StreamMessages.read(connection, IDLE_NANOS, nanoClock);
            while (query != null) {
                byte[] answer = answer(responder, memory, query, connection);
                if (answer.length == 0) {
                    return;
                }
                connection.getOutputStream().write(StreamMessages.framed(answer, answer.length));
                query = StreamMessages.read(connection, IDLE_NANOS, nanoClock);
            }
        } catch (IOException e) {
            // the peer has gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    /** Empty: it was no query. */
    private byte[] answer(DnsResponder responder, Memory memory, byte[] query, Socket connection)
            throws InterruptedException {
        memory.put(0, query);
        int answer = responder.answerStream(memory, 0, query.length, memory.size(), zone.get());
        if (answer == DnsResponder.ASK_UPSTREAM) {
            BlockingQueue<byte[]> answers = new ArrayBlockingQueue<>(1);
            if (forwarder.forward(
                    connection.getInetAddress(),
                    query,
                    true,
                    received -> answers.add(received == null ? failed(query) : received))) {
                return answers.take();
            }
            answer = responder.fail(memory, 0, query.length);
        }
        return answer > 0 ? memory.toArray(0, answer) : new byte[0];
    }

    /** Ends all connections. Idempotent. */
    @Override
    public void close() throws IOException {
        isClosed = true;
        datagrams.close();
        listener.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
