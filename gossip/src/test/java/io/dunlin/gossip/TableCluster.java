package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import io.dunlin.gossip.wire.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Members with tables on a simulated network and virtual time. Membership itself is told by an oracle, which learns late who is there, at
 * each member at another time; gossip ticks and push/pulls are memberlist's.
 */
final class TableCluster {
    static final int PACKET = 1400;

    private static final int MESSAGE_OVERHEAD = 3;
    private static final int GOSSIP_NODES = 3;
    private static final long START_MILLIS = 1_700_000_000_000L;

    final SplittableRandom random;
    final Map<String, Node> nodes = new LinkedHashMap<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Node> byPort = new ArrayList<>();
    private long now = 1;
    private long sequence;

    /** Of packets that are lost, and that come twice. */
    double loss;

    double duplicates;
    /** The most that a packet is under way. */
    Duration delay = Duration.ofMillis(2);

    Duration gossipInterval = Duration.ofMillis(200);
    Duration pushPullInterval = Duration.ofSeconds(30);
    /** The most that the oracle is late. */
    Duration detection = Duration.ofMillis(500);
    /** Of streams, in bytes a second. */
    double bandwidth = 100e6;

    TableLimits limits = TableLimits.DEFAULT;

    long packets;
    long packetBytes;
    long streams;
    long streamBytes;

    private record Event(long at, long sequence, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
        }
    }

    TableCluster(long seed) {
        random = new SplittableRandom(seed);
    }

    long now() {
        return now;
    }

    /** Starts one, of which the others learn, and the other way round. */
    Node start(String name) {
        Node node = startUnseen(name);
        presenceChanged();
        return node;
    }

    /** Starts many that learn of each other. */
    void startAll(List<String> names) {
        names.forEach(this::startUnseen);
        presenceChanged();
    }

    private Node startUnseen(String name) {
        return start(new Node(name, byPort.size() + 1, START_MILLIS + now / 1_000_000, false));
    }

    /** Starts one whose clock is wrong. */
    Node start(String name, Duration clockAhead) {
        Node node =
                start(new Node(name, byPort.size() + 1, START_MILLIS + now / 1_000_000 + clockAhead.toMillis(), false));
        presenceChanged();
        return node;
    }

    /** Starts one that knows nothing of tables, relays nothing and says something else in push/pull. */
    Node startForeign(String name) {
        Node node = start(new Node(name, byPort.size() + 1, START_MILLIS + now / 1_000_000, true));
        presenceChanged();
        return node;
    }

    private Node start(Node node) {
        byPort.add(node);
        nodes.put(node.name, node);
        node.layer.start(node);
        node.ticks();
        return node;
    }

    /** The process ends without a word. */
    void crash(String name) {
        node(name).up = false;
        presenceChanged();
    }

    void leave(String name) {
        Node leaver = node(name);
        leaver.left = true;
        leaver.up = false;
        presenceChanged();
    }

    Node node(String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node " + name);
        }
        return node;
    }

    /** From now on members reach only those of their own part, and {@code parts} says which that is. */
    void partition(Map<String, Integer> parts) {
        nodes.values().forEach(node -> node.part = parts.getOrDefault(node.name, 0));
        presenceChanged();
    }

    void heal() {
        partition(Map.of());
    }

    Collection<Node> up() {
        return nodes.values().stream().filter(node -> node.up).toList();
    }

    void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.poll();
            now = event.at;
            event.task.run();
        }
        now = end;
    }

    void at(long nanos, Runnable task) {
        events.add(new Event(now + nanos, sequence++, task));
    }

    private void presenceChanged() {
        for (Node seer : up()) {
            for (Node seen : nodes.values()) {
                if (seer != seen) {
                    at(1 + random.nextLong(detection.toNanos() + 1), () -> seer.look(seen));
                }
            }
        }
    }

    private static boolean reaches(Node from, Node to) {
        return from.up && to.up && from.part == to.part;
    }

    private void packet(Node from, InetSocketAddress to, List<byte[]> messages) {
        Node receiver = byPort.get(to.getPort() - 1);
        int copies = random.nextDouble() < duplicates ? 2 : 1;
        packets++;
        messages.forEach(message -> packetBytes += message.length + MESSAGE_OVERHEAD);
        for (int i = 0; i < copies; i++) {
            if (random.nextDouble() >= loss && reaches(from, receiver)) {
                at(1 + random.nextLong(delay.toNanos()), () -> messages.forEach(receiver::receive));
            }
        }
    }

    private void stream(Node from, InetSocketAddress to, int bytes, Consumer<Node> arrives, Consumer<Boolean> done) {
        Node receiver = byPort.get(to.getPort() - 1);
        streams++;
        streamBytes += bytes;
        long time = 3 * (1 + random.nextLong(delay.toNanos())) + (long) (bytes / bandwidth * 1e9);
        at(time, () -> {
            boolean reached = reaches(from, receiver);
            if (reached) {
                arrives.accept(receiver);
            }
            if (from.up) {
                done.accept(reached);
            }
        });
    }

    /** A member. A restarted one is another node of the same name. */
    final class Node implements Layer.Membership, Clock {
        final String name;
        final Tables tables;
        final Layer layer;
        private final InetSocketAddress address;
        private final long started = now;
        private final long startedMillis;
        private final Map<String, Member> view = new HashMap<>();
        private final List<Member> others = new ArrayList<>();
        private final Member self;
        boolean up = true;
        private boolean left;
        private int part;

        Node(String name, int port, long startedMillis, boolean isForeign) {
            this.name = name;
            this.startedMillis = startedMillis;
            this.address = address(port);
            this.self = member(Member.State.ALIVE);
            this.tables = new Tables(name, this, random.split(), limits);
            this.layer = isForeign ? new Foreign() : tables.layer();
            view.put(name, self);
        }

        private Member member(Member.State state) {
            return new Member(name, address, Bytes.EMPTY, ProtocolConfig.SPOKEN, state);
        }

        private void ticks() {
            at(random.nextLong(gossipInterval.toNanos()), this::gossip);
            at(random.nextLong(pushPullInterval.toNanos()), this::pushPullRegularly);
        }

        private void gossip() {
            if (!up) {
                return;
            }
            for (int i = 0; i < GOSSIP_NODES && !others.isEmpty(); i++) {
                var messages = new ArrayList<byte[]>();
                layer.gossip(MESSAGE_OVERHEAD, PACKET, messages::add);
                int size = messages.stream()
                        .mapToInt(message -> message.length + MESSAGE_OVERHEAD)
                        .sum();
                if (size > PACKET) {
                    throw new IllegalStateException("packet of " + size + " bytes");
                }
                if (!messages.isEmpty()) {
                    packet(this, others.get(random.nextInt(others.size())).address(), messages);
                }
            }
            at(gossipInterval.toNanos(), this::gossip);
        }

        private void pushPullRegularly() {
            if (!up) {
                return;
            }
            Member peer = random();
            if (peer != null) {
                pushPull(peer.address(), _ -> {});
            }
            at(pushPullInterval.toNanos(), this::pushPullRegularly);
        }

        private void receive(byte[] message) {
            if (up) {
                layer.message(message);
            }
        }

        /** The oracle tells of another. */
        private void look(Node seen) {
            if (!up || nodes.get(seen.name) != seen) {
                return;
            }
            Member known = view.get(seen.name);
            boolean there = reaches(this, seen);
            if (known != null && (!there || !known.address().equals(seen.address))) {
                view.remove(seen.name);
                others.removeIf(member -> member.name().equals(seen.name));
                layer.gone(seen.member(seen.left ? Member.State.LEFT : Member.State.DEAD));
                known = null;
            }
            if (known == null && there) {
                boolean first = others.isEmpty();
                Member member = seen.member(Member.State.ALIVE);
                view.put(seen.name, member);
                others.add(member);
                layer.joined(member);
                if (first) {
                    pushPull(seen.address, _ -> {});
                }
            }
        }

        @Override
        public Clock clock() {
            return this;
        }

        @Override
        public String localName() {
            return name;
        }

        @Override
        public List<Member> members() {
            return List.copyOf(view.values());
        }

        @Override
        public @Nullable Member member(String wanted) {
            return view.get(wanted);
        }

        @Override
        public @Nullable Member random() {
            return others.isEmpty() ? null : others.get(random.nextInt(others.size()));
        }

        @Override
        public void send(Member to, byte[] data) {
            if (data.length > PACKET) {
                throw new IllegalArgumentException("packet of " + data.length + " bytes");
            }
            packet(this, to.address(), List.of(data));
        }

        @Override
        public void sendReliably(Member to, byte[] data, Consumer<Boolean> done) {
            stream(this, to.address(), data.length, receiver -> receiver.layer.message(data), done);
        }

        void pushPull(InetSocketAddress with, Consumer<Boolean> done) {
            byte[] mine = layer.localState(false);
            stream(
                    this,
                    with,
                    mine.length,
                    receiver -> {
                        byte[] theirs = receiver.layer.localState(false);
                        streamBytes += theirs.length;
                        receiver.layer.remoteState(mine, false, address);
                        layer.remoteState(theirs, false, with);
                    },
                    done);
        }

        @Override
        public int retransmitLimit() {
            return 4 * (int) Math.ceil(Math.log10(view.size() + 1));
        }

        @Override
        public int maxPacketMessage() {
            return PACKET;
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long currentTimeMillis() {
            return startedMillis + (now - started) / 1_000_000;
        }

        @Override
        public void execute(Runnable task) {
            schedule(0, task);
        }

        @Override
        public Timer schedule(long delayNanos, Runnable task) {
            var cancelled = new boolean[1];
            at(delayNanos, () -> {
                if (up && !cancelled[0]) {
                    task.run();
                }
            });
            return () -> cancelled[0] = true;
        }
    }

    /** What another program makes of membership. */
    private static final class Foreign implements Layer {
        @Override
        public void start(Membership membership) {}

        @Override
        public void message(byte[] data) {}

        @Override
        public void gossip(int overhead, int space, Consumer<byte[]> out) {
            out.accept(Bytes.utf8("hello").array());
        }

        @Override
        public byte[] localState(boolean join) {
            return Bytes.utf8("state").array();
        }

        @Override
        public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {}

        @Override
        public void joined(Member member) {}

        @Override
        public void updated(Member member) {}

        @Override
        public void gone(Member member) {}
    }

    private static InetSocketAddress address(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
