package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.io.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * TCP over a bad network: whatever is lost, doubled and late, what arrives is what was sent. The nodes take the relay's two addresses for
 * each other's.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2]                                                            w2 [eth0 10.0.0.3]
 *        |  TUN                                                                        |  TUN
 *   h1 node A, 192.168.39.1 ---- relay, 192.168.39.11 and .12, on the bridge ---- h2 node B, 192.168.39.2
 * </pre>
 */
@SuppressWarnings("NullAway.Init") // the only test fills them in
class LossyUnderlayNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24");

    private Hosts hosts;
    private LossyRelay relay;

    @AfterEach
    void end() throws IOException {
        try {
            if (relay != null) {
                relay.close();
            }
        } finally {
            if (hosts != null) {
                hosts.close();
            }
        }
    }

    @Test
    void bytesArriveAsTheyWereSent() throws IOException {
        Hosts.assumePossible("socat");
        hosts = new Hosts(1500);
        var lab = hosts.lab()
                .host("h1", "192.168.39.1/24")
                .host("h2", "192.168.39.2/24")
                .host("relay", "192.168.39.11/24", "192.168.39.12/24");
        relay = LossyRelay.start(
                NetworkNamespace.of(lab.path("relay")),
                vtep("192.168.39.1"),
                vtep("192.168.39.11"),
                vtep("192.168.39.12"),
                vtep("192.168.39.2"),
                new LossyRelay.Faults(0.005, 0.01, 0.01),
                42);
        OverlayNode a = hosts.start("h1", NodeConfig.named("a").dataPath("192.168.39.1"));
        OverlayNode b = hosts.start("h2", NodeConfig.named("b").dataPath("192.168.39.2"));
        OverlayNetwork onA = a.network(BACKEND);
        OverlayNetwork onB = b.network(BACKEND);
        onA.remote(RemoteSpec.named("w2").address("10.0.0.3").vtep("192.168.39.11"));
        onB.remote(RemoteSpec.named("w1").address("10.0.0.2").vtep("192.168.39.12"));
        hosts.attach(onA, "w1", "10.0.0.2");
        hosts.attach(onB, "w2", "10.0.0.3");

        Transfer.of(LongProofs.either(30, 2000))
                .from(lab, "w1")
                .to("w2", "10.0.0.3")
                .check();
        Transfer.of(LongProofs.either(5, 200))
                .from(lab, "w2")
                .to("w1", "10.0.0.2")
                .check();

        assertThat(relay.faults()).isGreaterThan(100);
        assertThat(b.stats().drops()).isEmpty();
    }

    private static InetSocketAddress vtep(String address) {
        return new InetSocketAddress(address, NodeConfig.VXLAN_PORT);
    }
}
