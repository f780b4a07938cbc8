package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A serf agent in a process of its own. */
@SuppressWarnings("try") // close() may be interrupted
final class SerfMember implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final String address;
    private final String control;
    private final EventLog log;

    /** Skips the test where there is no serf. */
    static SerfMember start(String name, String... flags) throws IOException, InterruptedException {
        assumeThat(isInstalled()).as("needs serf: apt-get install serf").isTrue();
        String address = "127.0.0.1:" + freePort();
        String control = "127.0.0.1:" + freePort();
        var command = new ArrayList<String>(List.of(
                "serf", "agent", "-node=" + name, "-bind=" + address, "-rpc-addr=" + control, "-profile=local"));
        command.addAll(List.of(flags));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var serf = new SerfMember(name, process, address, control);
        serf.log.await("line that it runs", PATIENCE, line -> line.contains("Serf agent running!"));
        return serf;
    }

    private SerfMember(String name, Process process, String address, String control) {
        this.process = process;
        this.address = address;
        this.control = control;
        this.log = new EventLog(name);
        Thread.ofPlatform().daemon().start(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                lines.lines().forEach(log::add);
            } catch (IOException e) {
                log.add("its output broke: " + e);
            }
        });
    }

    private static boolean isInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("serf", "version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** One that is free now, for both protocols. */
    private static int freePort() throws IOException {
        try (var udp = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
                var tcp = new ServerSocket(udp.getLocalPort(), 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return tcp.getLocalPort();
        }
    }

    String address() {
        return address;
    }

    void awaitLog(String part) throws InterruptedException {
        log.await("line with \"" + part + "\"", PATIENCE, line -> line.contains(part));
    }

    /** So many lines of it. */
    void awaitLog(String part, int times) throws InterruptedException {
        var seen = new AtomicInteger();
        log.await(
                times + " lines with \"" + part + "\"",
                PATIENCE,
                line -> line.contains(part) && seen.incrementAndGet() == times);
    }

    /** What a command of {@code serf} answers. */
    String ask(String command, String... arguments) throws IOException, InterruptedException {
        var all = new ArrayList<String>(List.of("serf", command, "-rpc-addr=" + control));
        all.addAll(List.of(arguments));
        var asked = new ProcessBuilder(all).redirectErrorStream(true).start();
        String answer = new String(asked.getInputStream().readAllBytes(), UTF_8);
        asked.waitFor();
        assertThat(answer).isNotEmpty();
        return answer;
    }

    /** Ends it, and waits for that: the next one may want its port. */
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
