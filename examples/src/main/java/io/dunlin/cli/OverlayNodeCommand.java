package io.dunlin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code overlay-node}: help and version by itself. */
@Command(
        name = "overlay-node",
        description = "Runs and inspects nodes of an overlay network that lives in user space (VXLAN over UDP).",
        subcommands = {
            RunCommand.class,
            StatsCommand.class,
            TraceCommand.class,
            KeysCommand.class,
            InfoCommand.class,
            DemoCommand.class,
            GossipCommand.class,
            IpamCommand.class,
            ServiceCommand.class
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all went well",
            "1:a failure while running: one line on standard error",
            "2:bad input, or something is missing: one line on standard error says what to do",
            "128+N:ended by signal N"
        },
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  overlay-node demo                        see it work, on this machine",
            "  overlay-node run --config node.yaml      run a node",
            "  overlay-node COMMAND --help              more about a command"
        })
final class OverlayNodeCommand extends CommandGroup {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print stack traces of failures.")
    private boolean debug;

    boolean debug() {
        return debug;
    }
}
