package io.dunlin.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.control.KeysReply;
import io.dunlin.cli.outcome.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
final class KeysCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(new CommandLine(spec), "a command is missing: ls, rotate or wireshark");
    }

    /** What the three have in common. */
    abstract static class Question implements Callable<Integer> {
        private static final JsonMapper JSON =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

        @Mixin
        private final NodeChoice choice = new NodeChoice();

        @Option(names = "--json", description = "Print JSON: the same, for scripts.")
        private boolean json;

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        /** @param lines the same as {@code json}, for people */
        record Answer(Object json, List<String> lines) {}

        abstract Answer ask(ControlClient node) throws IOException;

        @Override
        public final Integer call() throws IOException {
            PrintWriter out = spec.commandLine().getOut();
            try (var node = ControlClient.connect(choice.socket())) {
                Answer answer = ask(node);
                if (json) {
                    out.println(JSON.writeValueAsString(answer.json()));
                } else {
                    answer.lines().forEach(out::println);
                }
            }
            return ExitCode.OK;
        }
    }

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
