package io.dunlin.vxlan.io.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace that a test makes for itself, with loopback up, and removes. Its name carries the process id, so that two runs side
 * by side do not meet.
 */
final class TestNamespace implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name = "dlt-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

    private TestNamespace() {}

    /** Skips the test where namespaces cannot be made. */
    static TestNamespace create() throws IOException, InterruptedException {
        var namespace = new TestNamespace();
        var made = Output.of("ip", "netns", "add", namespace.name);
        assumeTrue(made.exitCode == 0, () -> "needs root and iproute2 to make a network namespace: " + made.text);
        namespace.ip("link", "set", "lo", "up");
        return namespace;
    }

    String name() {
        return name;
    }

    NetworkNamespace namespace() {
        return NetworkNamespace.named(name);
    }

    /** Output of iproute2 inside the namespace. */
    String ip(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(arguments));
        var output = Output.of(command.toArray(String[]::new));
        if (output.exitCode != 0) {
            throw new IOException(String.join(" ", command) + ": " + output.text);
        }
        return output.text;
    }

    /** Lets next to nothing pass from {@code device}: what is sent stays in the kernel, and fills the sender's buffer. */
    void stall(String device) throws IOException, InterruptedException {
        var output = Output.of(
                "tc",
                "-n",
                name,
                "qdisc",
                "replace",
                "dev",
                device,
                "root",
                "tbf",
                "rate",
                "8kbit",
                "burst",
                "70000",
                "limit",
                "1000000000");
        assumeTrue(output.exitCode == 0, () -> "needs tc and sch_tbf to stall a device: " + output.text);
    }

    /** The same as JSON without blanks, to be searched. */
    String json(String... arguments) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of("-j"));
        all.addAll(List.of(arguments));
        var command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(all);
        return Output.of(command.toArray(String[]::new)).text.replace(" ", "");
    }

    void remove() throws IOException, InterruptedException {
        Output.of("ip", "netns", "del", name);
    }

    @Override
    public void close() throws IOException {
        try {
            remove();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Output(int exitCode, String text) {
        static Output of(String... command) throws IOException, InterruptedException {
            Process process;
            try {
                process = new ProcessBuilder(command).redirectErrorStream(true).start();
            } catch (IOException e) {
                return new Output(-1, String.valueOf(e.getMessage()));
            }
            var text = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Output(process.waitFor(), text);
        }
    }
}
