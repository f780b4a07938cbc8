package io.dunlin.gossip;

import io.dunlin.gossip.SimulatedCluster.Event;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Lifeguard's experiment: some members stand still again and again, for seconds. That they are held dead at times is right; how many healthy
 * ones do they take with them?
 */
final class PauseExperiment {
    static final String HEADER = """
            | members | of these ill | what stands still | detector | healthy declared dead, times seen | by healthy ones | false positives / node-hour |
            |---|---|---|---|---|---|---|
            """;

    private static final int MIN_PAUSE_MILLIS = 500;
    private static final int MAX_PAUSE_MILLIS = 16_000;
    private static final int MIN_RUN_MILLIS = 1;
    private static final int MAX_RUN_MILLIS = 2_000;

    private final int members;
    private final int ill;
    private final Illness illness;
    private final boolean lifeguard;
    private final Duration duration;
    private long wronged;
    private long wrongedByHealthy;

    /** What stands still. */
    enum Illness {
        PROCESS("the process"),
        PACKETS("its packets, both ways");

        private final String words;

        Illness(String words) {
            this.words = words;
        }
    }

    /** The members with the lowest numbers are the ill ones. */
    PauseExperiment(int members, int ill, Illness illness, boolean lifeguard, Duration duration) {
        this.members = members;
        this.ill = ill;
        this.illness = illness;
        this.lifeguard = lifeguard;
        this.duration = duration;
    }

    PauseExperiment run(long seed) {
        var options = SimulatedCluster.Options.of(Profile.lan());
        var cluster = new SimulatedCluster(seed, lifeguard ? options : options.withoutLifeguard());
        cluster.startFormed(members);
        cluster.pass(Duration.ofSeconds(10));
        cluster.watch((by, what, member) -> {
            if (what == Event.GONE && SimulatedCluster.number(member.name()) >= ill) {
                wronged++;
                wrongedByHealthy += by.number >= ill ? 1 : 0;
            }
        });
        var random = new SplittableRandom(seed);
        for (int i = 0; i < ill; i++) {
            run(cluster, cluster.node(i).host, random.split());
        }
        cluster.pass(duration);
        return this;
    }

    private void run(SimulatedCluster cluster, SimulatedHost host, SplittableRandom random) {
        cluster.at(Duration.ofMillis(random.nextInt(MIN_RUN_MILLIS, MAX_RUN_MILLIS)), () -> {
            if (illness == Illness.PROCESS) {
                host.pause();
            } else {
                host.block();
            }
            cluster.at(Duration.ofMillis(random.nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS)), () -> {
                if (illness == Illness.PROCESS) {
                    host.resume();
                } else {
                    host.unblock();
                }
                run(cluster, host, random);
            });
        });
    }

    long wronged() {
        return wronged;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %,d | %d | %s | %s | %,d | %,d | %.3f |%n",
                members,
                ill,
                illness.words,
                lifeguard ? "ours" : "plain SWIM",
                wronged,
                wrongedByHealthy,
                wronged / (members * duration.toNanos() / 3.6e12));
    }
}
