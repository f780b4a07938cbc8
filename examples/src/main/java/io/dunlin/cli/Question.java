package io.dunlin.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.control.ControlClient;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that asks a running node one thing, and prints the answer for people or for scripts. */
abstract class Question implements Callable<Integer> {
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

    /**
     * Looks at what was given, before any node is asked.
     *
     * @throws BadInput it cannot be
     */
    void check() {}

    abstract Answer ask(ControlClient node) throws IOException;

    /** Beside the answer, for people. */
    final void say(String line) {
        spec.commandLine().getErr().println(line);
    }

    @Override
    public final Integer call() throws IOException {
        check();
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
