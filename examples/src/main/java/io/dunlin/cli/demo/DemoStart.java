package io.dunlin.cli.demo;

import io.dunlin.cli.outcome.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What comes before the demo: whether this machine has what it takes, and a user namespace for whoever is not root. */
public final class DemoStart {
    private final Demo.Options options;
    private final PrintWriter out;
    private final PrintWriter err;

    public DemoStart(Demo.Options options, PrintWriter out, PrintWriter err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs the demo where and as whom it can be run.
     *
     * @return the exit code
     */
    public int run() throws IOException, InterruptedException {
        boolean inside = UserNamespace.outside().isPresent();
        boolean root = inside || isRoot();
        if (!inside) {
            List<String> missing;
            try (var programs = new Programs()) {
                missing = Requirements.missing(programs, root);
            }
            if (!missing.isEmpty()) {
                missing.forEach(err::println);
                return ExitCode.BAD_INPUT;
            }
        }
        if (!root) {
            return UserNamespace.run(arguments());
        }
        return new Demo(options, out, System.out.charset()).run() ? ExitCode.OK : ExitCode.FAILED;
    }

    private List<String> arguments() {
        var arguments = new ArrayList<>(List.of("--megabytes", Integer.toString(options.megabytes())));
        options.json()
                .ifPresent(file ->
                        arguments.addAll(List.of("--json", file.toAbsolutePath().toString())));
        if (options.keep()) {
            arguments.add("--keep");
        }
        return arguments;
    }

    private static boolean isRoot() throws IOException {
        return (int) java.nio.file.Files.getAttribute(java.nio.file.Path.of("/proc/self"), "unix:uid") == 0;
    }
}
