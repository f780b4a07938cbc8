package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.rotation.KeyRingFile;
import io.dunlin.ipsec.rotation.RotationConfig;
import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What two nodes gossip, as somebody sees it who has the key by which one joins:
 *
 * <pre>
 *   h1 node A, 192.168.39.1 ---- bridge ---- h2 node B, 192.168.39.2
 *                                  | capture
 * </pre>
 */
@Timeout(120)
class GossipCaptureNamespaceTest {
    private static final int ENOUGH = 150;
    private static final byte[] JOIN_KEY = new byte[16];

    @TempDir
    private Path directory;

    private OverlayNode start(Hosts hosts, String host, String address, String... seeds) throws IOException {
        return hosts.start(
                host,
                NodeConfig.named(host)
                        .dataPath(address)
                        .gossip(GossipConfig.named(host)
                                .listen(address)
                                .profile(Profile.local())
                                .encrypted(KeyRing.of(JOIN_KEY))
                                .join(seeds))
                        .keys(new KeysConfig(
                                RotationConfig.DEFAULT.waiting(
                                        Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(1)),
                                ring(host))));
    }

    private Path ring(String host) {
        return directory.resolve(host + ".ring");
    }

    /** The key is the only one of both, and both know that of each other: what was said before has passed. */
    private boolean isSettled(long epoch, OverlayNode... nodes) {
        for (OverlayNode node : nodes) {
            KeysStatus keys = node.keys().orElseThrow();
            if (keys.epoch() != epoch || keys.peers() != 1 || !keys.waitingFor().isEmpty()) {
                return false;
            }
        }
        return gossipKeys("h1").size() == 1 && gossipKeys("h2").size() == 1;
    }

    private List<byte[]> gossipKeys(String host) {
        try (var ring = new KeyRingFile(ring(host)).read().orElseThrow()) {
            return ring.derived(ClusterKeys.GOSSIP);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatNodesGossipIsOpenedByKeysThatTurnAndNotByTheKeyThatOneJoinsBy() throws Exception {
        Hosts.assumePossible("tcpdump");
        try (var hosts = new Hosts(1500)) {
            NamespaceLab lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
            var joining = new GossipCapture(lab, GossipConfig.DEFAULT_PORT);
            OverlayNode a = start(hosts, "h1", "192.168.39.1");
            OverlayNode b = start(hosts, "h2", "192.168.39.2", "192.168.39.1");
            await(() -> isSettled(1, a, b));
            joining.end();
            GossipCapture.Opened before = joining.openedBy(KeyRing.of(JOIN_KEY));
            assertThat(before.packets()).as("a capture of how they met").isPositive();
            assertThat(before.streams()).isGreaterThanOrEqualTo(2);

            a.rotateKeys();
            await(() -> isSettled(2, a, b));
            var capture = new GossipCapture(lab, GossipConfig.DEFAULT_PORT);
            var keys = new ArrayList<>(gossipKeys("h1"));
            b.rotateKeys(); // the third key travels in it
            await(() -> isSettled(3, a, b));
            keys.addAll(gossipKeys("h2"));
            await(() -> capture.size() >= ENOUGH && capture.all().streams() >= 2);
            capture.end();

            assertThat(capture.openedBy(KeyRing.of(JOIN_KEY))).isEqualTo(new GossipCapture.Opened(0, 0));
            assertThat(capture.openedBy(KeyRing.of(keys.get(0), keys.get(1)))).isEqualTo(capture.all());
            assertThat(capture.openedBy(KeyRing.of(keys.get(1))).packets())
                    .as("by the third alone")
                    .isBetween(1, capture.all().packets() - 1);
        }
    }
}
