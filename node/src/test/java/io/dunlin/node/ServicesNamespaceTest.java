package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.rotation.RotationConfig;
import io.dunlin.lb.Backend;
import io.dunlin.lb.FlowTimeouts;
import io.dunlin.lb.ServicePort;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Other people's programs and the service web in between, 10.0.0.80 and fd00::80, on a network in the clear and on an encrypted one. A test puts nginx in
 * one Python's place:
 *
 * <pre>
 *   c (curl, wrk), b1 (Python)        b2 (Python)               b3 (Python)
 *        │  10.0.0.2, .11                  │ 10.0.0.12               │ 10.0.0.13
 *   h1: n1, 192.168.39.1 ──── h2: n2, 192.168.39.2 ──── h3: n3, 192.168.39.3
 * </pre>
 */
@Timeout(180)
@TestInstance(Lifecycle.PER_CLASS)
@ParameterizedClass(name = "encrypted {0}")
@ValueSource(booleans = {false, true})
class ServicesNamespaceTest {
    private static final KeysConfig SOON = new KeysConfig(
            RotationConfig.DEFAULT.waiting(Duration.ofSeconds(1), Duration.ofMillis(200), Duration.ofMillis(800)),
            null);
    /** Seconds that a load lasts at the longest: it is stopped when what happens under it has happened. */
    private static final int LOAD_LIMIT = 60;

    private static final String VIP4 = "10.0.0.80";
    private static final String VIP6 = "[fd00::80]";
    private static final Map<String, Long> TEN_EACH = Map.of("b1", 10L, "b2", 10L, "b3", 10L);

    @TempDir
    static Path shared;

    @Parameter
    private boolean isEncrypted;

    private Path directory;
    private Hosts hosts;
    private NamespaceLab lab;
    private final OverlayNode[] nodes = new OverlayNode[3];
    private final OverlayNetwork[] networks = new OverlayNetwork[3];
    private final Process[] programs = new Process[3];

    /** Once for all tests, each of which leaves things as it found them: three nodes that know each other take seconds. */
    @BeforeParameterizedClassInvocation
    void start() throws IOException {
        Hosts.assumePossible("python3", "nginx", "curl", "wrk");
        directory = Files.createDirectory(shared.resolve("encrypted-" + isEncrypted));
        hosts = new Hosts(1500);
        lab = hosts.lab();
        String seed = "";
        for (int i = 0; i < 3; i++) {
            int number = i + 1;
            String address = "192.168.39." + number;
            lab.host("h" + number, address + "/24");
            var gossip =
                    GossipConfig.named("n" + number).listen(address + ":7946").profile(Profile.local());
            gossip = seed.isEmpty() ? gossip : gossip.join(seed);
            gossip = isEncrypted ? gossip.encrypted(KeyRing.of(new byte[16])) : gossip;
            var node = hosts.start(
                    "h" + number,
                    NodeConfig.named("n" + number)
                            .dataPath(address)
                            .gossip(gossip)
                            .keys(SOON));
            nodes[i] = node;
            seed = seed.isEmpty()
                    ? HostPort.text(Objects.requireNonNull(node.clusterMember()).address())
                    : seed;
            var spec =
                    NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");
            networks[i] = node.network(isEncrypted ? spec.encrypted() : spec);
            lab.namespace("b" + number);
            networks[i].attach(EndpointSpec.named("b" + number)
                    .service("web")
                    .address("10.0.0.1" + number)
                    .address("fd00::1" + number)
                    .namespace(lab.path("b" + number).toString())
                    .device("eth0"));
            programs[i] = BackendProgram.start(lab, directory, "b" + number);
        }
        networks[0].service(ServiceSpec.named("web")
                .vip("10.0.0.80")
                .vip("fd00::80")
                .port(ServicePort.parse("80:8080"))
                .port(ServicePort.parse("53:5353/udp"))
                .health(HealthCheck.tcp(BackendProgram.HTTP)
                        .interval(Duration.ofMillis(500))
                        .retries(2)));
        hosts.attach(networks[0], "c", "10.0.0.2", "fd00::2");
        for (int i = 0; i < 3; i++) {
            var network = networks[i];
            await(() -> healthy(network) == 3);
        }
        reachesAll();
    }

    @AfterParameterizedClassInvocation
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static long healthy(OverlayNetwork network) {
        return network.services()
                .status("web")
                .map(status -> status.backends().stream()
                        .filter(backend -> backend.state() == Backend.State.HEALTHY)
                        .count())
                .orElse(0L);
    }

    /** The nodes have heard of each other's endpoints, and have keys for them: nothing of what follows is about that. */
    private void reachesAll() {
        for (OverlayNode node : nodes) {
            await(() -> node.keys()
                    .map(keys -> keys.peers() == 2 && keys.waitingFor().isEmpty())
                    .orElse(!isEncrypted));
        }
        for (String from : List.of("c", "b1")) {
            for (String address : List.of("10.0.0.11", "10.0.0.12", "10.0.0.13", "[fd00::12]", "[fd00::13]")) {
                lab.run(
                                from,
                                "curl",
                                "-sS",
                                "--retry",
                                "10",
                                "--retry-all-errors",
                                "-m20",
                                "http://" + address + ":8080/")
                        .orFail();
            }
        }
    }

    /** Who answers so many requests, each on a connection of its own. */
    private Map<String, Long> answers(String from, String address, int requests) {
        String loop = "for i in $(seq " + requests + "); do curl -sS -m5 http://" + address + "/ && echo; done";
        return counts(lab.run(from, "bash", "-c", loop).orFail().output());
    }

    private static Map<String, Long> counts(String lines) {
        return Arrays.stream(lines.split("\n"))
                .collect(Collectors.groupingBy(String::strip, TreeMap::new, Collectors.counting()));
    }

    private Program.Result python(String from, String program) {
        return lab.run(from, "/usr/bin/python3", "-c", program);
    }

    @Test
    void eachBackendAnswersItsTurnOverTcpAndUdpAndBothIpVersions() {
        assertThat(answers("c", VIP4, 30)).isEqualTo(TEN_EACH);
        assertThat(answers("c", VIP6, 30)).isEqualTo(TEN_EACH);
        String program = """
                import socket
                for family, vip in ((socket.AF_INET, "10.0.0.80"), (socket.AF_INET6, "fd00::80")):
                    for i in range(15):
                        s = socket.socket(family, socket.SOCK_DGRAM)
                        s.settimeout(5)
                        s.connect((vip, 53))
                        s.send(b"who")
                        print(s.recv(99).decode())
                """;
        assertThat(counts(python("c", program).orFail().output())).isEqualTo(TEN_EACH);
        lab.run("c", "ping", "-c3", "-i0.1", "-w5", "fd00::80").orFail(); // not IPv4: docs/adr/0009
    }

    @Test
    void aServicesNameLeadsToEachBackendInTurnWhateverServerThatIs() {
        replaceProgramOfB2(() -> Nginx.start(lab, directory, "b2"));
        for (String family : List.of("-4", "-6")) {
            String loop = "for i in $(seq 10); do curl -sS -m5 " + family + " http://web/ && echo; done";
            List<String> answers =
                    lab.run("c", "bash", "-c", loop).orFail().output().lines().toList();
            assertThat(answers).hasSize(10);
            assertThat(answers.subList(0, 3)).containsExactlyInAnyOrder("b1", "b2", "b3");
            assertThat(answers.subList(3, 10)).as("the same turns again").isEqualTo(answers.subList(0, 7));
        }
        assertThat(lab.run("c", "curl", "-sSI", "http://b2:" + Nginx.HTTP + "/")
                        .orFail()
                        .output())
                .contains("Server: nginx");
        replaceProgramOfB2(() -> BackendProgram.start(lab, directory, "b2"));
    }

    private int backends(String service) {
        return networks[0].services().status(service).orElseThrow().backends().size();
    }

    private void replaceProgramOfB2(Supplier<Process> other) {
        programs[1].destroyForcibly().onExit().join();
        await(() -> healthy(networks[0]) == 2);
        programs[1] = other.get();
        await(() -> healthy(networks[0]) == 3);
    }

    @Test
    void aBackendThatCallsItsOwnServiceIsAnsweredByAllItselfIncluded() {
        assertThat(answers("b1", VIP4, 30)).isEqualTo(TEN_EACH);
        assertThat(answers("b1", VIP6, 30)).isEqualTo(TEN_EACH);
    }

    @Test
    void whatIsNotOfferedOrHasNoBackendIsRefusedAtOnce() throws IOException {
        assertThat(lab.run("c", "curl", "-sS", "-m1", "http://10.0.0.80:81/").output())
                .contains("Couldn't connect");
        var idle =
                networks[0].service(ServiceSpec.named("idle").vip("10.0.0.81").vip("fd00::81"));
        var gone = networks[2].attach(EndpointSpec.named("gone")
                .service("idle")
                .address("10.0.0.14")
                .address("fd00::14")
                .inMemory());
        await(() -> backends("idle") == 1);
        gone.close();
        await(() -> backends("idle") == 0);
        String refused = "Connection refused";
        assertThat(lab.run("c", "bash", "-c", "exec 3<>/dev/tcp/10.0.0.81/80").output())
                .contains(refused);
        assertThat(lab.run("c", "bash", "-c", "exec 3<>/dev/tcp/fd00::81/80").output())
                .contains(refused);
        String program = """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.settimeout(5)
                s.connect(("10.0.0.81", 53))
                s.send(b"who")
                s.recv(99)
                """;
        assertThat(python("c", program).output()).contains("ConnectionRefusedError");
        idle.close();
    }

    /** A connection by hand, always from one port of the client's, and the name of who answers on it. */
    private static final String FROM_ONE_PORT = """
            import socket
            def connect(address, port):
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("", 41234))
                s.settimeout(5)
                s.connect((address, port))
                return s
            def ask(s):
                s.sendall(b"GET / HTTP/1.1\\r\\nHost: web\\r\\n\\r\\n")
                answer = b""
                while not answer.partition(b"\\r\\n\\r\\n")[2]:
                    answer += s.recv(999)
                return answer[-2:].decode()
            """;

    @Test
    void aPortThatWasUsedThroughTheVipServesADirectConnectionAtOnce() {
        String program = FROM_ONE_PORT + """
                through = connect("10.0.0.80", 80)
                name = ask(through)
                backend = "10.0.0.1" + name[1]
                try:
                    connect(backend, 8080)
                except ConnectionRefusedError:
                    print("refused")
                assert ask(through) == name
                through.shutdown(socket.SHUT_WR)
                assert through.recv(1) == b""
                through.close()
                assert ask(connect(backend, 8080)) == name
                """;
        assertThat(python("c", program).orFail().output()).isEqualTo("refused\n");
    }

    @Test
    void anIdleConnectionIsHeldForAsLongAsItsServiceSaysAndNotLonger() throws IOException {
        var second = Duration.ofSeconds(1);
        var patient = networks[0].service(ServiceSpec.named("patient")
                .vip("10.0.0.82")
                .port(ServicePort.parse("80:8080"))
                .timeouts(new FlowTimeouts(Duration.ofSeconds(4), second, second, second, second, second)));
        lab.namespace("p");
        var backend = networks[1].attach(EndpointSpec.named("p")
                .service("patient")
                .address("10.0.0.15")
                .namespace(lab.path("p").toString())
                .device("eth0"));
        Process server = BackendProgram.start(lab, directory, "p1", "p");
        await(() -> backends("patient") == 1);
        String program = FROM_ONE_PORT + """
                s = connect("10.0.0.82", 80)
                for timeout in 2, 6:
                    print(ask(s))
                    s.settimeout(timeout)
                    try:
                        s.recv(1)
                    except socket.timeout:
                        print("nothing for %d s" % timeout)
                try:
                    ask(s)
                except ConnectionResetError:
                    print("reset")
                """;
        assertThat(python("c", program).orFail().output().lines())
                .containsExactly("p1", "nothing for 2 s", "p1", "nothing for 6 s", "reset");
        server.destroyForcibly().onExit().join();
        backend.close();
        patient.close();
    }

    @Test
    void aBackendWhoseProgramEndsGetsNoRequestsUntilItIsBack() {
        programs[1].destroyForcibly().onExit().join();
        await(() -> healthy(networks[0]) == 2);
        assertThat(answers("c", VIP4, 20)).isEqualTo(Map.of("b1", 10L, "b3", 10L));
        programs[1] = BackendProgram.start(lab, directory, "b2");
        await(() -> healthy(networks[0]) == 3);
        assertThat(answers("c", VIP4, 30)).isEqualTo(TEN_EACH);
    }

    @Test
    void aClientLearnsThePathMtuOfAVip() {
        String mtu = String.valueOf(networks[0].mtu());
        lab.ip("c", "link", "set", "eth0", "mtu", "9000");
        String program = """
                import errno, socket, time
                for family, vip, level, option, header in (
                        (socket.AF_INET, "10.0.0.80", socket.IPPROTO_IP, 10, 28),
                        (socket.AF_INET6, "fd00::80", socket.IPPROTO_IPV6, 23, 48)):
                    s = socket.socket(family, socket.SOCK_DGRAM)
                    s.settimeout(5)
                    s.setsockopt(level, option, 2)  # never fragment
                    s.connect((vip, 53))
                    try:
                        for i in range(100):
                            s.send(bytes(4000))
                            time.sleep(0.05)
                    except OSError as e:
                        assert e.errno == errno.EMSGSIZE, e
                    print(s.getsockopt(level, 14 if family == socket.AF_INET else 24))
                """;
        assertThat(python("c", program).orFail().output().lines()).containsExactly(mtu, mtu);
        lab.ip("c", "link", "set", "eth0", "mtu", mtu);
    }

    @Test
    void megabytesPassAVipUnchangedInNumber() {
        String upload = "head -c 20000000 /dev/zero | curl -sS -m20 --data-binary @- http://10.0.0.80/";
        for (int i = 0; i < 3; i++) {
            assertThat(lab.run("c", "bash", "-c", upload).orFail().output()).matches("b[123]");
        }
    }

    @Test
    void aDrainUnderLoadLosesNoRequest() {
        for (boolean isKeptAlive : new boolean[] {true, false}) {
            var load = Wrk.start(lab, "c", "http://10.0.0.80/", LOAD_LIMIT, isKeptAlive);
            await(() -> flows("b2") > 0);
            networks[1].services().drain("b2", Duration.ofMinutes(1));
            await(() -> healthy(networks[0]) == 2);
            Map<String, Long> afterwards = answers("c", VIP4, 20);
            Wrk.Result result = load.stop();
            System.out.printf(
                    "drain, encrypted %b, connections %s: %d requests, %d lost%n",
                    isEncrypted, isKeptAlive ? "kept alive" : "new for each", result.requests(), result.failed());
            assertThat(result.requests()).isGreaterThan(100);
            assertThat(result.failed()).as(result.output()).isZero();
            assertThat(afterwards).containsOnlyKeys("b1", "b3");
            networks[1].services().resume("b2");
            await(() -> healthy(networks[0]) == 3);
        }
    }

    @Test
    void aBackendThatIsAddedUnderLoadGetsConnectionsAndNoRequestIsLost() throws IOException {
        lab.namespace("s");
        BackendProgram.start(lab, directory, "b4", "s");
        for (boolean isKeptAlive : new boolean[] {true, false}) {
            var load = Wrk.start(lab, "c", "http://10.0.0.80/", LOAD_LIMIT, isKeptAlive);
            await(() -> flows("b1") > 0);
            var added = networks[1].attach(EndpointSpec.named("b4")
                    .service("web")
                    .address("10.0.0.16")
                    .address("fd00::16")
                    .namespace(lab.path("s").toString())
                    .device("eth0"));
            await(() -> healthy(networks[0]) == 4 && (isKeptAlive || flows("b4") > 0));
            Map<String, Long> afterwards = answers("c", VIP4, 20);
            Wrk.Result result = load.stop();
            assertThat(result.requests()).isGreaterThan(100);
            assertThat(result.failed()).as(result.output()).isZero();
            assertThat(afterwards).containsOnlyKeys("b1", "b2", "b3", "b4");
            added.close();
            await(() -> healthy(networks[0]) == 3);
        }
    }

    private int flows(String backend) {
        return networks[0].services().status("web").orElseThrow().backends().stream()
                .filter(each -> each.name().equals(backend))
                .mapToInt(ServiceStatus.BackendStatus::flows)
                .sum();
    }
}
