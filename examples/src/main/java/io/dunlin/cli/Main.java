package io.dunlin.cli;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.cli.outcome.ExitCode;
import io.dunlin.cli.outcome.OneLine;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;

/** The program: runs the command that the arguments name, and ends with its exit code. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // System.out's own charset is what the terminal speaks; PrintWriter would take UTF-8 for granted.
        Charset out = System.out.charset();
        int code = run(new PrintWriter(System.out, true, out), new PrintWriter(System.err, true, out), arguments);
        System.exit(code);
    }

    /** As from a shell, but for the end of the JVM. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        var root = new OverlayNodeCommand();
        return new CommandLine(root)
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((mistake, given) -> {
                    String command = mistake.getCommandLine().getCommandSpec().qualifiedName(" ");
                    err.println(OneLine.of(mistake) + " (" + command + " --help shows what is allowed)");
                    return ExitCode.BAD_INPUT;
                })
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (root.debug()) {
                        failure.printStackTrace(err);
                    }
                    err.println(OneLine.of(failure));
                    return failure instanceof BadInput ? ExitCode.BAD_INPUT : ExitCode.FAILED;
                })
                .execute(arguments);
    }
}
