package io.dunlin.testkit;

import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * An IP network between hosts that exist only in memory, for tests that run whole nodes in one thread: no threads, no time, no sockets.
 * What a host sends lies in the destination's queue at once, unless a fault of {@link Faults} befalls it. The same seed gives the same
 * faults.
 *
 * <p>Not thread-safe.
 */
public final class SimulatedUnderlay {
    private static final int VXLAN_PORT = 4789;

    /**
     * How often a datagram meets which fault, each from 0 (never) to 1 (always); they are drawn independently, in this order.
     *
     * @param loss it vanishes
     * @param corruption one of its bits is flipped
     * @param duplication it arrives twice
     * @param reordering it arrives before something that was sent before it
     */
    public record Faults(double loss, double corruption, double duplication, double reordering) {
        public static final Faults NONE = new Faults(0, 0, 0, 0);
    }

    /** A datagram as it lies in a queue. */
    private record Datagram(
            IpAddress from,
            @SuppressWarnings("ArrayRecordComponent") byte[] bytes) {}

    private final Random random;
    private final Map<IpAddress, Host> hosts = new HashMap<>();
    private Faults faults = Faults.NONE;

    /** @param seed of the faults; a test that fails is to print it */
    public SimulatedUnderlay(long seed) {
        random = new Random(seed);
    }

    /** From now on. */
    public void setFaults(Faults faults) {
        this.faults = faults;
    }

    /**
     * A host with that address: a node's socket, and the hand of the test.
     *
     * @throws IllegalArgumentException if there is one already
     */
    public Host host(String address) {
        var host = new Host(IpAddress.parse(address));
        if (hosts.putIfAbsent(host.address, host) != null) {
            throw new IllegalArgumentException("the underlay has a host " + address + " already");
        }
        return host;
    }

    private void carry(IpAddress from, Host to, byte[] bytes) {
        if (random.nextDouble() < faults.loss) {
            return;
        }
        if (random.nextDouble() < faults.corruption && bytes.length > 0) {
            int bit = random.nextInt(8 * bytes.length);
            bytes[bit >>> 3] ^= (byte) (1 << (bit & 7));
        }
        int copies = random.nextDouble() < faults.duplication ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            boolean early = random.nextDouble() < faults.reordering;
            int place = early ? random.nextInt(to.queue.size() + 1) : to.queue.size();
            to.queue.add(place, new Datagram(from, bytes.clone()));
        }
    }

    /** One host of the underlay. */
    public final class Host implements UdpBatchSocket {
        private final IpAddress address;
        private final List<Datagram> queue = new ArrayList<>();
        private boolean closed;

        private Host(IpAddress address) {
            this.address = address;
        }

        public IpAddress address() {
            return address;
        }

        /** Datagrams that wait here. */
        public int waiting() {
            return queue.size();
        }

        /** Takes the next datagram that waits here, as a program beside the node would; it is null if none does. */
        public byte @org.jspecify.annotations.Nullable [] take() {
            return queue.isEmpty() ? null : queue.removeFirst().bytes;
        }

        /** Lays a datagram into this host's queue as if {@code from} had sent it; no fault befalls it. */
        public void deliver(IpAddress from, byte[] datagram) {
            queue.add(new Datagram(from, datagram.clone()));
        }

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(address.toInetAddress(), VXLAN_PORT);
        }

        @Override
        public String kind() {
            return "simulated";
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return !queue.isEmpty();
        }

        /** Not used: nothing sleeps here. */
        @Override
        public void signalTo(Signal signal) {}

        @Override
        public int receive(PacketBatch batch) throws IOException {
            if (closed) {
                throw new IOException("host " + address + " is closed");
            }
            int received = 0;
            while (!batch.isFull() && !queue.isEmpty()) {
                Datagram datagram = queue.removeFirst();
                int bytes = Math.min(datagram.bytes.length, batch.room());
                batch.memory().put(batch.nextStart(), datagram.bytes, 0, bytes);
                int index = batch.append(bytes);
                batch.setPeer(index, datagram.from.high(), datagram.from.low());
                if (bytes < datagram.bytes.length) {
                    batch.drop(index, DropReason.DATAGRAM_TRUNCATED);
                }
                received++;
            }
            return received;
        }

        @Override
        public void send(PacketBatch batch, int from, int to) {
            for (int i = from; i < to; i++) {
                if (batch.isDropped(i)) {
                    continue;
                }
                Host goal = hosts.get(new IpAddress(batch.peerHigh(i), batch.peerLow(i)));
                if (goal == null) {
                    batch.drop(i, DropReason.UNDERLAY_UNREACHABLE);
                    continue;
                }
                for (int k = 0; k < batch.segments(i); k++) {
                    carry(address, goal, datagram(batch, i, k));
                }
            }
        }

        private static byte[] datagram(PacketBatch batch, int i, int k) {
            if (batch.isSideBySide(i) || !batch.isCut(i)) {
                var whole = new byte[batch.isCut(i) ? batch.datagramLength(i, k) : batch.length(i)];
                int at = batch.isCut(i) ? batch.datagram(i, k) : batch.start(i);
                batch.memory().get(at, whole, 0, whole.length);
                return whole;
            }
            int head = batch.headLength(i);
            int body = batch.bodyLength(i, k);
            var gathered = new byte[head + body];
            batch.memory().get(batch.head(i, k), gathered, 0, head);
            batch.memory().get(batch.body(i, k), gathered, head, body);
            return gathered;
        }

        /** Takes the host off the network: what is sent to it is unreachable. */
        @Override
        public void close() {
            closed = true;
            hosts.remove(address, this);
        }

        @Override
        public String toString() {
            return "host " + address;
        }
    }
}
