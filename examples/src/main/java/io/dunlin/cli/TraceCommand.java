package io.dunlin.cli;

import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code overlay-node trace}: the ways of the next packets through a running node. */
@Command(
        name = "trace",
        description =
                "Prints the way of each of the next packets through a running node's stages, as they come; ends after the last"
                        + " of them, or with Ctrl-C.",
        footer = {"  overlay-node trace", "  overlay-node trace --node host1 --packets 100"})
final class TraceCommand implements Callable<Integer> {
    private static final int MOST_PACKETS = 10_000;

    @Mixin
    private final NodeChoice choice = new NodeChoice();

    @Option(
            names = "--packets",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many packets, 1 to " + MOST_PACKETS + " (default: ${DEFAULT-VALUE}).")
    private int packets;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (packets < 1 || packets > MOST_PACKETS) {
            throw new BadInput("--packets " + packets + ": allowed are 1 to " + MOST_PACKETS);
        }
        PrintWriter out = spec.commandLine().getOut();
        try (var client = ControlClient.connect(choice.socket())) {
            client.trace(packets, out::println);
        }
        return ExitCode.OK;
    }
}
