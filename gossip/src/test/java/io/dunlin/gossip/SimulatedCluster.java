package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.gossip.wire.TurningKeys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Many members in one JVM, in one thread, on virtual time. Messages pass through the real codecs. All is drawn from one seed.
 */
final class SimulatedCluster {
    private final long seed;
    private final Options options;
    private final VirtualTime time = new VirtualTime();
    private final SimulatedNetwork network;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<NodeState, NodeState> shared = new HashMap<>();
    private Watcher watcher = (by, what, member) -> {};
    private int hostsMade;

    /**
     * How members are made.
     *
     * @param layer what rides on the member of that number
     * @param compress whether packets and streams are compressed
     * @param keys what the member of that number encrypts by; null: nothing is encrypted
     */
    record Options(
            Profile profile,
            boolean lifeguard,
            boolean compress,
            IntFunction<Layer> layer,
            IntFunction<@Nullable TurningKeys> keys) {
        static Options of(Profile profile) {
            return new Options(profile, true, false, number -> new NoLayer(), number -> null);
        }

        /** The same without Lifeguard: plain SWIM as its paper has it. */
        Options withoutLifeguard() {
            var plain = new Profile(
                    profile.probeInterval(),
                    profile.probeTimeout(),
                    profile.indirectChecks(),
                    profile.suspicionMult(),
                    1,
                    1,
                    profile.gossipInterval(),
                    profile.gossipNodes(),
                    profile.gossipToTheDead(),
                    profile.pushPullInterval(),
                    profile.streamTimeout(),
                    profile.retransmitMult());
            return new Options(plain, false, compress, layer, keys);
        }

        Options compressed() {
            return new Options(profile, lifeguard, true, layer, keys);
        }

        Options withLayer(IntFunction<Layer> made) {
            return new Options(profile, lifeguard, compress, made, keys);
        }

        Options withKeys(IntFunction<@Nullable TurningKeys> made) {
            return new Options(profile, lifeguard, compress, layer, made);
        }
    }

    /** What a member noticed. */
    enum Event {
        JOINED,
        UPDATED,
        SUSPECTED,
        GONE
    }

    /** Is told of all that any member notices. */
    interface Watcher {
        void saw(Node by, Event what, Member member);
    }

    /** A member. */
    final class Node {
        final int number;
        final String name;
        final SimulatedHost host;
        final Protocol protocol;
        final Layer layer;
        final @Nullable TurningKeys keys;

        Node(int number, int hostNumber) {
            this.number = number;
            this.name = name(number);
            this.host = new SimulatedHost(network, hostNumber);
            this.layer = options.layer().apply(number);
            this.keys = options.keys().apply(number);
            var random = new SplittableRandom(seed * 1_000_003 + hostsMade++);
            ProtocolConfig usual = ProtocolConfig.of(name, options.profile());
            var config = new ProtocolConfig(
                    name,
                    null,
                    Bytes.utf8("meta of " + name),
                    options.profile(),
                    usual.versions(),
                    usual.maxPacket(),
                    usual.reclaimAfter(),
                    options.lifeguard(),
                    SimulatedCluster.this::share);
            this.protocol = new Protocol(
                    config,
                    host,
                    host,
                    random,
                    new PacketCodec("", keys, options.compress(), random),
                    new StreamCodec("", keys, options.compress(), random),
                    keys,
                    layer,
                    new Watching());
        }

        private final class Watching implements Observer {
            @Override
            public void joined(Member member) {
                watcher.saw(Node.this, Event.JOINED, member);
            }

            @Override
            public void updated(Member member) {
                watcher.saw(Node.this, Event.UPDATED, member);
            }

            @Override
            public void suspected(Member member) {
                watcher.saw(Node.this, Event.SUSPECTED, member);
            }

            @Override
            public void gone(Member member) {
                watcher.saw(Node.this, Event.GONE, member);
            }

            @Override
            public void dropped(Enum<?> reason, String what, @Nullable InetSocketAddress from) {
                if (reason == DropReason.FAILED) {
                    throw new AssertionError("seed " + seed + ": " + name + " failed: " + what);
                }
            }
        }

        boolean isUp() {
            return !host.isDown();
        }

        NodeState self() {
            return Objects.requireNonNull(protocol.table().get(name));
        }
    }

    SimulatedCluster(long seed, Options options) {
        this.seed = seed;
        this.options = options;
        this.network = new SimulatedNetwork(time, seed);
    }

    static String name(int number) {
        return "node-" + String.format("%05d", number);
    }

    static int number(String name) {
        return Integer.parseInt(name.substring("node-".length()));
    }

    private NodeState share(NodeState state) {
        if (shared.size() > 1 << 18) {
            shared.clear();
        }
        NodeState before = shared.putIfAbsent(state, state);
        return before == null ? state : before;
    }

    SimulatedNetwork network() {
        return network;
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(int number) {
        return nodes.get(number);
    }

    void watch(Watcher watching) {
        watcher = watching;
    }

    long now() {
        return time.now();
    }

    void at(Duration fromNow, Runnable task) {
        time.at(time.now() + fromNow.toNanos(), task);
    }

    void pass(Duration duration) {
        time.pass(duration.toNanos());
    }

    /** Starts {@code count} members that know each other from the beginning, as those of a cluster do that has been there for a while. */
    void startFormed(int count) {
        for (int i = 0; i < count; i++) {
            start(i);
        }
        List<NodeState> states = nodes.stream().map(Node::self).toList();
        for (Node node : nodes) {
            for (NodeState state : states) {
                if (node.protocol.table().get(state.name()) == null) {
                    node.protocol.table().put(state, 0);
                }
            }
        }
    }

    /** Starts a member that knows nobody, on the host of its number. */
    Node start(int number) {
        var node = new Node(number, number);
        while (nodes.size() <= number) {
            nodes.add(node);
        }
        nodes.set(number, node);
        try {
            node.protocol.start();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return node;
    }

    /** Whether each of {@code members} that is up holds exactly those that are up for alive. */
    boolean agrees(List<Node> members) {
        List<Node> up = members.stream().filter(Node::isUp).toList();
        for (Node node : up) {
            MemberTable table = node.protocol.table();
            if (table.live() != up.size()) {
                return false;
            }
            for (Node other : up) {
                NodeState state = table.get(other.name);
                if (state == null || state.state() != State.ALIVE) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Lets time pass until all who are up agree; for how long it had to, in nanoseconds, or −1 if {@code atMost} was not enough. */
    long passUntilAgreed(Duration step, Duration atMost) {
        long start = now();
        while (now() - start < atMost.toNanos()) {
            pass(step);
            if (agrees(nodes)) {
                return now() - start;
            }
        }
        return -1;
    }

    /** Bytes that all have sent. */
    long sent() {
        return nodes.stream().mapToLong(node -> node.host.sent()).sum();
    }

    @Override
    public String toString() {
        return "cluster of " + nodes.size() + ", seed " + seed;
    }
}
