package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two nodes and the kernel's own TCP, ICMP and IPv6 on top of them.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2, fd00::2]          w2 [eth0 10.0.0.3, fd00::3]
 *        |  TUN                               |  TUN
 *   h1 node A, 192.168.39.1 ---- bridge ---- h2 node B, 192.168.39.2
 * </pre>
 */
class NodePairNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;
    private OverlayNetwork onA;
    private OverlayNetwork onB;

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("ping", "socat");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
        a = hosts.start("h1", NodeConfig.named("a").dataPath("192.168.39.1"));
        b = hosts.start("h2", NodeConfig.named("b").dataPath("192.168.39.2"));
        onA = a.network(BACKEND);
        onB = b.network(BACKEND);
        onA.remote(RemoteSpec.named("w2").address("10.0.0.3").address("fd00::3").vtep("192.168.39.2"));
        onB.remote(RemoteSpec.named("w1").address("10.0.0.2").address("fd00::2").vtep("192.168.39.1"));
        hosts.attach(onA, "w1", "10.0.0.2", "fd00::2");
        hosts.attach(onB, "w2", "10.0.0.3", "fd00::3");
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void pingsByIpv4AndIpv6() {
        Hosts.assumeKernelAnswersEcho();
        assertThat(lab.run("w1", "ping", "-c3", "-i0.1", "-w5", "10.0.0.3")
                        .orFail()
                        .output())
                .contains("3 received")
                .contains("ttl=64"); // one link, no router
        assertThat(lab.run("w2", "ping", "-c3", "-i0.1", "-w5", "fd00::2")
                        .orFail()
                        .output())
                .contains("3 received");
        assertThat(a.stats().counters().get(Counter.DEVICE_RECEIVED_PACKETS)).isGreaterThanOrEqualTo(6);
        assertThat(b.stats().counters().get(Counter.DEVICE_SENT_PACKETS)).isGreaterThanOrEqualTo(6);
    }

    @Test
    void theGatewayAddressAnswersPings() {
        lab.run("w1", "ping", "-c1", "-W5", "10.0.0.1").orFail();
        lab.run("w1", "ping", "-c1", "-W5", "fd00::1").orFail();
        assertThat(a.stats().counters()).containsEntry(Counter.ECHO_ANSWERED, 2L);
        assertThat(b.stats().counters()).containsEntry(Counter.UNDERLAY_RECEIVED_PACKETS, 0L);
    }

    @Test
    void aPacketOfTheInnerMtuPassesAndOneByteMoreIsAnsweredWithIcmp() {
        assertThat(onA.mtu()).isEqualTo(1450);
        // A workload that believes in a larger MTU than there is: only the node can tell it.
        lab.ip("w1", "link", "set", "eth0", "mtu", "1500");

        long delivered = b.stats().counters().getOrDefault(Counter.DEVICE_SENT_PACKETS, 0L);
        lab.run("w1", "ping", "-c1", "-W1", "-Mdo", "-s1422", "10.0.0.3");
        assertThat(b.stats().counters()).containsEntry(Counter.DEVICE_SENT_PACKETS, delivered + 1);
        assertThat(lab.run("w1", "ping", "-c1", "-W5", "-Mdo", "-s1423", "10.0.0.3")
                        .output())
                .contains("From 10.0.0.1")
                .contains("mtu = 1450");
        lab.run("w1", "ping", "-c1", "-W5", "-Mdo", "-s1402", "fd00::3").orFail();
        assertThat(lab.run("w1", "ping", "-c1", "-W5", "-Mdo", "-s1403", "fd00::3")
                        .output())
                .contains("From fd00::1")
                .contains("mtu=1450");

        assertThat(a.stats().counters()).containsEntry(Counter.TOO_BIG_ANSWERED, 2L);
        assertThat(a.stats().drops()).containsEntry(DropReason.TOO_BIG, 2L);
        // the kernel believed it: it sends no larger one, and says so by itself
        assertThat(lab.run("w1", "ping", "-c1", "-W5", "-Mdo", "-s1423", "10.0.0.3")
                        .output())
                .contains("mtu=1450");
    }

    @Test
    void fragmentsOfALargerPacketPass() {
        Hosts.assumeKernelAnswersEcho();
        assertThat(lab.run("w1", "ping", "-c2", "-i0.1", "-w5", "-s5000", "10.0.0.3")
                        .orFail()
                        .output())
                .contains("5008 bytes from");
        assertThat(lab.run("w1", "ping", "-c2", "-i0.1", "-w5", "-s5000", "fd00::3")
                        .orFail()
                        .output())
                .contains("5008 bytes from");
    }

    @Test
    void carriesTwoHundredMegabytesUnchangedEachWay() {
        Transfer.of(200).from(lab, "w1").to("w2", "10.0.0.3").check();
        Transfer.of(20).from(lab, "w2").to("w1", "[fd00::2]").check();
    }

    @Test
    void theMssOfConnectionsIsLoweredToTheInnerMtu() {
        lab.ip("w1", "link", "set", "eth0", "mtu", "1500"); // announces 1460 now
        Transfer.of(1).from(lab, "w1").to("w2", "10.0.0.3").check();
        assertThat(a.stats().counters().get(Counter.MSS_CLAMPED)).isPositive();
        assertThat(a.stats().drops()).doesNotContainKey(DropReason.TOO_BIG);
    }

    @Test
    void anEndpointWhoseNamespaceVanishesTakesNobodyWithIt() throws IOException {
        hosts.attach(onA, "w3", "10.0.0.5");
        onB.remote(RemoteSpec.named("w3").address("10.0.0.5").vtep("192.168.39.1"));
        assertThat(hosts.reaches("w2", "10.0.0.5")).isTrue();

        lab.delete("w3");

        // The kernel takes a namespace apart on its own time; each connection is a look whether it has.
        int looks = 0;
        while (hosts.reaches("w2", "10.0.0.5") && looks < 1000) {
            looks++;
        }
        assertThat(looks).as("answers of a workload that is gone").isLessThan(1000);
        assertThat(a.stats().errors()).hasSize(1);
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        // its place can be taken again once the program detaches it
        onA.endpoints().getLast().close();
        hosts.attach(onA, "w3", "10.0.0.5");
        assertThat(hosts.reaches("w2", "10.0.0.5")).isTrue();
    }

    @Test
    void aDeadPeerDisturbsNobodyAndComesBack() throws IOException {
        lab.host("h3", "192.168.39.3/24");
        OverlayNode c = hosts.start("h3", NodeConfig.named("c").dataPath("192.168.39.3"));
        OverlayNetwork onC = c.network(BACKEND);
        onC.remote(RemoteSpec.named("w1").address("10.0.0.2").vtep("192.168.39.1"));
        hosts.attach(onC, "w4", "10.0.0.4");
        onA.remote(RemoteSpec.named("w4").address("10.0.0.4").vtep("192.168.39.3"));
        assertThat(hosts.reaches("w1", "10.0.0.4")).isTrue();

        c.close();
        Process toTheDead = lab.start("w1", "ping", "-f", "-c2000", "-W1", "10.0.0.4");
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        toTheDead.destroy();
        lab.delete("w4");

        OverlayNode again = hosts.start("h3", NodeConfig.named("c").dataPath("192.168.39.3"));
        OverlayNetwork onCAgain = again.network(BACKEND);
        onCAgain.remote(RemoteSpec.named("w1").address("10.0.0.2").vtep("192.168.39.1"));
        hosts.attach(onCAgain, "w4", "10.0.0.4");
        assertThat(hosts.reaches("w1", "10.0.0.4")).isTrue();
    }

    @Test
    void aKilledNodeLeavesNoDeviceBehindAndTheOthersGoOn() throws IOException {
        lab.host("h3", "192.168.39.3/24").namespace("w4");
        onA.remote(RemoteSpec.named("w4").address("10.0.0.4").vtep("192.168.39.3"));
        Process killed = lab.start(
                "h3", NodeProcess.command("192.168.39.3", lab.path("w4"), "10.0.0.4", "10.0.0.2", "192.168.39.1"));
        assertThat(killed.inputReader().lines().anyMatch(NodeProcess::isReady)).isTrue();
        assertThat(hosts.reaches("w1", "10.0.0.4")).isTrue();

        killed.destroyForcibly().onExit().join(); // kill -9

        assertThat(hosts.reaches("w1", "10.0.0.4")).isFalse();
        assertThat(lab.ip("w4", "-br", "link")).doesNotContain("eth0");
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        lab.run("w2", "ping", "-c3", "-i0.1", "-w5", "fd00::2").orFail();
    }

    @Test
    void closingANodeLeavesNoDeviceBehind() throws IOException {
        assertThat(lab.ip("w1", "-br", "link")).contains("eth0");
        a.close();
        assertThat(lab.ip("w1", "-br", "link")).doesNotContain("eth0");
        assertThat(hosts.reaches("h1", "192.168.39.2")).isTrue();
    }

    @Test
    void anEndpointThatCannotBeHadLeavesNothingBehind() throws IOException {
        lab.namespace("w5");
        lab.ip("w5", "link", "add", "eth0", "type", "veth", "peer", "name", "eth9");
        var spec = EndpointSpec.named("w5").namespace(lab.path("w5").toString()).address("10.0.0.6");

        assertThatThrownBy(() -> onA.attach(spec.device("eth0")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("eth0");
        assertThat(onA.endpoints()).extracting(each -> each.spec().name()).containsExactly("w1");

        onA.attach(spec.device("eth1")); // name and address are still free
        onB.remote(RemoteSpec.named("w5").address("10.0.0.6").vtep("192.168.39.1"));
        assertThat(hosts.reaches("w2", "10.0.0.6")).isTrue();
    }

    @Test
    void endpointsOfOneNodeReachEachOther() throws IOException {
        hosts.attach(onA, "w6", "10.0.0.7", "fd00::7");
        assertThat(hosts.reaches("w1", "10.0.0.7")).isTrue();
        lab.run("w6", "ping", "-c2", "-i0.1", "-w5", "fd00::2").orFail();
        assertThat(a.stats().counters()).containsEntry(Counter.UNDERLAY_SENT_PACKETS, 0L);
    }

    @Test
    void aTraceShowsAPacketsWay() throws IOException {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        a.trace(2, lines::add);
        lab.run("w1", "ping", "-c3", "-i0.1", "-w5", "fd00::3").orFail();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .contains("eth0")
                .contains("fd00::2 → fd00::3 ICMPv6")
                .contains("VTEP 192.168.39.2");
        assertThat(lines.get(1))
                .contains("underlay 192.168.39.2")
                .contains("VNI 4096")
                .contains("endpoint on eth0");
    }
}
