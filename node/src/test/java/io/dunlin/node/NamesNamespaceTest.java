package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.testkit.Await;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.packet.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Other people's programs ask for names, in namespaces where nothing was set up, on two nodes that find each other by gossip:
 *
 * <pre>
 *   dig, getent, curl                            socat, port 80
 *   w1 eth0 10.0.0.2, fd00::2                    w2 eth0 10.0.0.3, fd00::3
 *        │  gateway 10.0.0.1, fd00::1                 │
 *   h1: node a, 192.168.39.1 ────── gossip ────── h2: node b, 192.168.39.2
 * </pre>
 *
 * The network is internal, so that what does not exist is said at once; once in the clear, once encrypted.
 */
@Timeout(120)
@ParameterizedClass
@ValueSource(booleans = {false, true})
class NamesNamespaceTest {
    private static final int A_TO_B = 0x8000_0011;
    private static final int B_TO_A = 0x8000_0022;
    private static final NamesConfig NOBODY_UPSTREAM = NamesConfig.DEFAULT.upstream(UpstreamConfig.of(List.of()));
    private static final String ANSWER = "I am w2";

    @TempDir
    private Path directory;

    @Parameter
    private boolean isEncrypted;

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;
    private OverlayNetwork onA;
    private OverlayNetwork onB;
    private Endpoint w1;

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("dig", "getent", "curl", "socat");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
        a = hosts.start(
                "h1",
                NodeConfig.named("a")
                        .dataPath("192.168.39.1")
                        .names(NOBODY_UPSTREAM)
                        .gossip(GossipConfig.named("a").listen("192.168.39.1")));
        b = hosts.start(
                "h2",
                NodeConfig.named("b")
                        .dataPath("192.168.39.2")
                        .names(NOBODY_UPSTREAM)
                        .gossip(GossipConfig.named("b").listen("192.168.39.2").join("192.168.39.1")));
        NetworkSpec backend = NetworkSpec.named("backend")
                .vni(4096)
                .subnet("10.0.0.0/24")
                .subnet("fd00::/64")
                .internal();
        onA = a.network(isEncrypted ? backend.encrypted() : backend);
        onB = b.network(isEncrypted ? backend.encrypted() : backend);
        if (isEncrypted) {
            a.associate(Associations.with("192.168.39.2", A_TO_B, B_TO_A));
            b.associate(Associations.with("192.168.39.1", B_TO_A, A_TO_B));
        }
        w1 = hosts.attach(onA, "w1", "10.0.0.2", "fd00::2");
        hosts.attach(onB, "w2", "10.0.0.3", "fd00::3");
        awaitEndpoints(a, 1);
        awaitEndpoints(b, 1);
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static void awaitEndpoints(OverlayNode node, int count) {
        Await.await(
                () -> node.name() + ": " + node.cluster(),
                () -> node.cluster().orElseThrow().endpoints() == count);
    }

    private String dig(String workload, String... arguments) {
        return lab.run(
                        workload,
                        Stream.concat(Stream.of("dig", "+tries=1", "+time=5"), Stream.of(arguments))
                                .toArray(String[]::new))
                .orFail()
                .output();
    }

    private String getent(String... arguments) {
        return lab.run(
                        "w1",
                        Stream.concat(Stream.of("getent"), Stream.of(arguments)).toArray(String[]::new))
                .orFail()
                .output();
    }

    private Path fileOf(String workload) {
        return NamespaceResolvConf.ROOT
                .resolve(Objects.requireNonNull(lab.path(workload).getFileName()))
                .resolve("resolv.conf");
    }

    @Test
    void programsFindEndpointsOfBothNodesByNameWithoutSetUp() throws IOException {
        for (String name : List.of("w2", "W2.backend")) {
            assertThat(getent("ahostsv4", name)).startsWith("10.0.0.3 ");
            assertThat(getent("ahostsv6", name)).startsWith("fd00::3 ");
        }
        assertThat(getent("hosts", "10.0.0.3")).contains("w2.backend");
        assertThat(getent("hosts", "fd00::2")).contains("w1.backend");
        assertThat(lab.run("w1", "getent", "ahosts", "w9").status()).isEqualTo(2);
        Path reply = directory.resolve("reply");
        Files.writeString(reply, "HTTP/1.0 200 OK\r\nContent-Length: " + ANSWER.length() + "\r\n\r\n" + ANSWER);
        lab.start("w2", "socat", "TCP6-LISTEN:80,ipv6only=0,reuseaddr,fork", "SYSTEM:read line; cat " + reply);
        for (String option : List.of("-4", "-6")) {
            assertThat(curl(option, "http://w2/")).isEqualTo(ANSWER);
            assertThat(curl(option, "http://w2.backend/")).isEqualTo(ANSWER);
        }
    }

    private String curl(String family, String url) {
        return lab.run("w1", "curl", "-sS", family, "--retry", "5", "--retry-connrefused", "--max-time", "15", url)
                .orFail()
                .output();
    }

    @Test
    void digGetsEachTypeOverUdpAndTcpFromEachGateway() {
        for (String gateway : List.of("@10.0.0.1", "@fd00::1")) {
            for (String transport : List.of("+notcp", "+tcp")) {
                assertThat(dig("w1", gateway, transport, "+short", "w2", "A")).isEqualTo("10.0.0.3\n");
                assertThat(dig("w1", gateway, transport, "+short", "w2", "AAAA"))
                        .isEqualTo("fd00::3\n");
                assertThat(dig("w1", gateway, transport, "+short", "-x", "10.0.0.2"))
                        .isEqualTo("w1.backend.\n");
                assertThat(dig("w1", gateway, transport, "+short", "-x", "fd00::3"))
                        .isEqualTo("w2.backend.\n");
                assertThat(dig("w1", gateway, transport, "w9")).contains("status: NXDOMAIN");
                assertThat(dig("w1", gateway, transport, "w2", "MX")).contains("status: NOERROR", "ANSWER: 0");
            }
        }
        var counters = a.stats().counters();
        assertThat(counters.get(Counter.NAMES_ANSWERED)).isEqualTo(12);
        assertThat(counters.get(Counter.NAMES_OVER_TCP)).isGreaterThanOrEqualTo(12 * 4);
        assertThat(counters.get(Counter.NAMES_ASKED_UPSTREAM)).isZero();
    }

    @Test
    void servicesAndTheirTasksHaveNamesOnBothNodes() throws IOException {
        onB.service(ServiceSpec.named("web").vip("10.0.0.100").vip("fd00::100").port(80));
        onB.service(ServiceSpec.named("many").dnsRoundRobin());
        int tasks = 120; // more than a datagram has room for
        for (int i = 0; i < tasks; i++) {
            onA.attach(EndpointSpec.named("many." + i)
                    .service("many")
                    .address("10.0.0." + (120 + i))
                    .inMemory());
        }
        onA.attach(
                EndpointSpec.named("web.1").service("web").address("10.0.0.11").inMemory());
        awaitEndpoints(b, 1 + tasks + 1);
        for (String workload : List.of("w1", "w2")) {
            awaitAnswer(workload, "web", "10.0.0.100\n");
            assertThat(dig(workload, "@10.0.0.1", "+short", "web.backend", "AAAA"))
                    .isEqualTo("fd00::100\n");
            assertThat(dig(workload, "@10.0.0.1", "+short", "-x", "10.0.0.100")).isEqualTo("web.backend.\n");
            assertThat(dig(workload, "@10.0.0.1", "+short", "tasks.web")).isEqualTo("10.0.0.11\n");
            assertThat(dig(workload, "@10.0.0.1", "+short", "many").lines().filter(line -> line.startsWith("10.")))
                    .as("over TCP, as UDP has no room")
                    .hasSize(tasks);
        }
        assertThat(getent("ahostsv4", "many").lines().filter(line -> line.contains("STREAM")))
                .hasSize(tasks);
    }

    /** Until gossip has told. */
    private void awaitAnswer(String workload, String name, String answer) {
        Await.await(
                () -> name + " is not " + answer,
                () -> dig(workload, "@10.0.0.1", "+short", name).equals(answer));
    }

    @Test
    void namesOfOneNetworkAreNotAnsweredOnAnother() throws IOException {
        var other = a.network(NetworkSpec.named("other").vni(4097).subnet("10.1.0.0/24"));
        hosts.attach(other, "w3", "10.1.0.3");
        assertThat(dig("w3", "@10.1.0.1", "+short", "w3.other")).isEqualTo("10.1.0.3\n");
        for (String name : List.of("w1", "w1.backend", "w2")) {
            assertThat(dig("w3", "@10.1.0.1", name)).as("nobody is asked").contains("status: SERVFAIL");
            assertThat(dig("w3", "@10.1.0.1", "+tcp", name)).contains("status: SERVFAIL");
        }
        assertThat(dig("w1", "@10.0.0.1", "w3.other")).contains("status: NXDOMAIN");
        assertThat(dig("w3", "@10.1.0.1", "-x", "10.1.0.9")).contains("status: NXDOMAIN");
        assertThat(a.stats().counters().get(Counter.NAMES_FAILED_UPSTREAM)).isEqualTo(6);
        other.close();
        assertThat(fileOf("w3")).doesNotExist();
        assertThat(dig("w1", "@10.0.0.1", "+short", "w1")).isEqualTo("10.0.0.2\n");
    }

    @Test
    void aNameGoesWithItsEndpoint() throws IOException {
        Endpoint later =
                onB.attach(EndpointSpec.named("later").address("10.0.0.4").inMemory());
        awaitEndpoints(a, 2);
        assertThat(dig("w1", "@10.0.0.1", "+short", "later")).isEqualTo("10.0.0.4\n");
        later.close();
        assertThat(dig("w2", "@10.0.0.1", "later")).contains("status: NXDOMAIN");
        awaitEndpoints(a, 1);
        assertThat(dig("w1", "@10.0.0.1", "later")).contains("status: NXDOMAIN");
        assertThat(dig("w1", "@10.0.0.1", "-x", "10.0.0.4")).contains("status: NXDOMAIN");
    }

    @Test
    void aNamespacesFileComesAndGoesWithItsEndpoints() throws IOException {
        assertThat(fileOf("w1")).content().contains("nameserver 10.0.0.1\nnameserver fd00::1\n");
        var other = a.network(NetworkSpec.named("other").vni(4097).subnet("10.1.0.0/24"));
        String namespace = lab.path("w1").toString();
        other.attach(EndpointSpec.named("w1")
                .address("10.1.0.2")
                .namespace(namespace)
                .device("eth1"));
        assertThat(fileOf("w1")).as("of who came first").content().contains("nameserver 10.0.0.1\n");
        w1.close();
        assertThat(fileOf("w1")).content().contains("nameserver 10.1.0.1\n").doesNotContain("10.0.0.1");
        other.close();
        assertThat(fileOf("w1").getParent()).doesNotExist();

        lab.namespace("w5");
        Files.createDirectories(fileOf("w5").getParent());
        Files.writeString(fileOf("w5"), "nameserver 192.0.2.53\n");
        try (var _ = onA.attach(EndpointSpec.named("w5")
                .address("10.0.0.5")
                .namespace(lab.path("w5").toString()))) {
            assertThat(fileOf("w5")).hasContent("nameserver 192.0.2.53\n");
        } finally {
            assertThat(fileOf("w5")).hasContent("nameserver 192.0.2.53\n");
            Files.delete(fileOf("w5"));
            Files.delete(fileOf("w5").getParent());
        }
    }

    @Test
    void nothingIsLeftOfAClosedNode() throws IOException {
        assertThat(fileOf("w1")).exists();
        a.close();
        assertThat(fileOf("w1").getParent()).doesNotExist();
        assertThat(Program.run(
                                NamespaceLab.SHORT,
                                List.of("ip", "-n", lab.path("w1").getFileName().toString(), "link"))
                        .orFail()
                        .output())
                .doesNotContain("eth0");
    }
}
