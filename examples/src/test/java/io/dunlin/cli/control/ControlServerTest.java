package io.dunlin.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.Spi;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.Strategy;
import io.dunlin.node.ClusterStats;
import io.dunlin.node.EndpointSpec;
import io.dunlin.node.HealthCheck;
import io.dunlin.node.NetworkSpec;
import io.dunlin.node.NodeConfig;
import io.dunlin.node.OverlayNode;
import io.dunlin.node.ServiceSpec;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket of a running node, and those who mean it no good. */
@Timeout(30)
class ControlServerTest {
    @TempDir
    Path directory;

    private Path path;
    private OverlayNode node;
    private ControlServer server;

    @BeforeEach
    void start() throws IOException {
        path = directory.resolve("own").resolve("n.sock");
        node = OverlayNode.start(NodeConfig.named("n")
                .dataPath("127.0.0.1")
                .port(freePort())
                .underlayMtu(1500)
                .socket(NodeConfig.SocketKind.PORTABLE));
        server = ControlServer.start(node, path, false);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        node.close();
    }

    private static int freePort() throws IOException {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void answersWhatTheNodeCounted() throws IOException {
        var network = node.network(NetworkSpec.named("backend").vni(7).subnet("10.0.0.0/24"));
        network.attach(EndpointSpec.named("e").address("10.0.0.2").inMemory());

        StatsReply stats;
        try (var client = ControlClient.connect(path)) {
            stats = client.stats();
        }

        assertThat(stats.node()).isEqualTo("n");
        assertThat(stats.socket()).isEqualTo(node.socketKind());
        assertThat(stats.networks()).containsExactly(new StatsReply.Network("backend", 7, 1450, List.of("e"), 0));
        assertThat(stats.counters()).containsOnlyKeys(Counter.values());
        assertThat(stats.cluster()).isNull();
    }

    @Test
    void answersHowFullPoolsAreAndReclaimsNothingOfANodeThatIsThere() throws IOException {
        var network = node.network(NetworkSpec.named("backend").vni(7));
        network.attach(EndpointSpec.named("e").inMemory());
        try (var client = ControlClient.connect(path)) {
            PoolsReply pools = client.pools();
            assertThat(pools.lines())
                    .containsExactly(
                            "10.0.0.0/8 cut into /24: 1 of 65536 granted, 0 in quarantine",
                            "VNIs 4096 to 16777215: 0 of 16773120 granted, 0 in quarantine",
                            "network backend: VNI 7, [10.0.0.0/24], owner n",
                            "  10.0.0.0/24: 1 of 253 granted, 0 in quarantine");
        }
        try (var client = ControlClient.connect(path)) {
            assertThat(client.reclaim("gone")).isZero();
        }
        try (var client = ControlClient.connect(path)) {
            assertThatThrownBy(() -> client.reclaim("n"))
                    .isInstanceOf(BadInput.class)
                    .hasMessage(
                            "the node refused: node \"n\" is there, and has its addresses: only those of a node that is gone can be taken");
        }
    }

    private static ServiceSpec web(String... ports) {
        var spec = ServiceSpec.named("web")
                .strategy(Strategy.LEAST_FLOWS)
                .preferLocal()
                .health(HealthCheck.tcp(8080).interval(Duration.ofMillis(500)));
        for (String port : ports) {
            spec = spec.port(ServicePort.parse(port));
        }
        return spec;
    }

    private static void unasked() {}

    private interface Asking {
        ServicesReply ask(ControlClient client) throws IOException;
    }

    private ServicesReply ask(Asking question) throws IOException {
        try (var client = ControlClient.connect(path)) {
            return question.ask(client);
        }
    }

    private void refuses(Asking question, String reason) {
        assertThatThrownBy(() -> ask(question)).isInstanceOf(BadInput.class).hasMessage("the node refused: " + reason);
    }

    @Test
    void makesShowsDrainsAndRemovesServices() throws IOException {
        refuses(
                client -> client.createService(null, web("80"), ControlServerTest::unasked),
                "node n is part of no network");
        var network = node.network(NetworkSpec.named("backend").vni(7).subnet("10.0.0.0/24"));
        network.attach(EndpointSpec.named("web.1").service("web").weight(2).inMemory());
        network.attach(EndpointSpec.named("db").inMemory());
        var health = new ServicesReply.Health("tcp:8080", 500, 500, 3);
        var backend = new ServicesReply.Backend("web.1", "n", List.of("10.0.0.2"), 2, "healthy", 0);
        var service = new ServicesReply.Service(
                "backend",
                "web",
                "vip",
                List.of("10.0.0.4"),
                List.of("80:8080/tcp", "53/udp"),
                "least-flows",
                true,
                health,
                "n",
                List.of("n"),
                List.of(backend));

        assertThat(ask(client -> client.createService(null, web("80:8080", "53/udp"), ControlServerTest::unasked))
                        .services())
                .containsExactly(service);
        assertThat(ask(ControlClient::services).services()).containsExactly(service);
        assertThat(ask(client -> client.inspectService("backend", "WEB")).services())
                .containsExactly(service);
        assertThat(service.text()).isEqualTo("backend/web: 10.0.0.4, 80:8080/tcp, 53/udp, 1 of 1 backends healthy");
        assertThat(service.lines())
                .containsExactly(
                        "service web of network backend, made by n, told by n",
                        "  VIP 10.0.0.4, ports 80:8080/tcp, 53/udp, least-flows, prefers local",
                        "  health: tcp:8080 every 500 ms, timeout 500 ms, 3 retries",
                        "  web.1 on n: 10.0.0.2, weight 2, healthy, flows from here 0");
        refuses(
                client -> client.createService(null, web("80"), ControlServerTest::unasked),
                "network \"backend\" has a service \"web\" already");
        refuses(
                client -> client.inspectService("front", "web"),
                "node n is not part of network \"front\": it is of [backend]");
        refuses(
                client -> client.drain(null, "web", "db", Duration.ZERO),
                "service \"web\" has no backend \"db\": it has [web.1]");
        refuses(
                client -> client.drain(null, "web", "web.1", Duration.ofDays(2)),
                "drain of PT48H: allowed are 0 s to PT24H");
        assertThat(ask(client -> client.drain(null, "web", "web.1", Duration.ofMinutes(1)))
                        .services()
                        .getFirst()
                        .backends()
                        .getFirst()
                        .state())
                .isEqualTo("draining");
        assertThat(ask(client -> client.resume(null, "web", "web.1")).services())
                .containsExactly(service);
        assertThat(ask(client -> client.removeService(null, "web")).services()).containsExactly(service);
        assertThat(ask(ControlClient::services).services()).isEmpty();
        refuses(
                client -> client.removeService(null, "web"),
                "network \"backend\" has no service \"web\": overlay-node service ls shows those there are");
    }

    @Test
    void aServiceIsWhatItsRequestSaysAndNothingElse() throws IOException {
        node.network(NetworkSpec.named("backend").vni(7).subnet("10.0.0.0/24"));
        var refusals = Map.of(
                "{}", "\"name\" is missing: a text",
                "[]", "[] is no JSON object",
                "{\"name\":\"web\",\"port\":[\"80\"]}",
                        "\"port\": allowed here are name, vips, ports, mode, strategy, prefersLocal, health, intervalMillis,"
                                + " timeoutMillis, retries",
                "{\"name\":\"web\",\"ports\":\"80\"}", "\"ports\" \"80\": allowed is a list of texts",
                "{\"name\":\"web\",\"ports\":[80]}", "\"ports\" [80]: allowed is a list of texts",
                "{\"name\":\"web\",\"mode\":1}", "\"mode\" 1: allowed is a text",
                "{\"name\":\"web\",\"retries\":1}",
                        "a health check's interval, timeout or retries without the check: add the check, tcp:PORT or udp:PORT",
                "{\"name\":\"web\",\"health\":\"tcp:1\",\"retries\":\"1\"}",
                        "\"retries\" \"1\": allowed is a whole number",
                "{\"name\":\"web\",\"health\":\"tcp:1\",\"intervalMillis\":0}",
                        "health check with interval PT0S: allowed are PT0.1S to PT1H",
                "{\"name\":\"web\",\"health\":\"tcp:1\",\"timeoutMillis\":9223372036854775807}",
                        "health check with timeout PT2562047788015H12M55.807S: allowed are PT0.01S to PT1M");
        for (var refusal : refusals.entrySet()) {
            assertThat(error(ask("{\"ask\":\"create-service\",\"service\":" + refusal.getKey() + "}\n")))
                    .isEqualTo(refusal.getValue());
        }
        assertThat(error(ask("{\"ask\":\"create-service\"}\n")))
                .isEqualTo("\"service\" is missing: {\"name\":SERVICE}");
        assertThat(ask(ControlClient::services).services()).isEmpty();

        assertThat(
                        ask(
                                "{\"ask\":\"create-service\",\"service\":{\"name\":\"db\",\"mode\":\"dnsrr\",\"health\":\"udp:53\"}}\n"))
                .contains("\"name\":\"db\"", "\"mode\":\"dnsrr\"", "\"intervalMillis\":5000");
        assertThat(ask(ControlClient::services).services().getFirst().lines())
                .contains(
                        "  dnsrr, all ports, round-robin",
                        "  health: udp:53 every 5000 ms, timeout 2000 ms, 3 retries");
    }

    private static String error(String answer) throws IOException {
        return new ObjectMapper().readTree(answer).path("error").asText();
    }

    /** A time that is missing or misread would be none: all connections would be reset at once. */
    @Test
    void aDrainWithoutAUsableTimeIsRefused() throws IOException {
        var network = node.network(NetworkSpec.named("backend").vni(7).subnet("10.0.0.0/24"));
        network.service(ServiceSpec.named("web").vip("10.0.0.80"));
        network.attach(EndpointSpec.named("web.1").service("web").inMemory());
        String either = "either \"millis\", after which what is left is reset, or \"resume\":true";
        String whole = ": allowed is a whole number of milliseconds";
        var refusals = Map.of(
                "",
                either,
                ",\"resume\":false",
                either,
                ",\"millis\":1,\"resume\":true",
                either,
                ",\"milis\":5000",
                "\"milis\": allowed here are ask, network, service, backend, millis, resume",
                ",\"millis\":\"5m\"",
                "\"millis\" \"5m\"" + whole,
                ",\"millis\":0.5",
                "\"millis\" 0.5" + whole,
                ",\"millis\":99999999999999999999",
                "\"millis\" 99999999999999999999" + whole,
                ",\"millis\":-1",
                "drain of PT-0.001S: allowed are 0 s to PT24H",
                ",\"resume\":1",
                "\"resume\" 1: allowed are true and false");
        for (var refusal : refusals.entrySet()) {
            assertThat(error(ask(
                            "{\"ask\":\"drain\",\"service\":\"web\",\"backend\":\"web.1\"" + refusal.getKey() + "}\n")))
                    .as(refusal.getKey())
                    .isEqualTo(refusal.getValue());
        }
        assertThat(error(ask("{\"ask\":\"drain\",\"service\":\"web\",\"millis\":1}\n")))
                .isEqualTo("\"backend\" is missing: a text");
        assertThat(ask(client -> client.inspectService(null, "web"))
                        .services()
                        .getFirst()
                        .backends()
                        .getFirst()
                        .state())
                .isEqualTo("healthy");
    }

    @Test
    void answersWhatTheNodeKnowsThroughGossip() throws IOException {
        var config = NodeConfig.named("g")
                .dataPath("127.0.0.1")
                .port(freePort())
                .underlayMtu(1500)
                .socket(NodeConfig.SocketKind.PORTABLE)
                .gossip(GossipConfig.named("g").listen("127.0.0.1:0"));
        Path socket = directory.resolve("g.sock");
        try (var gossiping = OverlayNode.start(config);
                var _ = ControlServer.start(gossiping, socket, false);
                var client = ControlClient.connect(socket)) {
            assertThat(client.stats().cluster()).isEqualTo(new ClusterStats(1, 0, 0, 0, Map.of()));
        }
    }

    @Test
    void tracesPacketsAsTheyCome() throws IOException, InterruptedException {
        var network = node.network(NetworkSpec.named("backend").vni(7).subnet("10.0.0.0/24"));
        var endpoint =
                network.attach(EndpointSpec.named("e").address("10.0.0.2").inMemory());
        var lines = new ArrayBlockingQueue<String>(100);
        var tracing = Thread.ofVirtual().start(() -> {
            try (var client = ControlClient.connect(path)) {
                client.trace(2, lines::add);
                lines.add("end");
            } catch (IOException e) {
                lines.add(e.toString());
            }
        });

        // The trace begins at some moment; packets go out until it has had its two.
        while (!tracing.join(Duration.ofMillis(20))) {
            endpoint.packets().write(ByteBuffer.wrap(new byte[] {0x45}));
        }

        var seen = new ArrayList<String>();
        lines.drainTo(seen);
        assertThat(seen).hasSize(3).last().isEqualTo("end");
        assertThat(seen.getFirst()).startsWith("#1 ");
    }

    @Test
    void showsKeysOnlyWhereTheNodeWasStartedSo() throws IOException {
        byte[] key = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0fa0a1a2a3");
        var sa = new OutboundSa(new Spi(0x1001), new SaKey(key), true, 10);
        var associations = new SecurityAssociations(
                List.of(new SecurityAssociations.Outbound(IpAddress.parse("192.0.2.2"), 4500, sa)), List.of());
        node.associate(associations);
        assertThat(ask("{\"ask\":\"reveal\"}\n")).contains("\"error\"").doesNotContain("0001020304");
        try (var client = ControlClient.connect(path)) {
            assertThatThrownBy(client::reveal)
                    .isInstanceOf(BadInput.class)
                    .hasMessage(
                            "the node refused: node n shows its keys to nobody: only one started with overlay-node run"
                                    + " --unsafe-show-keys does");
        }

        Path showing = directory.resolve("showing.sock");
        try (var _ = ControlServer.start(node, showing, true);
                var client = ControlClient.connect(showing)) {
            assertThat(client.reveal())
                    .containsExactly("\"IPv4\",\"127.0.0.1\",\"192.0.2.2\",\"0x00001001\","
                            + "\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x000102030405060708090a0b0c0d0e0fa0a1a2a3\","
                            + "\"NULL\",\"\"");
        }
        node.associate(SecurityAssociations.NONE);
        associations.wipe();
    }

    @Test
    void aNodeWithoutKeysThatTurnSaysSo() throws IOException {
        for (String what : List.of("keys", "rotate")) {
            assertThat(ask("{\"ask\":\"" + what + "\"}\n"))
                    .startsWith(
                            "{\"error\":\"node n has no keys that turn: they are those of nodes that gossip with a keyFile");
        }
    }

    @Test
    void isItsOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                .isEqualTo("rwx------");
        try (var files = Files.list(path.getParent())) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void vanishesWithTheNode() throws IOException {
        server.close();

        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> ControlClient.connect(path))
                .isInstanceOf(BadInput.class)
                .hasMessage("no node runs here: there is no control socket " + path
                        + " (start one with overlay-node run, or name it with --node or --control)");
    }

    @Test
    void refusesToTakeALiveNodesSocket() {
        assertThatThrownBy(() -> ControlServer.start(node, path, false))
                .isInstanceOf(BadInput.class)
                .hasMessage("a running node listens on the control socket " + path
                        + ": stop it, or give this one another name or \"control\" path");
        assertThat(ask("{\"ask\":\"stats\"}\n")).contains("\"node\":\"n\"");
    }

    @Test
    void replacesADeadNodesSocket() throws IOException {
        Path left = directory.resolve("left.sock");
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(left));
        }
        assertThatThrownBy(() -> ControlClient.connect(left))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("no node listens on the control socket " + left);

        try (var _ = ControlServer.start(node, left, false);
                var client = ControlClient.connect(left)) {
            assertThat(client.stats().node()).isEqualTo("n");
        }
        assertThat(left).doesNotExist();
    }

    @Test
    void leavesAFileAloneThatIsNoSocket() throws IOException {
        Path file = Files.writeString(directory.resolve("precious"), "data");

        assertThatThrownBy(() -> ControlServer.start(node, file, false))
                .isInstanceOf(BadInput.class)
                .hasMessage("control socket path " + file + " is taken by a file: remove it, or name another path");
        assertThat(file).hasContent("data");
    }

    @Test
    void refusesGarbageAndGoesOn() {
        assertThat(ask("GET / HTTP/1.1\r\n")).startsWith("{\"error\":\"not JSON");
        assertThat(ask("[]\n")).startsWith("{\"error\":\"a request is ");
        assertThat(ask("null\n")).startsWith("{\"error\":\"a request is ");
        assertThat(ask("\n")).startsWith("{\"error\":");
        assertThat(ask("{\"ask\":\"stop\"}\n"))
                .startsWith("{\"error\":\"a request is ")
                .contains("stats", "trace", "keys", "rotate", "reveal", "pools", "reclaim")
                .contains("services", "create-service", "inspect-service", "remove-service", "drain");
        assertThat(ask("{\"ask\":\"trace\",\"packets\":99999999999}\n"))
                .startsWith("{\"error\":\"packets 99999999999: allowed");
        assertThat(ask("{\"ask\":\"trace\",\"packets\":-1}\n")).startsWith("{\"error\":\"packets -1: allowed");
        assertThat(ask("[".repeat(1000) + "\n")).startsWith("{\"error\":\"not JSON");
        assertThat(ask("\u0000\u0001\n")).startsWith("{\"error\":\"not JSON");
        assertThat(ask("{\"ask\":\"stats\"}\n")).contains("\"node\":\"n\"");
    }

    @Test
    void refusesALineThatIsTooLong() {
        assertThat(ask("x".repeat(ControlServer.LONGEST_REQUEST)))
                .isEqualTo("{\"error\":\"line longer than 4096 bytes\"}\n");
    }

    @Test
    void refusesHalfALine() throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap("{\"ask\"".getBytes(StandardCharsets.UTF_8)));
            channel.shutdownOutput();
            assertThat(everything(channel)).isEqualTo("{\"error\":\"connection ended inside a line\"}\n");
        }
    }

    @Test
    void closesAConnectionThatSaysNothing() throws IOException {
        Path other = directory.resolve("impatient.sock");
        try (var _ = ControlServer.start(node, other, false, Duration.ofMillis(50));
                var channel = SocketChannel.open(UnixDomainSocketAddress.of(other))) {
            assertThat(everything(channel)).isEmpty();
        }
    }

    @Test
    void servesNoMoreThanItsNumberAtOnce() throws IOException {
        var held = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < ControlServer.MOST_CONNECTIONS; i++) {
                held.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
            }
            try (var oneMore = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                assertThat(everything(oneMore)).isEmpty();
            }
        } finally {
            for (var channel : held) {
                channel.close();
            }
        }
    }

    @Test
    void aPathLongerThanTheKernelTakesIsToldSo() {
        Path path = Path.of("/run", "x".repeat(120));

        assertThatThrownBy(() -> ControlPath.checked(path))
                .isInstanceOf(BadInput.class)
                .hasMessage("control socket path " + path
                        + " has 125 bytes: allowed are 97: name a shorter one (\"control\" in the node's file)");
    }

    private String ask(String request) {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            return everything(channel);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String everything(SocketChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(64 << 10);
        while (channel.read(bytes) >= 0) {
            assertThat(bytes.hasRemaining()).isTrue();
        }
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
}
