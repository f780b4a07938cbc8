package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * A cluster that turns its keys, on virtual time. Messages are lost, doubled and overtake each other; nodes crash, lose their disks, stand still,
 * are cut off from each other, and their clocks are set. All the while each sends numbered packets, which overtake each other, too, come twice,
 * and come again much later, from one who recorded them. All is drawn from a seed.
 */
final class RotationSimulation {
    static final RotationConfig CONFIG = new RotationConfig(
            16,
            Duration.ofSeconds(20),
            1 << 20,
            1 << 30,
            1000,
            Duration.ofSeconds(3),
            Duration.ofMillis(300),
            Duration.ofSeconds(1));

    static final long MILLIS = 1_000_000;
    static final long TICK = 200 * MILLIS;
    static final long SEND = 100 * MILLIS;
    static final long MAX_LATENCY = 60 * MILLIS;
    /** Of one packet in twenty. The grace time is longer. */
    static final long MAX_DELAY = 2_500 * MILLIS;
    /** Without contact for so long, a node is held for failed. */
    static final long FAILED = 3_000 * MILLIS;
    /** What is told again after a loss has arrived by then: a dozen retries. */
    static final long RECOVERY = 4_000 * MILLIS;

    /** Until a change of members is seen by all: two ticks. */
    static final long NOTICE = 2 * TICK;

    static final double STORM = 0.9;
    static final int RECORDED = 256;

    final long seed;
    final SplittableRandom random;
    private final EventQueue events = new EventQueue();
    final NonceOracle oracle = new NonceOracle(jdk());
    final List<SimulatedNode> nodes = new ArrayList<>();
    final Set<Long> accepted = new HashSet<>();
    final List<Recorded> recorded = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    long packets;
    double loss = 0.15;
    long stormUntil = -RECOVERY;
    private boolean isTurbulent = true;

    long opened;
    long held;
    long excused;
    long replaysRefused;
    int disasters;

    record Recorded(SimulatedNode to, ByteBuffer packet) {}

    RotationSimulation(long seed, int size) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < size; i++) {
            nodes.add(new SimulatedNode(this, "node-" + i, i, size));
        }
    }

    private static AeadEngine jdk() {
        return AeadEngines.find(() -> 0).named("jdk");
    }

    // ------------------------------------------------------------------ running

    /** Until the cluster's key has turned so often, and then for a quiet while. */
    void run(int rotations) {
        for (SimulatedNode node : nodes) {
            at(random.nextLong(2_000 * MILLIS), node::start);
            at(node.index * TICK / nodes.size(), node::tick);
            at(node.index * SEND / nodes.size(), node::send);
        }
        at(10_000 * MILLIS, this::disaster);
        long deadline = rotations * 4L * CONFIG.interval().toNanos() + 200_000 * MILLIS;
        while (epoch() < rotations) {
            events.step();
            if (now() > deadline) {
                fault("stuck at epoch " + epoch() + " of " + rotations);
                break;
            }
        }
        isTurbulent = false;
        events.pass(90_000 * MILLIS); // the longest disaster, and then peace
        loss = 0;
        settle();
    }

    private void settle() {
        // between two rotations, which go on: nothing is under way for most of an interval
        for (int i = 0; i < 200 && !isAtOne(); i++) {
            events.pass(TICK);
        }
        if (!isAtOne()) {
            fault("not at one: " + nodes);
        }
        Set<String> rings = new TreeSet<>();
        for (SimulatedNode node : nodes) {
            rings.add(String.valueOf(node.rotation == null ? null : node.rotation.ring()));
            node.close();
        }
        if (rings.size() != 1) {
            fault("different rings: " + rings);
        }
        if (oracle.repetitions() > 0) {
            fault(oracle.repetitions() + " nonces used twice");
        }
    }

    private boolean isAtOne() {
        KeyId first = null;
        for (SimulatedNode node : nodes) {
            if (node.rotation == null || !node.rotation.ring().isSettled()) {
                return false;
            }
            KeyId current = node.rotation.ring().current();
            first = first == null ? current : first;
            if (current == null || !current.equals(first)) {
                return false;
            }
        }
        return true;
    }

    long epoch() {
        long epoch = 0;
        for (SimulatedNode node : nodes) {
            KeyId newest = node.rotation == null ? null : node.rotation.ring().newest();
            epoch = Math.max(epoch, newest == null ? 0 : newest.epoch());
        }
        return epoch;
    }

    long now() {
        return events.now();
    }

    void at(long due, Runnable task) {
        events.at(due, task);
    }

    void after(long delay, Runnable task) {
        events.at(now() + delay, task);
    }

    void fault(String what) {
        faults.add("at %.3f s: %s".formatted(now() / 1e9, what));
    }

    List<String> faults() {
        return faults;
    }

    long seals() {
        return oracle.seals();
    }

    /** The same for the same seed. */
    @Override
    public String toString() {
        return "seed %d: %d nodes, epoch %d, %d disasters, %d packets sealed, %d opened, %d held, %d excused, %d replays refused, %.0f s"
                .formatted(
                        seed,
                        nodes.size(),
                        epochAtEnd,
                        disasters,
                        seals(),
                        opened,
                        held,
                        excused,
                        replaysRefused,
                        now() / 1e9);
    }

    long epochAtEnd;

    // ------------------------------------------------------------------ disasters

    private void disaster() {
        if (!isTurbulent) {
            return;
        }
        disasters++;
        SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(9)) {
            case 0 -> node.crash(random.nextLong(10_000 * MILLIS), false);
            case 1 -> node.crash(random.nextLong(10_000 * MILLIS), random.nextInt(3) == 0);
            case 2 -> node.pause(random.nextLong(1_500 * MILLIS));
            case 3 -> node.pause(random.nextLong(40_000 * MILLIS));
            case 4 -> partition(random.nextLong(60_000 * MILLIS));
            case 5 -> partition(random.nextLong(2_000 * MILLIS));
            case 6 -> node.wallOffsetMillis += random.nextLong(-100_000_000, 100_000_000);
            case 7 -> storm(random.nextLong(15_000 * MILLIS));
            default -> node.askToRotate();
        }
        after(random.nextLong(12_000 * MILLIS), this::disaster);
    }

    /** Hardly a message arrives, though packets do. */
    private void storm(long duration) {
        stormUntil = Math.max(stormUntil, now() + duration);
    }

    private void partition(long duration) {
        int mask = random.nextInt();
        for (SimulatedNode node : nodes) {
            node.side = mask >> (node.index % Integer.SIZE) & 1;
        }
        after(duration, () -> nodes.forEach(each -> each.side = 0));
    }
}
