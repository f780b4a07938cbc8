package io.dunlin.cli;

import static io.dunlin.testkit.Await.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.cli.control.ControlServer;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.rotation.RotationConfig;
import io.dunlin.node.Endpoint;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.KeysConfig;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.OverlayNode;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * tshark reads an encrypted network along, over a turn of its keys, by what {@code overlay-node keys wireshark} prints. Two nodes on a bridge, port 4500,
 * endpoints in memory.
 */
@Timeout(120)
class ShownKeysLiveTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final int PACKETS = 10;
    private static final String LAST_WORD = "the-end";
    private static final NetworkSpec SECRET =
            NetworkSpec.named("secret").vni(4096).subnet("10.0.0.0/24").encrypted();

    /** As by default, with shorter waits. */
    private static final KeysConfig KEYS = new KeysConfig(
            RotationConfig.DEFAULT.waiting(Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(1)), null);

    @TempDir
    private Path directory;

    private static OverlayNode start(NamespaceLab lab, String name, String address, String... seeds)
            throws IOException {
        var gossip = GossipConfig.named(name)
                .listen(address)
                .profile(Profile.local())
                .encrypted(KeyRing.of(new byte[16]))
                .join(seeds);
        var config = NodeConfig.named(name)
                .dataPath(address)
                .port(4500)
                .gossip(gossip)
                .keys(KEYS);
        return NetworkNamespace.of(lab.path(name)).call(() -> OverlayNode.start(config));
    }

    private String keys(String what, Path node, String... more) {
        var command = new ArrayList<>(List.of("keys", what, "--control", node.toString()));
        command.addAll(List.of(more));
        var out = new StringWriter();
        var err = new StringWriter();
        assertThat(Main.run(new PrintWriter(out, true), new PrintWriter(err, true), command.toArray(String[]::new)))
                .as(err::toString)
                .isZero();
        return out.toString();
    }

    private boolean isSettled(Path node, long epoch) {
        try {
            JsonNode keys = JsonMapper.builder().build().readTree(keys("ls", node, "--json"));
            return keys.path("epoch").asLong() == epoch
                    && keys.path("peers").asInt() == 1
                    && keys.path("waitingFor").isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String carry(Endpoint from, Endpoint to, String text) throws InterruptedException {
        byte[] packet = Ipv4Packet.of(
                        from.spec().addresses().getFirst().toString(),
                        to.spec().addresses().getFirst().toString())
                .carrying(Transport.udp(40_001, 40_002, text.getBytes(US_ASCII)))
                .bytes();
        assertThat(from.packets().write(ByteBuffer.wrap(packet))).isTrue();
        assertThat(to.packets().read(ByteBuffer.allocate(2048), THIRTY_SECONDS))
                .as(text)
                .isEqualTo(packet.length);
        return HexFormat.of().formatHex(text.getBytes(US_ASCII));
    }

    @Test
    void tsharkReadsANetworkWhoseKeysTurned() throws Exception {
        NamespaceLab.obstacle("tcpdump", "tshark").ifPresent(reason -> assumeTrue(false, reason));
        Path onA = directory.resolve("a.sock");
        Path onB = directory.resolve("b.sock");
        Path capture = directory.resolve("underlay.pcap");
        var lines = new LinkedHashSet<String>();
        var carried = new ArrayList<String>();
        try (var lab = new NamespaceLab(1500).host("a", "192.168.39.1/24").host("b", "192.168.39.2/24");
                var a = start(lab, "a", "192.168.39.1");
                var b = start(lab, "b", "192.168.39.2", "192.168.39.1");
                var _ = ControlServer.start(a, onA, true);
                var _ = ControlServer.start(b, onB, false)) {
            Endpoint atA = a.network(SECRET)
                    .attach(EndpointSpec.named("ea").address("10.0.0.2").inMemory());
            Endpoint atB = b.network(SECRET)
                    .attach(EndpointSpec.named("eb").address("10.0.0.3").inMemory());
            await(() -> a.cluster().orElseThrow().endpoints() == 1
                    && b.cluster().orElseThrow().endpoints() == 1);
            Process tcpdump = lab.start(
                    "a", "tcpdump", "-Z", "root", "-U", "-i", NamespaceLab.UNDERLAY, "-w", capture.toString(), "udp");
            assertThat(tcpdump.inputReader().lines().anyMatch(line -> line.contains("listening on")))
                    .isTrue();
            for (int epoch = 1; epoch <= 2; epoch++) {
                int now = epoch;
                await(() -> isSettled(onA, now) && isSettled(onB, now));
                keys("wireshark", onA).lines().forEach(lines::add);
                for (int i = 0; i < PACKETS; i++) {
                    carried.add(carry(atA, atB, "a%d.%d".formatted(epoch, i)));
                    carried.add(carry(atB, atA, "b%d.%d".formatted(epoch, i)));
                }
                if (epoch == 1) {
                    assertThat(keys("rotate", onB)).contains("epoch 1");
                }
            }
            lab.run("a", "bash", "-c", "echo -n " + LAST_WORD + " > /dev/udp/192.168.39.2/9")
                    .orFail();
            await(() -> holdsTheLastWord(capture));
        }
        assertThat(lines).as("each direction's, of both epochs").hasSizeBetween(4, 6);
        assertThat(tshark(capture, lines)).containsExactlyElementsOf(carried);
    }

    private static boolean holdsTheLastWord(Path capture) {
        try {
            return new String(Files.readAllBytes(capture), US_ASCII).contains(LAST_WORD);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What is in each ESP packet, in hexadecimal digits: an empty line where it cannot be read. */
    private static List<String> tshark(Path capture, Iterable<String> lines) {
        var command =
                new ArrayList<>(List.of("tshark", "-r", capture.toString(), "-o", "esp.enable_encryption_decode:TRUE"));
        for (String line : lines) {
            command.add("-o");
            command.add("uat:esp_sa:" + line);
        }
        command.addAll(List.of("-Y", "esp", "-T", "fields", "-e", "data.data"));
        return Program.run(Duration.ofMinutes(1), command)
                .orFail()
                .output()
                .lines()
                .filter(line -> !line.startsWith("Running as user")) // tshark's advice to root
                .toList();
    }
}
