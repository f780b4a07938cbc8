package io.dunlin.node;

import io.dunlin.vxlan.io.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A bad network between two VTEPs: a relay that drops, duplicates and delays datagrams, on a host with two addresses of its own. A takes
 * the one for B, B the other for A, and each hears from the address it sends to:
 *
 * <pre>
 *   A ── forB   relay   forA ── B
 * </pre>
 *
 * <p>The fate of the n-th datagram of a direction depends on the seed and n alone. One that is delayed waits until one to three others
 * have passed, 20 ms at most.
 */
final class LossyRelay implements AutoCloseable {
    /** Probabilities, 0 to 1. */
    record Faults(double drop, double duplicate, double delay) {}

    private static final int BUFFER_BYTES = 4 << 20;
    private static final int MAX_HELD = 16;
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Selector selector;
    private volatile boolean stopped;
    private final Thread thread;
    private final List<Direction> directions;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /**
     * Starts it.
     *
     * @param a where A is
     * @param forB where A takes B to be
     * @param forA where B takes A to be
     * @param b where B is
     */
    static LossyRelay start(
            NetworkNamespace host,
            InetSocketAddress a,
            InetSocketAddress forB,
            InetSocketAddress forA,
            InetSocketAddress b,
            Faults faults,
            long seed)
            throws IOException {
        return host.call(() -> new LossyRelay(open(forB), a, open(forA), b, faults, seed));
    }

    private static DatagramChannel open(InetSocketAddress address) throws IOException {
        var channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        channel.bind(address).configureBlocking(false);
        return channel;
    }

    private LossyRelay(
            DatagramChannel forB,
            InetSocketAddress a,
            DatagramChannel forA,
            InetSocketAddress b,
            Faults faults,
            long seed)
            throws IOException {
        selector = Selector.open();
        directions = List.of(
                new Direction(forB, forA, b, faults, new Random(2 * seed)),
                new Direction(forA, forB, a, faults, new Random(2 * seed + 1)));
        for (Direction direction : directions) {
            direction.in.register(selector, java.nio.channels.SelectionKey.OP_READ);
        }
        thread = Thread.ofPlatform().name("lossy-relay").daemon().start(this::run);
    }

    private void run() {
        try {
            while (!stopped) {
                boolean waiting = false;
                for (Direction direction : directions) {
                    direction.relayAll();
                    waiting |= !direction.held.isEmpty();
                }
                selector.select(waiting ? TimeUnit.NANOSECONDS.toMillis(HOLD_NANOS) / 4 : 0);
                selector.selectedKeys().clear();
            }
        } catch (IOException | RuntimeException e) {
            failure.set(e);
        }
    }

    /** Datagrams that were dropped, doubled or delayed so far. */
    long faults() {
        return directions.stream().mapToLong(direction -> direction.faulty).sum();
    }

    /** @throws AssertionError if the relay itself failed */
    @Override
    public void close() throws IOException {
        stopped = true;
        selector.wakeup(); // not closed before the thread has ended: it may be about to select
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        selector.close();
        for (Direction direction : directions) {
            direction.in.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable cause = failure.get();
        if (cause != null) {
            throw new AssertionError("relay", cause);
        }
    }

    /** Relay's thread, but for the count. */
    private static final class Direction {
        @SuppressWarnings("ArrayRecordComponent") // a carrier of bytes, never compared
        private record Held(byte[] datagram, int after, long untilNanos) {
            Held passed() {
                return new Held(datagram, after - 1, untilNanos);
            }
        }

        private final DatagramChannel in;
        private final DatagramChannel out;
        private final InetSocketAddress to;
        private final Faults faults;
        private final Random random;
        private final List<Held> held = new ArrayList<>();
        private final ByteBuffer datagram = ByteBuffer.allocateDirect(65_535);
        private volatile long faulty;

        Direction(DatagramChannel in, DatagramChannel out, InetSocketAddress to, Faults faults, Random random) {
            this.in = in;
            this.out = out;
            this.to = to;
            this.faults = faults;
            this.random = random;
        }

        void relayAll() throws IOException {
            while (in.receive(datagram.clear()) != null) {
                relay(datagram.flip());
                held.replaceAll(Held::passed);
                release();
            }
            release();
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
        private void relay(ByteBuffer bytes) throws IOException {
            // the same draws for each datagram, whatever becomes of it
            boolean dropped = random.nextDouble() < faults.drop;
            boolean doubled = random.nextDouble() < faults.duplicate;
            boolean late = random.nextDouble() < faults.delay;
            int others = 1 + random.nextInt(3);
            if (dropped || doubled || late) {
                faulty++;
            }
            if (dropped) {
                return;
            }
            if (doubled) {
                out.send(bytes.duplicate(), to);
            }
            if (late && held.size() < MAX_HELD) {
                var copy = new byte[bytes.remaining()];
                bytes.get(copy);
                held.add(new Held(copy, others + 1, System.nanoTime() + HOLD_NANOS)); // + 1: itself
            } else {
                out.send(bytes, to);
            }
        }

        private void release() throws IOException {
            var each = held.iterator();
            while (each.hasNext()) {
                Held next = each.next();
                if (next.after <= 0 || System.nanoTime() - next.untilNanos >= 0) {
                    out.send(ByteBuffer.wrap(next.datagram), to);
                    each.remove();
                }
            }
        }
    }
}
