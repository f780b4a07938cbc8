package io.dunlin.gossip;

import io.dunlin.gossip.SimulatedCluster.Event;
import io.dunlin.gossip.SimulatedCluster.Node;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Something happens to much of a cluster at once, and ends. How long until all who are up agree who is up, and what does it cost? */
final class TurmoilExperiment {
    static final String HEADER = """
            | members | what | loss | all agree after, s | false positives meanwhile | kB per member |
            |---|---|---|---|---|---|
            """;

    private static final Duration STEP = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int SEEDS = 3;

    private final int members;
    private final Kind kind;
    private final double loss;
    private long agreedAfter;
    private long wronged;
    private double kilobytes;

    /** What happens. */
    enum Kind {
        PARTITION("halves apart for 5 minutes, healed"),
        SHORT_PARTITION("halves apart for 45 s, healed"),
        ISOLATED("one member cut off for 5 minutes, back"),
        MASS_RESTART("all processes end, and start 5 s later"),
        COLD_START("all start at once, with three seeds"),
        CHURN("for 5 minutes, each second one crashes, leaves or starts");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    TurmoilExperiment(int members, Kind kind, double loss) {
        this.members = members;
        this.kind = kind;
        this.loss = loss;
    }

    TurmoilExperiment run(long seed) {
        var cluster = new SimulatedCluster(seed, SimulatedCluster.Options.of(Profile.lan()));
        cluster.network().setLoss((from, to) -> loss);
        if (kind == Kind.COLD_START) {
            restart(cluster);
        } else {
            cluster.startFormed(members);
            cluster.nodes().forEach(node -> node.protocol.join(seeds(), result -> {}));
            cluster.pass(Duration.ofSeconds(10));
            happen(cluster, new SplittableRandom(seed));
        }
        long sentBefore = cluster.sent();
        cluster.watch((by, what, member) -> {
            if (what == Event.GONE
                    && member.state() == Member.State.DEAD
                    && cluster.node(SimulatedCluster.number(member.name())).isUp()) {
                wronged++;
            }
        });
        agreedAfter = cluster.passUntilAgreed(STEP, PATIENCE);
        kilobytes = (cluster.sent() - sentBefore) / 1e3 / members;
        return this;
    }

    private void happen(SimulatedCluster cluster, SplittableRandom random) {
        switch (kind) {
            case PARTITION -> apart(cluster, members / 2, Duration.ofMinutes(5));
            case SHORT_PARTITION -> apart(cluster, members / 2, Duration.ofSeconds(45));
            case ISOLATED -> apart(cluster, 1, Duration.ofMinutes(5));
            case MASS_RESTART -> {
                cluster.nodes().forEach(node -> node.host.crash());
                cluster.pass(Duration.ofSeconds(5));
                restart(cluster);
            }
            case CHURN -> churn(cluster, random);
            case COLD_START -> throw new IllegalStateException("there is nothing yet that it could happen to");
        }
    }

    /** Those with numbers below {@code border} and the others do not hear each other for a while. */
    private void apart(SimulatedCluster cluster, int border, Duration duration) {
        cluster.network().setLoss((from, to) -> from.number() < border == to.number() < border ? loss : 1);
        cluster.pass(duration);
        cluster.network().setLoss((from, to) -> loss);
    }

    private void restart(SimulatedCluster cluster) {
        for (int i = 0; i < members; i++) {
            cluster.start(i).protocol.join(seeds(), result -> {});
        }
    }

    private void churn(SimulatedCluster cluster, SplittableRandom random) {
        for (int second = 0; second < 300; second++) {
            // Seeds stay, as those do that are known by name.
            Node node = cluster.node(random.nextInt(SEEDS, members));
            if (!node.isUp()) {
                cluster.start(node.number).protocol.join(seeds(), result -> {});
            } else if (random.nextBoolean()) {
                node.host.crash();
            } else {
                node.protocol.leave(Duration.ofSeconds(5), () -> {
                    node.protocol.stop();
                    node.host.crash();
                });
            }
            cluster.pass(Duration.ofSeconds(1));
        }
    }

    private static List<InetSocketAddress> seeds() {
        return IntStream.range(0, SEEDS).mapToObj(SimulatedNetwork::address).toList();
    }

    double agreedAfterSeconds() {
        return agreedAfter < 0 ? Double.POSITIVE_INFINITY : agreedAfter / 1e9;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %,d | %s | %.0f %% | %s | %,d | %,.0f |%n",
                members,
                kind.words,
                100 * loss,
                agreedAfter < 0 ? "not within 5 minutes" : String.format(Locale.ROOT, "%.1f", agreedAfter / 1e9),
                wronged,
                kilobytes);
    }
}
