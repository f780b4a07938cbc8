package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first class under a Java that is too old for the others. */
class LaunchTest {
    @Test
    void anOldJavaIsToldInOneLineWhichItNeeds() throws IOException, InterruptedException {
        var old = oldJava();
        assumeThat(old).as("no Java older than 25 in /usr/lib/jvm to try with").isPresent();
        var process = new ProcessBuilder(
                        old.get().toString(), "-cp", "target/classes", "io.dunlin.cli.Launch", "--version")
                .redirectErrorStream(true)
                .start();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(said.lines()).hasSize(1);
        assertThat(said).startsWith("overlay-node needs Java 25 or newer, and this is Java ");
    }

    /** A node's start is short because little is loaded: the gossip command's libraries are not among it. */
    @Test
    void aNodeStartsWithoutNetty(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = Files.writeString(
                directory.resolve("node.yaml"), "node: host1\ndataPath: {address: 203.0.113.1}\nnetworks: []\n");
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-verbose:class",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.dunlin.cli.Main",
                        "run",
                        "--check",
                        "--config",
                        file.toString())
                .redirectErrorStream(true)
                .start();

        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains("io.dunlin.cli.RunCommand", "node host1 is well described");
        assertThat(said).doesNotContain("io.netty.");
    }

    /** The same when it really starts: gossip's libraries are not among what a node without gossip loads. */
    @Test
    void aNodeWithoutGossipRunsWithoutNetty(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = Files.writeString(
                directory.resolve("node.yaml"), """
                node: host1
                dataPath: {address: 127.0.0.1, port: %d, mtu: 1500, socket: portable}
                control: %s
                networks: []
                """.formatted(freePort(), directory.resolve("host1.sock")));
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-verbose:class",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.dunlin.cli.Main",
                        "run",
                        "--config",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        try {
            var said = new ArrayList<String>();
            try (var output = process.inputReader()) {
                String line = output.readLine();
                while (line != null && !line.contains("node host1 is ready")) {
                    said.add(line);
                    line = output.readLine();
                }
                assertThat(line).as(() -> String.join("\n", said)).isNotNull();
            }
            assertThat(said).anyMatch(line -> line.contains("io.dunlin.node.GossipedPeers"));
            assertThat(said).noneMatch(line -> line.contains("io.netty."));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static java.util.Optional<Path> oldJava() throws IOException {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return java.util.Optional.empty();
        }
        try (Stream<Path> found = Files.list(all)) {
            return found.filter(home -> home.getFileName().toString().matches(".*\\b(11|17|21)\\b.*"))
                    .map(home -> home.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }
}
