package io.dunlin.ipsec.rotation;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What one turn of the key costs each node of a large cluster, on virtual time, without loss: messages, bytes, the most that lie before a node at a
 * time, processor time, and how long it takes until all have switched. A node works through what arrives one after the other, and each takes as
 * long as it takes here: so what waits, waits as it would.
 */
final class RotationCost {
    private static final long MILLIS = 1_000_000;
    private static final long TICK = 250 * MILLIS;
    private static final long MIN_LATENCY = 100_000;
    private static final long MAX_LATENCY = 2 * MILLIS;

    /** Its time leaves out what else the machine does meanwhile. */
    private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();

    private final SplittableRandom random;
    private final EventQueue events = new EventQueue();
    private final List<Node> nodes = new ArrayList<>();

    /** One node's share. */
    record Share(long sent, long bytes, int mostWaiting, long workNanos, long switchedNanos, int published) {}

    RotationCost(long seed, int size) {
        random = new SplittableRandom(seed);
        var members = new ArrayList<Member>();
        for (int i = 0; i < size; i++) {
            nodes.add(new Node(i));
            members.add(new Member(nodes.get(i).name, i));
        }
        for (Node node : nodes) {
            events.at(random.nextLong(TICK), node::tick);
            node.rotation.members(members);
        }
    }

    /** The first key, for all. */
    void begin() {
        events.pass(RotationConfig.DEFAULT.grace().plusSeconds(30).toNanos());
        for (Node node : nodes) {
            if (!node.isSettledAt(1)) {
                throw new AssertionError(node.rotation.ring() + " waits for " + node.rotation.waitingFor());
            }
        }
    }

    /** One turn, until the old key is retired everywhere. The first is the leader's share. */
    List<Share> turn() {
        nodes.forEach(Node::beginCount);
        long start = events.now();
        nodes.getLast().rotation.rotate();
        events.pass(RotationConfig.DEFAULT.grace().plusSeconds(30).toNanos());
        var shares = new ArrayList<Share>();
        for (Node node : nodes) {
            if (!node.isSettledAt(2)) {
                throw new AssertionError(node.rotation.ring() + " waits for " + node.rotation.waitingFor());
            }
            shares.add(node.share(start));
        }
        return shares;
    }

    void close() {
        nodes.forEach(node -> node.rotation.close());
    }

    private final class Node implements Outlet {
        final String name;
        final Rotation rotation;
        private long freeAt;
        private boolean isAwaited;
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private final Queue<Runnable> inbox = new ArrayDeque<>();
        private long sent;
        private long bytes;
        private int mostWaiting;
        private long workNanos;
        private long switchedAt;
        private int published;
        private @Nullable KeyId before;

        Node(int index) {
            name = "node-" + index;
            rotation = new Rotation(
                    name,
                    BootId.random(random),
                    KeyRing.EMPTY,
                    RotationConfig.DEFAULT,
                    LeaderRule.LONGEST_LIVED,
                    random.split(),
                    this);
        }

        boolean isSettledAt(long epoch) {
            KeyId current = rotation.ring().current();
            return rotation.ring().isSettled() && current != null && current.epoch() == epoch;
        }

        void beginCount() {
            sent = 0;
            bytes = 0;
            mostWaiting = 0;
            workNanos = 0;
            published = 0;
            before = rotation.ring().current();
        }

        Share share(long start) {
            return new Share(sent, bytes, mostWaiting, workNanos, switchedAt - start, published);
        }

        void tick() {
            handle(() -> rotation.tick(events.now(), 1_700_000_000_000L + events.now() / MILLIS));
            events.at(events.now() + TICK, this::tick);
        }

        private void arrived(String from, byte[] message) {
            inbox.add(() -> rotation.receive(from, message, events.now()));
            mostWaiting = Math.max(mostWaiting, inbox.size());
            if (inbox.size() == 1) {
                handle(this::takeAll);
            }
        }

        private void takeAll() {
            while (!inbox.isEmpty()) {
                inbox.remove().run();
            }
            rotation.settle(events.now());
        }

        /** When what came before is done. */
        private void handle(Runnable task) {
            tasks.add(task);
            if (!isAwaited) {
                isAwaited = true;
                events.at(Math.max(events.now(), freeAt), this::work);
            }
        }

        private void work() {
            long start = THREAD.getCurrentThreadCpuTime();
            tasks.remove().run();
            long took = THREAD.getCurrentThreadCpuTime() - start;
            workNanos += took;
            freeAt = events.now() + took;
            isAwaited = !tasks.isEmpty();
            if (isAwaited) {
                events.at(freeAt, this::work);
            }
        }

        @Override
        public void send(String to, byte[] message) {
            sent++;
            bytes += message.length;
            Node receiver = nodes.get(Integer.parseInt(to.substring("node-".length())));
            events.at(events.now() + random.nextLong(MIN_LATENCY, MAX_LATENCY), () -> receiver.arrived(name, message));
        }

        @Override
        public void store(KeyRing ring) {
            if (before != null && !before.equals(ring.current())) {
                switchedAt = events.now();
                before = ring.current();
            }
        }

        @Override
        public void publish(AssociationTable table) {
            published++;
        }
    }
}
