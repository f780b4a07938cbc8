package io.dunlin.cli.demo;

import io.dunlin.cli.demo.DemoReport.Result;
import io.dunlin.cli.demo.DemoReport.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A workload fetches a file from another one's web server, and the hash of what arrives is compared with that of the file. */
final class FetchCheck {
    static final int HTTP_PORT = 8080;

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern BYTES_AND_SECONDS = Pattern.compile("(?m)^(\\d+) ([\\d.]+)$");

    private final Programs programs;
    private final Namespaces namespaces;
    private final boolean curl = Tools.has("curl");

    FetchCheck(Programs programs, Namespaces namespaces) {
        this.programs = programs;
        this.namespaces = namespaces;
    }

    String hint() {
        return curl ? "" : "curl is not installed, so the JDK's HTTP client stands in (apt-get install curl)";
    }

    /** The JDK's web server over {@code directory}, in a workload's namespace. */
    ServerProcess serve(Topology.Workload at, int port, Path directory, Path errors) throws IOException {
        var command =
                Jvm.module("jdk.httpserver", "-b", "::", "-p", Integer.toString(port), "-d", directory.toString());
        return ServerProcess.start(
                programs,
                "web server of " + at.name(),
                namespaces.inside(at.namespace(), command),
                "port " + port,
                errors);
    }

    /**
     * @param address one of {@code to}'s
     * @param file a file in the directory that {@code to} serves
     */
    void run(String check, Topology.Workload from, Topology.Workload to, String address, Path file, DemoReport report)
            throws IOException {
        String host = address.contains(":") ? "[" + address + "]" : address;
        String url = "http://" + host + ":" + HTTP_PORT + "/" + file.getFileName();
        List<String> fetch = curl
                ? List.of(
                        "curl",
                        "-sSg",
                        "--noproxy",
                        "*",
                        "--max-time",
                        "80",
                        "-w",
                        "%{stderr}%{size_download} %{time_total}\\n",
                        url)
                : Jvm.program(JdkFetch.class, url, "10");
        var command = new java.util.ArrayList<>(List.of("sh", "-c", "\"$@\" | sha256sum", "sh"));
        command.addAll(fetch);
        String program = (curl ? "curl" : "JDK HTTP client") + ", jdk.httpserver";
        var outcome = programs.run(LIMIT, namespaces.inside(from.namespace(), command));
        String sent =
                hash(programs.must(LIMIT, List.of("sha256sum", file.toString())).output());
        String arrived = hash(outcome.output());
        boolean equal = sent.equals(arrived);
        var figures = BYTES_AND_SECONDS.matcher(outcome.errors());
        boolean measured = figures.find();
        String seen = equal
                ? (measured
                                ? amount(Long.parseLong(figures.group(1)), Double.parseDouble(figures.group(2))) + ", "
                                : "")
                        + "SHA-256 equal " + sent.substring(0, 8)
                : (measured ? "SHA-256 " + sent.substring(0, 8) + " sent, " + arrived + " arrived; " : "")
                        + outcome.lastWords();
        report.add(new Result(check, from.name(), to.name(), program, equal ? Verdict.HELD : Verdict.FAILED, seen));
    }

    private static String amount(long bytes, double seconds) {
        return bytes < 1_000_000
                ? bytes + " B in " + Math.round(seconds * 1000) + " ms"
                : String.format(Locale.ROOT, "%.0f MB, %.0f MB/s", bytes / 1e6, bytes / 1e6 / Math.max(seconds, 1e-3));
    }

    private static String hash(String line) {
        return line.split("\\s", 2)[0];
    }
}
