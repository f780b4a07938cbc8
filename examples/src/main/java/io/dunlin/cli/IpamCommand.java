package io.dunlin.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code overlay-node ipam}: nothing by itself. */
@Command(
        name = "ipam",
        description = "Shows what address pools hand out.",
        subcommands = IpamPlanCommand.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = "  overlay-node ipam plan --default-addr-pool 10.20.0.0/16 --default-addr-pool-mask-length 26")
final class IpamCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(new CommandLine(spec), "a command is missing: plan");
    }
}
