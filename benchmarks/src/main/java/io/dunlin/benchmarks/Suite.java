package io.dunlin.benchmarks;

import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** {@code benchmarks/run}: JMH with the allocation profiler, its results as a table, and a verdict. */
public final class Suite {
    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;

    /** As the launcher starts a node, but with room for a table of a million entries. */
    private static final List<String> JVM = List.of(
            "--sun-misc-unsafe-memory-access=allow", // JMH's
            "-Xms512m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED");

    private Suite() {}

    public static void main(String... args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        Arguments arguments;
        try {
            arguments = Arguments.of(args);
        } catch (IllegalArgumentException e) {
            System.err.println("benchmarks/run: " + e.getMessage());
            return BAD_ARGUMENTS;
        }
        if (arguments.helps()) {
            System.out.print(Arguments.HELP);
            return 0;
        }
        return measure(arguments);
    }

    private static int measure(Arguments arguments) {
        var table = new ResultTable(System.out);
        try {
            var _ = new Runner(options(arguments).build(), table).run();
        } catch (NoBenchmarksException _) {
            System.err.println(
                    "benchmarks/run: no benchmark's name contains " + String.join(" or ", arguments.benchmarks()));
            return BAD_ARGUMENTS;
        } catch (RunnerException e) {
            System.err.println(table.unfinished());
            System.err.println("benchmarks/run: " + e.getMessage());
            return FAILED;
        }
        if (!table.allocating().isEmpty()) {
            System.err.println("benchmarks/run: these allocate and must not: " + String.join(", ", table.allocating()));
            return FAILED;
        }
        return 0;
    }

    private static ChainedOptionsBuilder options(Arguments arguments) {
        Arguments.Form form = arguments.form();
        ChainedOptionsBuilder options = new OptionsBuilder()
                .shouldFailOnError(true)
                .addProfiler(GCProfiler.class)
                .jvmArgs(JVM.toArray(String[]::new))
                .jvmArgsAppend(arguments.jvm().toArray(String[]::new))
                .param(EspBenchmark.ENGINE, EspBenchmark.engines())
                .forks(form.forks)
                .warmupIterations(form.warmups)
                .warmupTime(TimeValue.milliseconds(form.warmupMillis))
                .measurementIterations(form.iterations)
                .measurementTime(TimeValue.milliseconds(form.iterationMillis));
        if (arguments.json() != null) {
            options.resultFormat(ResultFormatType.JSON).result(arguments.json().toString());
        }
        arguments.benchmarks().forEach(options::include);
        return options;
    }
}
