package io.dunlin.gossip;

import io.dunlin.gossip.SimulatedCluster.Event;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** Members crash, one after the other, in a cluster whose network loses packets. How long until it is noticed, and who is wronged? */
final class CrashExperiment {
    /** Long enough for the slowest suspicion; the next crash follows then. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Duration SETTLED = Duration.ofSeconds(5);

    static final String HEADER = """
            | members | loss | crashes | first suspicion, s | first declared dead, s | all know, s | false positives / node-hour | B / node-second |
            |---|---|---|---|---|---|---|---|
            """;

    private final int members;
    private final Conditions conditions;
    final Sample firstSuspicion = new Sample();
    final Sample firstDead = new Sample();
    final Sample allKnow = new Sample();
    private int crashes;
    private int unnoticed;
    private long wronged;
    private double nodeSeconds;
    private long bytes;

    /** What is wrong with the network. */
    enum Conditions {
        GOOD("0"),
        LOSS_5("5 %"),
        LOSS_25("25 %"),
        /** Half of what is sent to every 20th member is lost, and nothing of what they send. */
        ASYMMETRIC("50 % towards 1 in 20");

        private final String words;

        Conditions(String words) {
            this.words = words;
        }

        private SimulatedNetwork.Loss loss() {
            return switch (this) {
                case GOOD -> (from, to) -> 0;
                case LOSS_5 -> (from, to) -> 0.05;
                case LOSS_25 -> (from, to) -> 0.25;
                case ASYMMETRIC -> (from, to) -> to.number() % 20 == 0 ? 0.5 : 0;
            };
        }
    }

    CrashExperiment(int members, Conditions conditions) {
        this.members = members;
        this.conditions = conditions;
    }

    /** Lets {@code count} members of a new cluster crash. */
    CrashExperiment run(long seed, int count) {
        var cluster = new SimulatedCluster(seed, SimulatedCluster.Options.of(Profile.lan()));
        cluster.network().setLoss(conditions.loss());
        cluster.startFormed(members);
        cluster.pass(SETTLED);
        var watch = new Watch(cluster);
        cluster.watch(watch);
        long begin = cluster.now();
        long sentBefore = cluster.sent();
        var random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            SimulatedCluster.Node victim;
            do {
                victim = cluster.node(random.nextInt(members));
            } while (!victim.isUp());
            // The moment within everybody's interval is to be random as well.
            cluster.pass(Duration.ofMillis(random.nextLong(1000)));
            watch.crash(victim);
            while (!watch.isDone() && cluster.now() - watch.at < PATIENCE.toNanos()) {
                cluster.pass(Duration.ofSeconds(1));
            }
            watch.record();
        }
        bytes += cluster.sent() - sentBefore;
        nodeSeconds += (cluster.now() - begin) / 1e9 * members;
        return this;
    }

    private final class Watch implements SimulatedCluster.Watcher {
        private final SimulatedCluster cluster;
        private String victim = "";
        private long at;
        private long suspectedAt = -1;
        private long deadAt = -1;
        private long lastAt;
        private final Set<Integer> ignorant = new HashSet<>();

        Watch(SimulatedCluster cluster) {
            this.cluster = cluster;
        }

        void crash(SimulatedCluster.Node node) {
            crashes++;
            victim = node.name;
            at = cluster.now();
            suspectedAt = -1;
            deadAt = -1;
            ignorant.clear();
            node.host.crash();
            for (SimulatedCluster.Node other : cluster.nodes()) {
                NodeState known = other.protocol.table().get(victim);
                if (!other.isUp() || known == null || !MemberTable.isLive(known)) {
                    continue;
                }
                ignorant.add(other.number);
                if (known.state() == State.SUSPECT) {
                    // Wrongly until now, where much is lost.
                    suspectedAt = at;
                }
            }
        }

        @Override
        public void saw(SimulatedCluster.Node by, Event what, Member member) {
            if (!member.name().equals(victim)) {
                if (what == Event.GONE
                        && cluster.node(SimulatedCluster.number(member.name())).isUp()) {
                    wronged++;
                }
            } else if (what == Event.SUSPECTED && suspectedAt < 0) {
                suspectedAt = cluster.now();
            } else if (what == Event.GONE && ignorant.remove(by.number)) {
                deadAt = deadAt < 0 ? cluster.now() : deadAt;
                lastAt = cluster.now();
            }
        }

        boolean isDone() {
            return ignorant.isEmpty();
        }

        void record() {
            if (!isDone() || suspectedAt < 0) {
                unnoticed++;
                return;
            }
            firstSuspicion.add(suspectedAt - at);
            firstDead.add(deadAt - at);
            allKnow.add(lastAt - at);
        }
    }

    double falsePositivesPerNodeHour() {
        return wronged / (nodeSeconds / 3600);
    }

    int unnoticed() {
        return unnoticed;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %,d | %s | %d | %s | %s | %s%s | %.3f | %,.0f |%n",
                members,
                conditions.words,
                crashes,
                firstSuspicion,
                firstDead,
                allKnow,
                unnoticed == 0 ? "" : " (" + unnoticed + " not by all)",
                falsePositivesPerNodeHour(),
                bytes / nodeSeconds);
    }
}
