package io.dunlin.cli;

import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.PoolsReply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code overlay-node ipam}: address pools. */
@Command(
        name = "ipam",
        description = "Shows what address pools hand out, and what a running node has handed out.",
        subcommands = {IpamPlanCommand.class, IpamCommand.Ls.class, IpamCommand.Reclaim.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "  overlay-node ipam plan --default-addr-pool 10.20.0.0/16 --default-addr-pool-mask-length 26",
            "  overlay-node ipam ls                     pools and networks of the running node",
            "  overlay-node ipam reclaim host3          what a node had that will not be back"
        })
final class IpamCommand extends CommandGroup {
    @Command(
            name = "ls",
            description =
                    "Shows the pools of a running node and the networks that it knows: their size, how much is granted, and how much waits in"
                            + " quarantine. A network's addresses are counted by its owner.",
            footer = {"  overlay-node ipam ls", "  overlay-node ipam ls --node host1 --json | jq .networks"})
    static final class Ls extends Question {
        @Override
        Answer ask(ControlClient node) throws IOException {
            PoolsReply pools = node.pools();
            return new Answer(pools, pools.lines());
        }
    }

    @Command(
            name = "reclaim",
            description =
                    "Frees the addresses of a node that failed and will not be back, in the networks that the running node owns. Without, they"
                            + " are free after pools.reclaimAfter. Addresses of a node that is there are not taken.",
            footer = {"  overlay-node ipam reclaim host3", "  overlay-node ipam reclaim host3 --node host1 --json"})
    static final class Reclaim extends Question {
        @Parameters(paramLabel = "GONE", description = "The node that is gone.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String gone;

        @Override
        Answer ask(ControlClient node) throws IOException {
            int endpoints = node.reclaim(gone);
            return new Answer(
                    Map.of("endpoints", endpoints),
                    List.of("free again: the addresses of " + endpoints + " endpoints of node " + gone));
        }
    }
}
