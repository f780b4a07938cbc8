package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.testkit.Await;
import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two nodes that were told of nothing but one seed, and programs on top:
 *
 * <pre>
 *   w1 eth0 10.0.0.2, fd00::2              w2 eth0 10.0.0.3, fd00::3
 *        │                                      │
 *   h1: node a, 192.168.39.1 ── gossip ── h2: node b, 192.168.39.2, joins 192.168.39.1
 * </pre>
 */
@Timeout(120)
class GossipingNodesNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("ping", "socat");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
        a = hosts.start(
                "h1",
                NodeConfig.named("a")
                        .dataPath("192.168.39.1")
                        .gossip(GossipConfig.named("a").listen("192.168.39.1")));
        b = hosts.start(
                "h2",
                NodeConfig.named("b")
                        .dataPath("192.168.39.2")
                        .gossip(GossipConfig.named("b").listen("192.168.39.2").join("192.168.39.1")));
        hosts.attach(a.network(BACKEND), "w1", "10.0.0.2", "fd00::2");
        hosts.attach(b.network(BACKEND), "w2", "10.0.0.3", "fd00::3");
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

    @Test
    void programsReachEachOtherOverIpv4AndIpv6() {
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        assertThat(hosts.reaches("w2", "10.0.0.2")).isTrue();
        lab.run("w1", "ping", "-c3", "-i0.1", "-w5", "fd00::3").orFail();
        Transfer.of(20).from(lab, "w1").to("w2", "10.0.0.3").check();
        Transfer.of(20).from(lab, "w2").to("w1", "[fd00::2]").check();
    }

    @Test
    void anEndpointThatComesLaterIsReachedAndOneThatGoesIsNot() throws IOException {
        Endpoint later = hosts.attach(b.networks().getFirst(), "w3", "10.0.0.4", "fd00::4");
        awaitEndpoints(a, 2);
        assertThat(hosts.reaches("w1", "10.0.0.4")).isTrue();
        later.close();
        awaitEndpoints(a, 1);
        assertThat(hosts.reaches("w1", "10.0.0.4")).isFalse();
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
    }

    @Test
    void aControlPlaneThatIsCutOffDoesNotCutTheDataPath() {
        for (String host : new String[] {"h1", "h2"}) {
            lab.run(host, "ip", "rule", "add", "ipproto", "tcp", "dport", "7946", "blackhole")
                    .orFail();
            lab.run(host, "ip", "rule", "add", "ipproto", "udp", "dport", "7946", "blackhole")
                    .orFail();
        }
        Await.await(
                () -> "both hold the other for dead",
                () -> a.cluster().orElseThrow().members() == 1
                        && b.cluster().orElseThrow().members() == 1);
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        assertThat(hosts.reaches("w2", "10.0.0.2")).isTrue();
    }
}
