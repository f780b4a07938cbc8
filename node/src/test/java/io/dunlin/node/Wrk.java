package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Debian's wrk: asks a web server on many connections at once, and counts what went wrong. */
final class Wrk {
    static final int CONNECTIONS = 30;

    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern ERRORS =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern OTHERS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

    private final Process process;

    private Wrk(Process process) {
        this.process = process;
    }

    /** @param failed requests that got no answer, or a wrong one */
    record Result(int requests, int failed, String output) {}

    /** @param isKeptAlive whether a connection is used again, or there is a new one for each request */
    static Wrk start(NamespaceLab lab, String workload, String url, int seconds, boolean isKeptAlive) {
        var command =
                new ArrayList<>(List.of("wrk", "-t1", "-c" + CONNECTIONS, "-d" + seconds + "s", "--timeout", "10s"));
        if (!isKeptAlive) {
            command.addAll(List.of("-H", "Connection: close"));
        }
        command.add(url);
        return new Wrk(lab.start(workload, command.toArray(String[]::new)));
    }

    /** Ends it before its time. */
    Result stop() {
        Program.run(NamespaceLab.SHORT, List.of("kill", "-INT", String.valueOf(process.pid())))
                .orFail();
        return await();
    }

    Result await() {
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.onExit().join();
            int failed = sum(OTHERS, output) + sum(ERRORS, output);
            return new Result(sum(REQUESTS, output), failed, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int sum(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        int sum = 0;
        if (matcher.find()) {
            for (int group = 1; group <= matcher.groupCount(); group++) {
                sum += Integer.parseInt(matcher.group(group));
            }
        }
        return sum;
    }
}
