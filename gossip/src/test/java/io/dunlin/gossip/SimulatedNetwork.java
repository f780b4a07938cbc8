package io.dunlin.gossip;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A network between hosts that exist only in memory, on virtual time. What it does to packets is drawn from a seed, so the same seed gives the
 * same history; {@link #trace} is its hash.
 */
final class SimulatedNetwork {
    /** Of IPv4 and UDP. */
    private static final int PACKET_HEADERS = 28;
    /** Of IPv4 and TCP, with timestamps. */
    private static final int SEGMENT_HEADERS = 52;

    private static final int SEGMENT = 1448;
    /** Segments without data: to connect, to acknowledge and to close. */
    private static final int BARE_SEGMENTS = 7;

    private static final long RETRANSMIT_NANOS = 200_000_000;
    private static final int RETRANSMISSIONS = 6;

    private final VirtualTime time;
    private final SplittableRandom random;
    private final Map<InetSocketAddress, SimulatedHost> hosts = new HashMap<>();
    private Faults faults = Faults.NONE;
    private Loss loss = (from, to) -> 0;
    private Tap tap = (from, to, bytes) -> {};
    private long trace;

    SimulatedNetwork(VirtualTime time, long seed) {
        this.time = time;
        this.random = new SplittableRandom(seed);
    }

    /**
     * What befalls packets.
     *
     * @param minLatencyNanos one way
     * @param maxLatencyNanos one way; what is drawn between the two lets packets overtake each other
     * @param duplication from 0 (never) to 1 (always)
     * @param delay how often one is delayed by up to {@code delayNanos} more
     */
    record Faults(long minLatencyNanos, long maxLatencyNanos, double duplication, double delay, long delayNanos) {
        /** A network in a data centre: 100 to 500 µs. */
        static final Faults NONE = new Faults(100_000, 500_000, 0, 0, 0);
    }

    /** Hears all that is sent, packets and what goes either way on streams, also what is lost. */
    interface Tap {
        void saw(SimulatedHost from, SimulatedHost to, byte[] bytes);
    }

    /** How often what one host sends another is lost: 0 never, 1 always. */
    interface Loss {
        double between(SimulatedHost from, SimulatedHost to);
    }

    VirtualTime time() {
        return time;
    }

    void setFaults(Faults faults) {
        this.faults = faults;
    }

    void setTap(Tap tap) {
        this.tap = tap;
    }

    void setLoss(Loss loss) {
        this.loss = loss;
    }

    /** A hash of all packets so far, and of when they arrived. */
    long trace() {
        return trace;
    }

    /** The address of the host with that number. */
    static InetSocketAddress address(int number) {
        byte[] address = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), 7946);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    void attach(SimulatedHost host) {
        hosts.put(host.address(), host);
    }

    void detach(SimulatedHost host) {
        hosts.remove(host.address(), host);
    }

    void send(SimulatedHost from, InetSocketAddress to, byte[] packet) {
        from.countSent(packet.length + PACKET_HEADERS);
        SimulatedHost receiver = hosts.get(to);
        if (receiver == null) {
            return;
        }
        tap.saw(from, receiver, packet);
        if (isLost(from, receiver)) {
            return;
        }
        deliver(from, receiver, packet);
        if (faults.duplication > 0 && random.nextDouble() < faults.duplication) {
            deliver(from, receiver, packet);
        }
    }

    private void deliver(SimulatedHost from, SimulatedHost to, byte[] packet) {
        long due = time.now() + latency();
        trace = (trace * 31 + due) * 31 + Arrays.hashCode(packet);
        time.at(due, () -> to.packet(from.address(), packet));
    }

    /** Carries all of {@code bytes}, late where segments are lost, or nothing: a timeout is the caller's. */
    void stream(SimulatedHost from, InetSocketAddress to, byte[] bytes, boolean opens, Arrival arrival) {
        SimulatedHost receiver = hosts.get(to);
        if (receiver == null) {
            from.countSent(SEGMENT_HEADERS);
            return;
        }
        tap.saw(from, receiver, bytes);
        int segments = bytes.length / SEGMENT + 1 + (opens ? BARE_SEGMENTS : 0);
        from.countSent(bytes.length + segments * SEGMENT_HEADERS);
        long delay = latency() * (opens ? 3 : 1);
        // Each segment needs its acknowledgement; one that is lost costs time, and after some the connection breaks.
        int lost = 0;
        while (isLost(from, receiver) || isLost(receiver, from)) {
            if (++lost > RETRANSMISSIONS) {
                return;
            }
            delay += RETRANSMIT_NANOS << (lost - 1);
        }
        trace = (trace * 31 + time.now() + delay) * 31 + Arrays.hashCode(bytes);
        time.at(time.now() + delay, () -> arrival.at(receiver));
    }

    /** What happens at the other end of a stream. */
    interface Arrival {
        void at(SimulatedHost receiver);
    }

    private boolean isLost(SimulatedHost from, SimulatedHost to) {
        double share = loss.between(from, to);
        return share > 0 && random.nextDouble() < share;
    }

    private long latency() {
        long latency = faults.minLatencyNanos + random.nextLong(faults.maxLatencyNanos - faults.minLatencyNanos + 1);
        return faults.delay > 0 && random.nextDouble() < faults.delay
                ? latency + random.nextLong(faults.delayNanos)
                : latency;
    }
}
