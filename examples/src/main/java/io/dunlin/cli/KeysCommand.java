package io.dunlin.cli;

import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.KeysReply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code overlay-node keys}: the keys of a running node's encrypted networks. */
@Command(
        name = "keys",
        description = "Shows and turns the keys of a running node's encrypted networks.",
        subcommands = {KeysCommand.Ls.class, KeysCommand.Rotate.class, KeysCommand.Wireshark.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "  overlay-node keys ls                     where they stand",
            "  overlay-node keys rotate --node host1    new ones, now",
            "  overlay-node keys COMMAND --help         more about a command"
        })
final class KeysCommand extends CommandGroup {
    @Command(
            name = "ls",
            description = "Shows the keys' epoch, when new ones are due, and which nodes a change waits for.",
            footer = {"  overlay-node keys ls", "  overlay-node keys ls --node host1 --json | jq .waitingFor"})
    static final class Ls extends Question {
        @Override
        Answer ask(ControlClient node) throws IOException {
            KeysReply keys = node.keys();
            return new Answer(keys, List.of(keys.text()));
        }
    }

    @Command(
            name = "rotate",
            description =
                    "Has all nodes turn to new keys as soon as may be, without waiting until they are due, and prints where the keys"
                            + " stood. The change is over when \"keys ls\" shows a later epoch and waits for nobody.",
            footer = {"  overlay-node keys rotate", "  overlay-node keys rotate --node host1 --json | jq .epoch"})
    static final class Rotate extends Question {
        @Override
        Answer ask(ControlClient node) throws IOException {
            KeysReply before = node.rotate();
            return new Answer(before, List.of("new keys are asked for; so far: " + before.text()));
        }
    }

    @Command(
            name = "wireshark",
            description =
                    "Prints the node's security associations with their keys, as lines of Wireshark's table of ESP, so that a capture can"
                            + " be read. Who has these lines reads the traffic. Only a node started with \"overlay-node run"
                            + " --unsafe-show-keys\" gives them. They are those of this moment: ask before keys turn, and after.",
            footer = {
                "  overlay-node keys wireshark >> ~/.config/wireshark/esp_sa",
                "  tshark -r underlay.pcap -o esp.enable_encryption_decode:TRUE",
                "",
                "Wireshark takes ESP in UDP for such on port 4500: let dataPath.port be that on nodes to be looked at."
            })
    static final class Wireshark extends Question {
        @Override
        Answer ask(ControlClient node) throws IOException {
            List<String> lines = node.reveal();
            return new Answer(Map.of("lines", lines), lines);
        }
    }
}
