package io.dunlin.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does nothing without one of its subcommands, and names them. */
abstract class CommandGroup implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public final void run() {
        var names = new ArrayList<String>(spec.subcommands().keySet());
        List<String> first = names.subList(0, names.size() - 1);
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: " + String.join(", ", first) + " or " + names.get(names.size() - 1));
    }
}
