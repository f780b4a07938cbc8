package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.packet.Counter;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link NodeConfig#workers} and {@link NodeConfig#offloads}: two nodes on two hosts, as in {@link NodePairNamespaceTest}. */
@SuppressWarnings("NullAway.Init") // each test calls start() first
class WorkersNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24");
    /** So many that they would hardly all meet on one worker: 1 in 3^11. */
    private static final int FLOWS = 12;

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;
    private OverlayNetwork onA;
    private Endpoint w1;

    private void start(NodeConfig settings) throws IOException {
        Hosts.assumePossible("iperf3", "socat");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
        a = hosts.start("h1", settings.dataPath("192.168.39.1"));
        b = hosts.start("h2", settings.dataPath("192.168.39.2"));
        onA = a.network(BACKEND);
        OverlayNetwork onB = b.network(BACKEND);
        onA.remote(RemoteSpec.named("w2").address("10.0.0.3").vtep("192.168.39.2"));
        onB.remote(RemoteSpec.named("w1").address("10.0.0.2").vtep("192.168.39.1"));
        w1 = hosts.attach(onA, "w1", "10.0.0.2");
        hosts.attach(onB, "w2", "10.0.0.3");
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private void flows() throws IOException {
        Process server = lab.start("w2", "iperf3", "-s", "-1", "--forceflush");
        assertThat(server.inputReader().lines().anyMatch(line -> line.contains("listening")))
                .isTrue();
        lab.run("w1", "iperf3", "-c", "10.0.0.3", "-P", Integer.toString(FLOWS), "-n", "24M", "-C", "cubic")
                .orFail();
        server.toHandle().destroy();
        server.onExit().join();
    }

    private static long busy(OverlayNode node, Counter counter) {
        return node.dataPaths().stream()
                .filter(path -> path.counters().get(counter) > 0)
                .count();
    }

    @Test
    void flowsSpreadOverAllWorkersAndArriveWhole() throws IOException {
        start(NodeConfig.named("n").workers(3));
        assertThat(a.dataPaths()).hasSize(3);
        flows();
        assertThat(busy(a, Counter.DEVICE_RECEIVED_PACKETS))
                .as("queues of the device")
                .isGreaterThan(1);
        assertThat(busy(b, Counter.UNDERLAY_RECEIVED_PACKETS)).as("sockets").isGreaterThan(1);
        Transfer.of(20).from(lab, "w1").to("w2", "10.0.0.3").check();
        Transfer.of(20).from(lab, "w2").to("w1", "10.0.0.2").check();
        assertThat(b.stats().drops()).isEmpty();
    }

    @Test
    void anEndpointComesAndGoesWithAllItsQueues() throws IOException {
        start(NodeConfig.named("n").workers(3));
        flows();
        w1.close();
        assertThat(lab.run("w1", "ip", "link", "show", "eth0").status())
                .as("the device is gone")
                .isNotZero();
        onA.attach(EndpointSpec.named("again")
                .address("10.0.0.2")
                .namespace(lab.path("w1").toString())
                .device("eth0"));
        flows();
        assertThat(a.stats().errors()).isEmpty();
    }

    @Test
    void withoutOffloadsEachPacketCrossesAlone() throws IOException {
        start(NodeConfig.named("n").workers(1).offloads(false));
        assertThat(a.socketKind()).isEqualTo("linux (sendmmsg; no UDP_SEGMENT, no UDP_GRO)");
        Transfer.of(5).from(lab, "w1").to("w2", "10.0.0.3").check();
        assertThat(a.stats().counters().getOrDefault(Counter.SEGMENTS_CUT, 0L)).isZero();
        assertThat(b.stats().counters().getOrDefault(Counter.SEGMENTS_JOINED, 0L))
                .isZero();
        assertThat(a.stats().counters().get(Counter.DEVICE_RECEIVED_PACKETS)).isGreaterThan(5_000_000 / 1450);
    }
}
