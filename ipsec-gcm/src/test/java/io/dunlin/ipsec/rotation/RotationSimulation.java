package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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

    private static final long MILLIS = 1_000_000;
    private static final long TICK = 200 * MILLIS;
    private static final long SEND = 100 * MILLIS;
    private static final long MAX_LATENCY = 60 * MILLIS;
    /** Of one packet in twenty. The grace time is longer. */
    private static final long MAX_DELAY = 2_500 * MILLIS;
    /** Without contact for so long, a node is held for failed. */
    private static final long FAILED = 3_000 * MILLIS;
    /** What is told again after a loss has arrived by then: a dozen retries. */
    private static final long RECOVERY = 4_000 * MILLIS;

    /** Until a change of members is seen by all: two ticks. */
    private static final long NOTICE = 2 * TICK;

    private static final double STORM = 0.9;
    private static final int RECORDED = 256;
    private static final byte[] NOTHING = {};

    final long seed;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final NonceOracle oracle = new NonceOracle(jdk());
    private final List<Node> nodes = new ArrayList<>();
    private final Set<Long> accepted = new HashSet<>();
    private final List<Recorded> recorded = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private long eventNumber;
    private long now;
    private long packets;
    private double loss = 0.15;
    private long stormUntil = -RECOVERY;
    private boolean isTurbulent = true;

    long opened;
    long held;
    long excused;
    long replaysRefused;
    int disasters;

    private record Event(long due, long number, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return Comparator.comparingLong(Event::due)
                    .thenComparingLong(Event::number)
                    .compare(this, other);
        }
    }

    private record Recorded(Node to, ByteBuffer packet) {}

    RotationSimulation(long seed, int size) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < size; i++) {
            nodes.add(new Node("node-" + i, i, size));
        }
    }

    private static AeadEngine jdk() {
        return AeadEngines.find(() -> 0).named("jdk");
    }

    // ------------------------------------------------------------------ running

    /** Until the cluster's key has turned so often, and then for a quiet while. */
    void run(int rotations) {
        for (Node node : nodes) {
            at(random.nextLong(2_000 * MILLIS), node::start);
            at(node.index * TICK / nodes.size(), node::tick);
            at(node.index * SEND / nodes.size(), node::send);
        }
        at(10_000 * MILLIS, this::disaster);
        long deadline = rotations * 4L * CONFIG.interval().toNanos() + 200_000 * MILLIS;
        while (epoch() < rotations) {
            step();
            if (now > deadline) {
                fault("stuck at epoch " + epoch() + " of " + rotations);
                break;
            }
        }
        isTurbulent = false;
        pass(90_000 * MILLIS); // the longest disaster, and then peace
        loss = 0;
        settle();
    }

    private void settle() {
        // between two rotations, which go on: nothing is under way for most of an interval
        for (int i = 0; i < 200 && !isAtOne(); i++) {
            pass(TICK);
        }
        if (!isAtOne()) {
            fault("not at one: " + nodes);
        }
        Set<String> rings = new TreeSet<>();
        for (Node node : nodes) {
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
        for (Node node : nodes) {
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

    private long epoch() {
        long epoch = 0;
        for (Node node : nodes) {
            KeyId newest = node.rotation == null ? null : node.rotation.ring().newest();
            epoch = Math.max(epoch, newest == null ? 0 : newest.epoch());
        }
        return epoch;
    }

    private void at(long due, Runnable task) {
        events.add(new Event(due, eventNumber++, task));
    }

    private void after(long delay, Runnable task) {
        at(now + delay, task);
    }

    private void step() {
        Event event = events.remove();
        now = event.due();
        event.task().run();
    }

    private void pass(long nanos) {
        long end = now + nanos;
        while (!events.isEmpty() && events.element().due() <= end) {
            step();
        }
        now = end;
    }

    private void fault(String what) {
        faults.add("at %.3f s: %s".formatted(now / 1e9, what));
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
                        now / 1e9);
    }

    private long epochAtEnd;

    // ------------------------------------------------------------------ disasters

    private void disaster() {
        if (!isTurbulent) {
            return;
        }
        disasters++;
        Node node = nodes.get(random.nextInt(nodes.size()));
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
        stormUntil = Math.max(stormUntil, now + duration);
    }

    private void partition(long duration) {
        int mask = random.nextInt();
        for (Node node : nodes) {
            node.side = mask >> (node.index % Integer.SIZE) & 1;
        }
        after(duration, () -> nodes.forEach(each -> each.side = 0));
    }

    // ------------------------------------------------------------------ a node

    private final class Node implements Outlet {
        final String name;
        final int index;
        final long[] contacts;
        /** When this node held the other for failed, last. */
        final long[] failedAt;

        /** When a partition was between both, last. */
        final long[] cutAt;

        /** In which of its starts it gave out an SPI. */
        final Map<Integer, Long> startOfSpi = new HashMap<>();

        final boolean[] couldSend;
        int side;
        long wallOffsetMillis;
        long since;
        long resumesAt;
        long resumedAt = -RECOVERY;
        long begunAt;

        Optional<byte[]> disk = Optional.empty();

        @Nullable
        Rotation rotation;

        Traffic traffic = new Traffic(oracle);
        GenerationWatch watch = new GenerationWatch(Duration.ofSeconds(5));
        long boots;
        List<Member> view = List.of();

        Node(String name, int index, int size) {
            this.name = name;
            this.index = index;
            contacts = new long[size];
            failedAt = new long[size];
            cutAt = new long[size];
            couldSend = new boolean[size];
        }

        boolean isUp() {
            return rotation != null && now >= resumesAt;
        }

        long wallMillis() {
            return 1_700_000_000_000L + now / MILLIS + wallOffsetMillis;
        }

        void start() {
            KeyRing ring = KeyRing.EMPTY;
            if (disk.isPresent()) {
                try {
                    ring = KeyRingFormat.decode(disk.get());
                } catch (KeyRingException e) {
                    fault(name + ": " + e.getMessage());
                }
            }
            boots++;
            begunAt = now;
            since = wallMillis();
            watch = new GenerationWatch(Duration.ofSeconds(5));
            traffic = new Traffic(oracle);
            Arrays.fill(contacts, -FAILED);
            Arrays.fill(failedAt, now);
            Arrays.fill(couldSend, false);
            view = List.of();
            rotation = new Rotation(
                    name, BootId.random(random), ring, CONFIG, LeaderRule.LONGEST_LIVED, random.split(), this);
        }

        void crash(long downtime, boolean losesDisk) {
            if (rotation != null) {
                close();
                disk = losesDisk ? Optional.empty() : disk;
                after(downtime, this::start);
            }
        }

        void close() {
            if (rotation != null) {
                epochAtEnd = Math.max(epochAtEnd, epoch());
                rotation.close();
                rotation = null;
                traffic.close();
            }
        }

        void pause(long duration) {
            if (isUp()) {
                resumesAt = now + duration;
                at(resumesAt, this::resume);
            }
        }

        private void resume() {
            resumedAt = now;
            work(); // before anything is sent
        }

        void askToRotate() {
            if (rotation != null && isUp()) {
                rotation.rotate();
            }
        }

        void tick() {
            work();
            after(TICK, this::tick);
        }

        private void work() {
            Rotation own = rotation;
            if (own == null || !isUp()) {
                return;
            }
            if (watch.isSetBack(now, wallMillis(), 0)) {
                boots++;
                begunAt = now;
                own.beginAnew(BootId.random(random), now);
            }
            look(own);
            own.settle(now);
            if (own.isSetBack()) {
                fault(name + " was never set back");
            }
            own.tick(now, wallMillis());
        }

        private void look(Rotation own) {
            var living = new ArrayList<Member>();
            for (Node other : nodes) {
                if (other == this) {
                    living.add(new Member(name, since));
                    continue;
                }
                cutAt[other.index] = other.side == side ? cutAt[other.index] : now;
                if (other.isUp() && other.side == side) {
                    contacts[other.index] = now;
                }
                if (now - contacts[other.index] < FAILED) {
                    living.add(new Member(other.name, other.since));
                } else {
                    failedAt[other.index] = now;
                }
            }
            if (!living.equals(view)) {
                view = living;
                own.members(living);
            }
        }

        // ---- messages

        @Override
        public void send(String to, byte[] message) {
            Node receiver = nodes.get(Integer.parseInt(to.substring("node-".length())));
            int copies = random.nextDouble() < 0.05 ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                if (random.nextDouble() >= (now < stormUntil ? STORM : loss)) {
                    after(random.nextLong(1 + MAX_LATENCY), () -> arrive(receiver, message));
                }
            }
        }

        private void arrive(Node receiver, byte[] message) {
            if (receiver.side != side) {
                return;
            }
            if (receiver.time() < receiver.resumesAt) {
                at(receiver.resumesAt, () -> arrive(receiver, message)); // lies in the socket's buffer
            } else if (receiver.rotation != null) {
                receiver.rotation.receive(name, message, now);
                if (random.nextInt(4) > 0) { // else another comes before it is done
                    receiver.rotation.settle(now);
                }
            }
        }

        private long time() {
            return now;
        }

        @Override
        public void store(KeyRing ring) {
            disk = Optional.of(KeyRingFormat.encode(ring));
        }

        @Override
        public void publish(AssociationTable table) {
            traffic.take(table);
            table.inbound().keySet().forEach(spi -> startOfSpi.putIfAbsent(spi.value(), boots));
        }

        // ---- packets

        void send() {
            if (isUp()) {
                Node to = nodes.get(random.nextInt(nodes.size()));
                if (to != this) {
                    send(to);
                }
                if (!recorded.isEmpty()) {
                    replay(recorded.get(random.nextInt(recorded.size())));
                }
            }
            after(SEND / 2 + random.nextLong(SEND), this::send);
        }

        private void send(Node to) {
            long number = packets++;
            byte[] packet = traffic.seal(to.name, number).orElse(NOTHING);
            if (packet.length == 0) {
                held++;
                if (couldSend[to.index] && !isSilenceExcused(to)) {
                    fault(name + " can no longer send to " + to.name + "\n  " + this + "\n  " + to);
                }
                return;
            }
            couldSend[to.index] = true;
            if (recorded.size() < RECORDED) {
                recorded.add(new Recorded(to, ByteBuffer.wrap(packet)));
            } else {
                recorded.set(random.nextInt(RECORDED), new Recorded(to, ByteBuffer.wrap(packet)));
            }
            long sent = now;
            long ownBoots = boots;
            long latency = random.nextLong(1 + (random.nextInt(20) == 0 ? MAX_DELAY : MAX_LATENCY));
            after(latency, () -> deliver(to, packet, number, sent, ownBoots));
        }

        private void deliver(Node to, byte[] packet, long number, long sent, long ownBoots) {
            if (to.side != side || to.rotation == null) {
                return;
            }
            if (!to.isUp()) {
                at(to.resumesAt, () -> deliver(to, packet, number, sent, ownBoots));
                return;
            }
            if (to.traffic.open(packet).isPresent()) {
                opened++;
                if (!accepted.add(number)) {
                    fault("packet " + number + " was accepted twice by " + to.name);
                }
            } else if (accepted.contains(number)) {
                replaysRefused++;
            } else if (isLossExcused(to, packet, sent, ownBoots)) {
                excused++;
            } else {
                fault("packet " + number + " of " + name + " was lost at " + to.name + ", sent at " + sent / 1e9
                        + "\n  " + this + "\n  " + to);
            }
        }

        /**
         * What a rotation need not save: the sender started anew since, or did not know yet that the receiver had, or one held the other for
         * failed just then.
         */
        private boolean isLossExcused(Node to, byte[] packet, long sent, long ownBoots) {
            Long start = to.startOfSpi.get(ByteBuffer.wrap(packet).getInt());
            return boots != ownBoots
                    || start == null
                    || start != to.boots
                    || sent - failedAt[to.index] < NOTICE
                    || sent - to.failedAt[index] < NOTICE;
        }

        /** What may keep two from telling each other where they stand. */
        private boolean isSilenceExcused(Node to) {
            long lately = now - RECOVERY;
            return to.rotation == null
                    || Math.max(begunAt, to.begunAt) > lately
                    || Math.max(failedAt[to.index], to.failedAt[index]) > lately
                    || Math.max(cutAt[to.index], resumedAt) > lately
                    || stormUntil > lately;
        }

        private void replay(Recorded old) {
            if (old.to().rotation != null && old.to().isUp()) {
                old.to()
                        .traffic
                        .open(old.packet().array())
                        .ifPresentOrElse(
                                number -> {
                                    // it may be that this copy comes first: then the other one is the replay
                                    if (!accepted.add(number)) {
                                        fault("packet " + number + " was accepted again by " + old.to().name);
                                    }
                                },
                                () -> replaysRefused++);
            }
        }

        @Override
        public String toString() {
            return rotation == null
                    ? name + " down"
                    : name + " " + rotation.ring() + " waiting for " + rotation.waitingFor();
        }
    }
}
