package io.dunlin.gossip;

import io.dunlin.gossip.SimulatedCluster.Event;
import io.dunlin.gossip.SimulatedCluster.Node;
import io.dunlin.gossip.SimulatedCluster.Options;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.gossip.wire.PacketCodec;
import io.dunlin.gossip.wire.ProtocolException;
import io.dunlin.gossip.wire.Refused;
import io.dunlin.gossip.wire.StreamCodec;
import io.dunlin.gossip.wire.TurningKeys;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A cluster on virtual time some of whose members are given keys that turn, each at a moment of its own, as a rotation gives them: a new one to
 * all, and when all have it, and a while after, the old ones are taken away. The others are like members made of memberlist: they know the ring
 * alone. All is drawn from a seed.
 */
final class KeysInTurn {
    /** Within it all are given a new key. */
    static final Duration SPREAD = Duration.ofSeconds(5);
    /** After that the old ones are taken away: what is known of a member's keys is everywhere by then, whatever is lost. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private static final byte[] JOIN_KEY = new byte[16];

    final SimulatedCluster cluster;
    private final long seed;
    private final int turning;
    private final SplittableRandom random;
    private final Map<Integer, Deque<byte[]>> keys = new HashMap<>();
    private final Set<String> wronged = new HashSet<>();
    private boolean isApart;

    /**
     * @param turning members with keys that turn
     * @param plain members without, whose numbers follow
     */
    KeysInTurn(long seed, int turning, int plain) {
        this.seed = seed;
        this.turning = turning;
        this.random = new SplittableRandom(seed);
        this.cluster = new SimulatedCluster(
                seed, Options.of(Profile.lan()).compressed().withKeys(number -> new TurningKeys(KeyRing.of(JOIN_KEY))));
        cluster.startFormed(turning + plain);
        cluster.nodes().forEach(node -> node.protocol.join(seeds(), result -> {}));
        cluster.watch((by, what, member) -> {
            boolean isUp = cluster.node(SimulatedCluster.number(member.name())).isUp();
            if (what == Event.GONE && member.state() == Member.State.DEAD && isUp && !isApart) {
                wronged.add(member.name() + " by " + by.name);
            }
        });
    }

    private static List<InetSocketAddress> seeds() {
        return List.of(SimulatedNetwork.address(0), SimulatedNetwork.address(1), SimulatedNetwork.address(2));
    }

    /** Gives a new key to those of these numbers whose keys turn, and takes away what they had. */
    void turn(int from, int to) {
        var key = new byte[16];
        random.nextBytes(key);
        for (int number = from; number < Math.min(to, turning); number++) {
            int each = number;
            cluster.at(random(SPREAD), () -> {
                ringOf(each).addFirst(key);
                give(each);
            });
            cluster.at(SPREAD.plus(GRACE).plus(random(SPREAD)), () -> {
                while (ringOf(each).size() > 1) {
                    ringOf(each).removeLast();
                }
                give(each);
            });
        }
    }

    void turnAll() {
        turn(0, turning);
    }

    private Deque<byte[]> ringOf(int number) {
        return keys.computeIfAbsent(number, _ -> new ArrayDeque<>());
    }

    private void give(int number) {
        Node node = cluster.node(number);
        if (node.keys != null && node.isUp()) {
            node.keys.turn(List.copyOf(ringOf(number)));
            node.protocol.announceKeys();
        }
    }

    /** A member's process ends and starts at once, with nothing but the ring; what it had comes back after a while, as it is given it again. */
    void wipe(int number) {
        Deque<byte[]> had = new ArrayDeque<>(ringOf(number));
        ringOf(number).clear();
        cluster.node(number).host.crash();
        cluster.start(number).protocol.join(seeds(), result -> {});
        cluster.at(random(SPREAD), () -> {
            if (!had.isEmpty() && ringOf(number).isEmpty()) {
                ringOf(number).add(had.getFirst());
                give(number);
            }
        });
    }

    /** Those below {@code border} and the others do not hear each other; until {@link #heal}. */
    void cut(int border, double loss) {
        isApart = true;
        cluster.network().setLoss((from, to) -> from.number() < border == to.number() < border ? loss : 1);
    }

    void heal(double loss) {
        cluster.network().setLoss((from, to) -> loss);
    }

    Duration random(Duration most) {
        return Duration.ofNanos(random.nextLong(most.toNanos()));
    }

    int random(int bound) {
        return random.nextInt(bound);
    }

    /** Members that lived and were declared dead, though nobody was cut off, and by whom. */
    Set<String> wronged() {
        return wronged;
    }

    /** What crossed the network: how much of it a reader opens who has the ring alone, of that between members whose keys turn, and of the rest. */
    final class Listener implements SimulatedNetwork.Tap {
        private final PacketCodec packets = new PacketCodec("", KeyRing.of(JOIN_KEY), false, random);
        private final StreamCodec streams = new StreamCodec("", KeyRing.of(JOIN_KEY), false, random);
        int between;
        int betweenOpened;
        int others;
        int othersOpened;

        @Override
        public void saw(SimulatedHost from, SimulatedHost to, byte[] bytes) {
            boolean isOpened = opens(bytes);
            if (from.number() < turning && to.number() < turning) {
                between++;
                betweenOpened += isOpened ? 1 : 0;
            } else {
                others++;
                othersOpened += isOpened ? 1 : 0;
            }
        }

        private boolean opens(byte[] bytes) {
            var messages = new ArrayList<Object>();
            if (packets.decode(bytes, (message, key) -> messages.add(message)) == null) {
                return true;
            }
            try {
                streams.decodeReply(bytes);
                return true;
            } catch (ProtocolException e) {
                return e.reason() != Refused.NO_KEY_FITS && e.reason() != Refused.NOT_ENCRYPTED;
            }
        }
    }

    Listener listen(Duration duration) {
        var listener = new Listener();
        cluster.network().setTap(listener);
        cluster.pass(duration);
        cluster.network().setTap((from, to, bytes) -> {});
        return listener;
    }

    @Override
    public String toString() {
        return "seed " + seed;
    }
}
