package io.dunlin.cli.demo;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.demo.DemoReport.Result;
import io.dunlin.cli.demo.DemoReport.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** iperf3 for three seconds, if it is installed. */
final class IperfCheck {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String CHECK = "throughput, one TCP stream";

    private final Programs programs;
    private final Namespaces namespaces;

    IperfCheck(Programs programs, Namespaces namespaces) {
        this.programs = programs;
        this.namespaces = namespaces;
    }

    void run(Topology.Workload from, Topology.Workload to, Path errors, DemoReport report) throws IOException {
        if (!Tools.has("iperf3")) {
            report.add(new Result(
                    CHECK, from.name(), to.name(), "iperf3", Verdict.SKIPPED, "not installed: apt-get install iperf3"));
            return;
        }
        var server = ServerProcess.start(
                programs,
                "iperf3 server of " + to.name(),
                namespaces.inside(to.namespace(), List.of("iperf3", "-s", "-1", "--forceflush")),
                "listening",
                errors);
        server.awaitReady();
        var outcome = programs.run(
                LIMIT, namespaces.inside(from.namespace(), List.of("iperf3", "-c", to.address(), "-t", "3", "-J")));
        double bits = outcome.succeeded()
                ? JsonMapper.builder()
                        .build()
                        .readTree(outcome.output())
                        .at("/end/sum_received/bits_per_second")
                        .asDouble()
                : 0;
        report.add(new Result(
                CHECK,
                from.name(),
                to.name(),
                "iperf3",
                bits > 0 ? Verdict.HELD : Verdict.FAILED,
                bits > 0 ? String.format(Locale.ROOT, "%.2f Gbit/s", bits / 1e9) : outcome.lastWords()));
    }
}
