package io.dunlin.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.KeysReply;
import io.dunlin.cli.control.StatsReply;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.node.ClusterStats;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node stats}: what a running node has counted. */
@Command(
        name = "stats",
        description = "Shows what a running node has counted: packets by stage, and drops by reason.",
        footer = {
            "  overlay-node stats",
            "  overlay-node stats --node host1 --json | jq .drops",
            "  watch -d overlay-node stats --control /run/dunlin/host1.sock"
        })
final class StatsCommand implements Callable<Integer> {
    @Mixin
    private final NodeChoice choice = new NodeChoice();

    @Option(names = "--json", description = "Print JSON: the same, for scripts.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        StatsReply stats;
        try (var client = ControlClient.connect(choice.socket())) {
            stats = client.stats();
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            var mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            out.println(mapper.writeValueAsString(stats));
        } else {
            print(stats, out);
        }
        return ExitCode.OK;
    }

    private static void print(StatsReply stats, PrintWriter out) {
        out.println("node " + stats.node() + ", data path: " + stats.socket());
        for (var network : stats.networks()) {
            out.println("network " + network.name() + ": VNI " + network.vni() + ", MTU " + network.mtu()
                    + ", endpoints here " + network.endpoints() + ", remote " + network.remotes());
        }
        ClusterStats cluster = stats.cluster();
        if (cluster != null) {
            out.println("cluster: members " + cluster.members() + ", other nodes " + cluster.nodes()
                    + ", their endpoints " + cluster.endpoints() + ", conflicts " + cluster.conflicts());
            cluster.refused()
                    .forEach((reason, count) -> out.println("cluster: refused " + count + " for "
                            + reason.name().toLowerCase(Locale.ROOT)));
        }
        KeysReply keys = stats.keys();
        if (keys != null) {
            out.println("keys: " + keys.text());
        }
        out.println();
        stats.counters().forEach((counter, count) -> row(out, count, counter.name(), counter.description()));
        out.println();
        if (stats.drops().isEmpty()) {
            out.println("no packet dropped");
        } else {
            out.println("dropped:");
            stats.drops().forEach((reason, count) -> row(out, count, reason.name(), reason.description()));
        }
        if (!stats.errors().isEmpty()) {
            out.println();
            out.println("failures:");
            stats.errors().forEach((error, count) -> out.printf(Locale.ROOT, "%,16d  %s%n", count, error));
        }
    }

    private static void row(PrintWriter out, long count, String name, String description) {
        out.printf(
                Locale.ROOT,
                "%,16d  %-26s %s%n",
                count,
                name.toLowerCase(Locale.ROOT).replace('_', '-'),
                description);
    }
}
