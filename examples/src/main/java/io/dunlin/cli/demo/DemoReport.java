package io.dunlin.cli.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What was tried, and what was seen: a line for each as it happens, a table at the end, the same as JSON. One thread. */
final class DemoReport {
    private final PrintWriter out;
    private final boolean ticks;
    private final List<Result> results = new ArrayList<>();

    /** How a check went. */
    enum Verdict {
        @JsonProperty("held")
        HELD,
        @JsonProperty("failed")
        FAILED,
        @JsonProperty("skipped")
        SKIPPED
    }

    /**
     * One check.
     *
     * @param program what carried it out
     * @param seen what it said: figures if it held, else why not
     */
    record Result(String check, String from, String to, String program, Verdict verdict, String seen) {}

    private record File(boolean held, String version, String java, String kernel, List<Result> results) {}

    DemoReport(PrintWriter out, Charset terminal) {
        this.out = out;
        this.ticks = terminal.newEncoder().canEncode("✓✗");
    }

    /** A step that is no check: something was put up. */
    void step(String text) {
        out.println("  " + mark(Verdict.HELD) + " " + text);
    }

    void heading(String text) {
        out.println();
        out.println(text);
    }

    void add(Result result) {
        results.add(result);
        out.println("  " + mark(result.verdict()) + " " + result.from() + " -> " + result.to() + "  " + result.check()
                + ": " + result.seen());
    }

    boolean held() {
        return results.stream().noneMatch(result -> result.verdict() == Verdict.FAILED);
    }

    private String mark(Verdict verdict) {
        return switch (verdict) {
            case HELD -> ticks ? "✓" : "ok  ";
            case FAILED -> ticks ? "✗" : "FAIL";
            case SKIPPED -> ticks ? "-" : "skip";
        };
    }

    void table() {
        List<Function<Result, String>> columns = List.of(
                result -> mark(result.verdict()),
                Result::check,
                Result::from,
                Result::to,
                Result::program,
                Result::seen);
        List<String> titles = List.of("", "CHECK", "FROM", "TO", "PROGRAM", "SEEN");
        var widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            var column = columns.get(i);
            widths[i] = Math.max(
                    titles.get(i).length(),
                    results.stream()
                            .mapToInt(result -> column.apply(result).length())
                            .max()
                            .orElse(0));
        }
        heading("Results");
        row(titles, widths);
        for (var result : results) {
            row(columns.stream().map(column -> column.apply(result)).toList(), widths);
        }
    }

    private void row(List<String> cells, int[] widths) {
        var line = new StringBuilder(" ");
        for (int i = 0; i < widths.length; i++) {
            line.append(' ')
                    .append(cells.get(i))
                    .repeat(" ", widths[i] - cells.get(i).length() + 1);
        }
        out.println(line.toString().stripTrailing());
    }

    /** Writes the results for scripts. */
    void write(Path file, String version) throws IOException {
        var mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(
                file,
                mapper.writeValueAsString(new File(
                                held(),
                                version,
                                System.getProperty("java.runtime.version", ""),
                                System.getProperty("os.version", ""),
                                results))
                        + "\n");
    }
}
