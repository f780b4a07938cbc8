package io.dunlin.benchmarks;

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** Prints a line per benchmark as it ends, keeps what JMH says about one that does not, and remembers who allocated and must not. */
final class ResultTable implements OutputFormat {
    /** Bytes per operation that count as none. */
    private static final double NOTHING = 0.5;

    /** Bytes that JMH itself allocates in an iteration, at the most: the profiler divides them among operations, which a busy machine does few of. */
    private static final double HARNESS = 16_384;

    private static final String ROW = "%-34s %-18s %12s %10s %10s%n";

    private final PrintStream out;
    private final StringBuilder said = new StringBuilder();
    private final List<String> allocating = new ArrayList<>();

    ResultTable(PrintStream out) {
        this.out = out;
    }

    /** What JMH and the benchmark have said since the last line of the table. */
    String unfinished() {
        return said.toString().strip();
    }

    /** Benchmarks that allocated and must not. */
    List<String> allocating() {
        return allocating;
    }

    @Override
    public void startRun() {
        out.printf(Locale.ROOT, ROW, "benchmark", "parameters", "ns/op", "± 99.9 %", "B/op");
    }

    @Override
    public void startBenchmark(BenchmarkParams params) {
        said.setLength(0);
    }

    @Override
    public void endBenchmark(BenchmarkResult result) {
        BenchmarkParams params = result.getParams();
        Result<?> time = result.getPrimaryResult();
        Result<?> profiled = result.getSecondaryResults().get("gc.alloc.rate.norm");
        double bytes = profiled == null ? Double.NaN : profiled.getScore();
        String parameters = params.getParamsKeys().stream()
                .map(key -> key + "=" + params.getParam(key))
                .collect(Collectors.joining(" "));
        String name = params.getBenchmark();
        String shown = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
        out.printf(
                Locale.ROOT,
                ROW,
                shown,
                parameters,
                number(time.getScore(), "%.2f"),
                number(time.getScoreError(), "%.2f"),
                number(bytes, "%.1f"));
        double operations = params.getMeasurement().getTime().convertTo(TimeUnit.NANOSECONDS) / time.getScore();
        boolean isNothing = bytes <= NOTHING || bytes * operations <= HARNESS; // neither if it was not measured
        if (!mayAllocate(params) && !isNothing) {
            allocating.add((shown + " " + parameters).strip());
        }
        said.setLength(0);
    }

    private static String number(double value, String format) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }

    private static boolean mayAllocate(BenchmarkParams params) {
        String benchmark = params.getBenchmark();
        int dot = benchmark.lastIndexOf('.');
        try {
            Class<?> owner = Class.forName(benchmark.substring(0, dot), false, ResultTable.class.getClassLoader());
            return Arrays.stream(owner.getMethods())
                    .filter(method -> method.getName().equals(benchmark.substring(dot + 1)))
                    .anyMatch(method -> mayAllocate(method, params));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("JMH ran " + benchmark + ", which is not there", e);
        }
    }

    private static boolean mayAllocate(Method benchmark, BenchmarkParams params) {
        MayAllocate may = benchmark.getAnnotation(MayAllocate.class);
        return may != null
                && (may.with().length == 0
                        || params.getParamsKeys().stream()
                                .map(key -> key + "=" + params.getParam(key))
                                .anyMatch(List.of(may.with())::contains));
    }

    @Override
    public void print(String text) {
        said.append(text);
    }

    @Override
    public void println(String line) {
        said.append(line).append('\n');
    }

    @Override
    public void verbosePrintln(String line) {}

    @Override
    public void write(int character) {
        said.append((char) character);
    }

    @Override
    public void write(byte[] bytes) {
        said.append(new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {}

    @Override
    public void iterationResult(
            BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult result) {}

    @Override
    public void endRun(Collection<RunResult> results) {}

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {}
}
