package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.rotation.RotationConfig;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of an encrypted cluster, on loopback, endpoints in memory: they make keys by themselves, and turn them while packets pass. */
@Timeout(120)
class TurningKeysTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final NetworkSpec SECRET =
            NetworkSpec.named("secret").vni(4096).subnet("10.0.0.0/24").encrypted();
    private static final KeysConfig KEYS = new KeysConfig(
            RotationConfig.DEFAULT.waiting(Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(1)), null);

    private final int port = FreePort.find();
    private String seed = "";

    private OverlayNode start(String name, String address, KeysConfig keys) throws IOException {
        var gossip = GossipConfig.named(name)
                .listen("127.0.0.1:0")
                .profile(Profile.local())
                .encrypted(KeyRing.of(new byte[16]));
        OverlayNode node = OverlayNode.start(NodeConfig.named(name)
                .dataPath(address)
                .port(port)
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .gossip(seed.isEmpty() ? gossip : gossip.join(seed))
                .keys(keys));
        if (seed.isEmpty()) {
            seed = HostPort.text(Objects.requireNonNull(node.clusterMember()).address());
        }
        return node;
    }

    private static KeysStatus keysOf(OverlayNode node) {
        return node.keys().orElseThrow();
    }

    private static boolean reachAllByEpoch(long epoch, OverlayNode... nodes) {
        for (OverlayNode node : nodes) {
            KeysStatus keys = keysOf(node);
            if (keys.epoch() < epoch
                    || keys.peers() < nodes.length - 1
                    || !keys.waitingFor().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static Endpoint attach(OverlayNetwork network, String name, String address) throws IOException {
        return network.attach(EndpointSpec.named(name).address(address).inMemory());
    }

    private static void carries(Endpoint from, Endpoint to, int number) throws InterruptedException {
        byte[] packet = Ipv4Packet.of(
                        from.spec().addresses().getFirst().toString(),
                        to.spec().addresses().getFirst().toString())
                .carrying(Transport.udp(1, number, payload(100)))
                .bytes();
        assertThat(from.packets().write(ByteBuffer.wrap(packet))).isTrue();
        var into = ByteBuffer.allocate(2048);
        assertThat(to.packets().read(into, THIRTY_SECONDS))
                .as("packet %d for %s", number, to.spec().name())
                .isPositive();
        var received = new byte[into.position()];
        into.flip().get(received);
        assertThat(received).isEqualTo(packet);
    }

    private static long drops(OverlayNode node, DropReason reason) {
        return node.stats().drops().getOrDefault(reason, 0L);
    }

    @Test
    void makeKeysAndTurnThemWithoutLosingAPacket() throws Exception {
        try (var a = start("a", "127.0.9.1", KEYS);
                var b = start("b", "127.0.9.2", KEYS);
                var c = start("c", "127.0.9.3", KEYS)) {
            Endpoint ofA = attach(a.network(SECRET), "ea", "10.0.0.2");
            Endpoint ofB = attach(b.network(SECRET), "eb", "10.0.0.3");
            await(() -> reachAllByEpoch(1, a, b, c));
            await(() -> a.cluster().orElseThrow().endpoints() == 1
                    && b.cluster().orElseThrow().endpoints() == 1);

            int number = 1;
            long epoch = keysOf(a).epoch();
            for (int turn = 0; turn < 3; turn++) {
                long next = ++epoch;
                c.rotateKeys();
                do {
                    carries(ofA, ofB, number);
                    carries(ofB, ofA, number++);
                } while (!reachAllByEpoch(next, a, b, c));
            }
            for (OverlayNode node : new OverlayNode[] {a, b}) {
                assertThat(drops(node, DropReason.NO_SECURITY_ASSOCIATION)).isZero();
                assertThat(drops(node, DropReason.ESP_UNKNOWN_SPI)).isZero();
                assertThat(drops(node, DropReason.ESP_REPLAYED)).isZero();
                assertThat(drops(node, DropReason.ESP_NOT_AUTHENTIC)).isZero();
                assertThat(node.stats().counters().get(Counter.ESP_SEALED)).isGreaterThanOrEqualTo(number - 1);
            }
        }
    }

    @Test
    void aNodeThatStartsAgainIsTalkedToByNewAssociations() throws Exception {
        try (var a = start("a", "127.0.10.1", KEYS)) {
            Endpoint ofA = attach(a.network(SECRET), "ea", "10.0.0.2");
            for (int life = 1; life <= 3; life++) {
                OverlayNode ended;
                try (var b = start("b", "127.0.10.2", KEYS)) {
                    ended = b;
                    Endpoint ofB = attach(b.network(SECRET), "eb", "10.0.0.3");
                    await(() -> reachAllByEpoch(1, a, b));
                    await(() -> a.cluster().orElseThrow().endpoints() == 1
                            && b.cluster().orElseThrow().endpoints() == 1);
                    carries(ofA, ofB, life);
                    carries(ofB, ofA, life);
                    assertThat(drops(a, DropReason.ESP_REPLAYED)).isZero();
                    assertThat(drops(b, DropReason.ESP_REPLAYED)).isZero();
                }
                assertThat(ended.stats().errors()).as("an end is no failure").isEmpty();
            }
        }
    }

    @Test
    void keepsItsRingFromOneStartToTheNextInAFileForItselfAlone(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("ring");
        KeysConfig kept = KEYS.ringFile(file);
        long epoch;
        try (var a = start("a", "127.0.11.1", kept)) {
            await(() -> keysOf(a).epoch() == 1);
            a.rotateKeys();
            await(() -> keysOf(a).epoch() == 2);
            epoch = keysOf(a).epoch();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        seed = "";
        try (var again = start("a", "127.0.11.1", kept)) {
            await(() -> keysOf(again).epoch() == epoch);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        seed = "";
        assertThatThrownBy(() -> start("a", "127.0.11.1", kept))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("rw-------");
    }

    @Test
    void aNodeWhoseGossipIsPlainHasNoKeysThatTurn() throws Exception {
        try (var node = OverlayNode.start(NodeConfig.named("plain")
                .dataPath("127.0.12.1")
                .port(port)
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .gossip(GossipConfig.named("plain").listen("127.0.0.1:0").profile(Profile.local())))) {
            assertThat(node.keys()).isEmpty();
            assertThatThrownBy(node::rotateKeys)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("gossips encrypted");
        }
    }
}
