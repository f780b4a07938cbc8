package io.dunlin.gossip;

import java.time.Duration;
import java.util.Locale;

/** Nothing happens. What does it cost, and does anybody see ghosts? */
final class QuietExperiment {
    static final String HEADER = """
            | members | compressed | false positives / node-hour | B / node-second |
            |---|---|---|---|
            """;

    /** What the start itself causes is over. */
    private static final Duration SETTLED = Duration.ofSeconds(30);

    private final int members;
    private final boolean compressed;
    private final Duration duration;
    private long wronged;
    private long bytes;

    QuietExperiment(int members, boolean compressed, Duration duration) {
        this.members = members;
        this.compressed = compressed;
        this.duration = duration;
    }

    QuietExperiment run(long seed) {
        var options = SimulatedCluster.Options.of(Profile.lan());
        var cluster = new SimulatedCluster(seed, compressed ? options.compressed() : options);
        cluster.startFormed(members);
        cluster.pass(SETTLED);
        cluster.watch((by, what, member) -> wronged += what == SimulatedCluster.Event.GONE ? 1 : 0);
        long before = cluster.sent();
        cluster.pass(duration);
        bytes = cluster.sent() - before;
        return this;
    }

    double bytesPerNodeSecond() {
        return (double) bytes / members / duration.toSeconds();
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %,d | %s | %.3f | %,.0f |%n",
                members,
                compressed ? "yes" : "no",
                wronged / (members * duration.toNanos() / 3.6e12),
                bytesPerNodeSecond());
    }
}
