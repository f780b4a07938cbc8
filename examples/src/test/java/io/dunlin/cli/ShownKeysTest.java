package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are shown by the command, of a node that was started so, and in nothing that a node prints. */
class ShownKeysTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNodeShowsItsKeysOnlyIfItWasStartedSo(boolean isStartedSo, @TempDir Path directory) throws Exception {
        String digits = "00112233445566778899aabbccddeeff01020304";
        Path key = Files.writeString(directory.resolve("key"), digits);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Path socket = directory.resolve("host1.sock");
        Path file = Files.writeString(directory.resolve("node.yaml"), """
                node: host1
                dataPath: {address: 127.0.0.1, port: %d, mtu: 1500, socket: portable}
                control: %s
                associations:
                  - {peer: 192.0.2.2, out: {spi: 0x1001, keyFile: %s}, in: {spi: 0x80000001, keyFile: %s}}
                networks: []
                """.formatted(freePort(), socket, key, key));
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                "io.dunlin.cli.Main",
                "run",
                "--config",
                file.toString()));
        if (isStartedSo) {
            command.add("--unsafe-show-keys");
        }
        Path said = directory.resolve("said");
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        var out = new StringWriter();
        var err = new StringWriter();
        int code;
        try {
            while (!Files.readString(said).contains("node host1 is ready")) {
                assertThat(process.isAlive()).as(() -> "ended").isTrue();
                Thread.onSpinWait();
            }
            code = Main.run(
                    new PrintWriter(out, true),
                    new PrintWriter(err, true),
                    "keys",
                    "wireshark",
                    "--control",
                    socket.toString());
        } finally {
            process.destroyForcibly().waitFor();
        }
        if (isStartedSo) {
            assertThat(code).isZero();
            assertThat(out.toString().lines())
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("\"0x" + digits + "\""));
            assertThat(said).content().contains("UNSAFE");
        } else {
            assertThat(code).isEqualTo(2);
            assertThat(err.toString().lines()).singleElement().asString().contains("--unsafe-show-keys");
            assertThat(out.toString()).isEmpty();
        }
        assertThat(said).content().doesNotContain(digits.substring(0, 16));
    }

    private static int freePort() throws IOException {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
