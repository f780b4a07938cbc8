package io.dunlin.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What {@code benchmarks/run} was asked for.
 *
 * @param form how long it measures
 * @param json where JMH's own results go; null: nowhere
 * @param jvm further arguments of the JVMs that measure
 * @param benchmarks regular expressions, one of which a benchmark's name has to contain; none: all
 * @param helps whether only the help is wanted
 */
record Arguments(Form form, @Nullable Path json, List<String> jvm, List<String> benchmarks, boolean helps) {
    static final String HELP = """
            benchmarks/run [--short | --long] [--json FILE] [--jvm ARGUMENT]... [REGEX]...
            Measures the data path with JMH. Fails if a benchmark fails, or allocates and may not.

              --short            one JVM and a few short iterations each: for CI, shows that they work (default)
              --long             five JVMs and longer iterations each: for figures
              --json FILE        JMH's own results; benchmarks/target/results.json without it
              --jvm ARGUMENT     to the JVMs that measure, as --jvm -XX:+UseParallelGC
              REGEX              only benchmarks whose name contains it, as ForwardingTable or Path.*outbound
            """;

    /** How long each benchmark measures. A fork is a JVM of its own: what the compiler does differs from one to the next. */
    enum Form {
        /** Enough that everything is compiled; the error is worth nothing. */
        SHORT(1, 3, 200, 2, 200),
        LONG(5, 3, 1000, 5, 1000);

        final int forks;
        final int warmups;
        final int warmupMillis;
        final int iterations;
        final int iterationMillis;

        Form(int forks, int warmups, int warmupMillis, int iterations, int iterationMillis) {
            this.forks = forks;
            this.warmups = warmups;
            this.warmupMillis = warmupMillis;
            this.iterations = iterations;
            this.iterationMillis = iterationMillis;
        }
    }

    /** @throws IllegalArgumentException saying in one line what is wrong */
    static Arguments of(String... args) {
        Form form = Form.SHORT;
        Path json = null;
        var jvm = new ArrayList<String>();
        var benchmarks = new ArrayList<String>();
        boolean helps = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--short" -> form = Form.SHORT;
                case "--long" -> form = Form.LONG;
                case "--json" -> json = writable(valueOf(args, i++));
                case "--jvm" -> jvm.add(valueOf(args, i++));
                case "--help", "-h" -> helps = true;
                default -> benchmarks.add(regex(args[i]));
            }
        }
        return new Arguments(form, json, List.copyOf(jvm), List.copyOf(benchmarks), helps);
    }

    private static String valueOf(String[] args, int option) {
        if (option + 1 == args.length) {
            throw new IllegalArgumentException(args[option] + " wants a value after it");
        }
        return args[option + 1];
    }

    private static Path writable(String file) {
        Path path = Path.of(file).toAbsolutePath();
        Path directory = path.getParent();
        if (Files.isDirectory(path) || directory == null || !Files.isWritable(directory)) {
            throw new IllegalArgumentException("--json " + file + ": no file can be written there");
        }
        return path;
    }

    private static String regex(String text) {
        if (text.startsWith("-")) {
            throw new IllegalArgumentException("there is no option " + text + " (--help shows which there are)");
        }
        try {
            return Pattern.compile(text).pattern();
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a regular expression: " + text + " (" + e.getDescription() + ")");
        }
    }
}
