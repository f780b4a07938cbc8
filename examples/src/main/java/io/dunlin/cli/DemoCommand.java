package io.dunlin.cli;

import io.dunlin.cli.demo.Demo;
import io.dunlin.cli.demo.DemoStart;
import io.dunlin.cli.outcome.BadInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node demo}: see it work, on this machine. */
@Command(
        name = "demo",
        description = {
            "Shows the overlay at work on this machine: three hosts with a node each and a fourth with nothing but Linux's own VXLAN device,"
                    + " all in network namespaces of their own. Real programs then use the network (ping, curl, iperf3 where installed),"
                    + " and what they see is shown as it happens and as a table. A service answers by its name, while one of its nodes is"
                    + " killed. Takes about a minute.",
            "Cleans up after itself, also on Ctrl-C. Root is not needed where user namespaces are allowed."
        },
        footer = {
            "  overlay-node demo",
            "  overlay-node demo --keep                 stay up, to look around",
            "  overlay-node demo --json results.json --megabytes 1000"
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MOST_MEGABYTES = 10_000;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results to FILE too, as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--keep",
            description = "Stay up after the checks, until Ctrl-C; commands to look around are shown.")
    private boolean keep;

    @Option(
            names = "--megabytes",
            paramLabel = "N",
            defaultValue = "200",
            description = "Size of the large transfer, 1 to " + MOST_MEGABYTES + " (default: ${DEFAULT-VALUE}).")
    private int megabytes;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (megabytes < 1 || megabytes > MOST_MEGABYTES) {
            throw new BadInput("--megabytes " + megabytes + ": allowed are 1 to " + MOST_MEGABYTES);
        }
        if (json != null) {
            Path directory = json.toAbsolutePath().getParent();
            if (Files.isDirectory(json)
                    || directory == null
                    || !Files.isWritable(Files.exists(json) ? json : directory)) {
                throw new BadInput(
                        "--json " + json + " cannot be written: name a file in a directory that you may write to");
            }
        }
        var options = new Demo.Options(Optional.ofNullable(json), keep, megabytes, Version.text());
        return new DemoStart(
                        options, spec.commandLine().getOut(), spec.commandLine().getErr())
                .run();
    }
}
