package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.Gossip;
import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that nobody tells of each other, on loopback, endpoints in memory: no privilege needed. One is the others' seed. */
@Timeout(120)
class GossipingNodesTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24");

    private final int port = FreePort.find();
    private String seed = "";

    private NodeConfig config(String name, String address) {
        var gossip = GossipConfig.named(name).listen("127.0.0.1:0").profile(Profile.local());
        return NodeConfig.named(name)
                .dataPath(address)
                .port(port)
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .gossip(seed.isEmpty() ? gossip : gossip.join(seed));
    }

    private OverlayNode start(String name, String address) throws IOException {
        OverlayNode node = OverlayNode.start(config(name, address));
        if (seed.isEmpty()) {
            seed = HostPort.text(memberOf(node).address());
        }
        return node;
    }

    private static ClusterMember memberOf(OverlayNode node) {
        return Objects.requireNonNull(node.clusterMember());
    }

    private static Endpoint attach(OverlayNetwork network, String name, String address) throws IOException {
        return network.attach(EndpointSpec.named(name).address(address).inMemory());
    }

    private static void awaitCluster(OverlayNode node, Predicate<ClusterStats> condition) {
        await(() -> condition.test(node.cluster().orElseThrow()));
    }

    private static void knows(OverlayNode node, int endpoints) {
        awaitCluster(node, stats -> stats.endpoints() == endpoints);
    }

    private static byte[] packet(String from, String to) {
        return Ipv4Packet.of(from, to)
                .carrying(Transport.udp(1, 2, payload(100)))
                .bytes();
    }

    private static void carries(Endpoint from, Endpoint to) throws InterruptedException {
        byte[] packet = packet(
                from.spec().addresses().getFirst().toString(),
                to.spec().addresses().getFirst().toString());
        assertThat(from.packets().write(ByteBuffer.wrap(packet))).isTrue();
        var into = ByteBuffer.allocate(2048);
        assertThat(to.packets().read(into, THIRTY_SECONDS))
                .as("a packet for " + to.spec().name())
                .isPositive();
        var received = new byte[into.position()];
        into.flip().get(received);
        assertThat(received).isEqualTo(packet);
    }

    @Test
    void threeNodesFindEachOtherThroughOneSeedAndCarryPackets() throws Exception {
        try (var a = start("a", "127.0.8.1");
                var b = start("b", "127.0.8.2");
                var c = start("c", "127.0.8.3")) {
            var endpoints = new Endpoint[] {
                attach(a.network(BACKEND), "e1", "10.0.0.2"),
                attach(b.network(BACKEND), "e2", "10.0.0.3"),
                attach(c.network(BACKEND), "e3", "10.0.0.4")
            };
            for (OverlayNode node : new OverlayNode[] {a, b, c}) {
                knows(node, 2);
            }
            for (Endpoint from : endpoints) {
                for (Endpoint to : endpoints) {
                    if (from != to) {
                        carries(from, to);
                    }
                }
            }
            assertThat(a.cluster().orElseThrow().members()).isEqualTo(3);
            assertThat(b.cluster().orElseThrow().nodes()).isEqualTo(2);
            assertThat(c.stats().drops()).isEmpty();
        }
    }

    @Test
    void endpointsAndNetworksThatComeLaterAreReachedAndThoseThatGoAreNot() throws Exception {
        try (var a = start("a", "127.0.8.1");
                var b = start("b", "127.0.8.2")) {
            var e1 = attach(a.network(BACKEND), "e1", "10.0.0.2");
            awaitCluster(b, stats -> stats.nodes() == 1);
            var onB = b.network(BACKEND); // what is known takes effect at once
            knows(b, 1);
            var e2 = attach(onB, "e2", "10.0.0.3");
            knows(a, 1);
            carries(e1, e2);
            carries(e2, e1);

            e2.close();
            knows(a, 0);
            e1.packets().write(ByteBuffer.wrap(packet("10.0.0.2", "10.0.0.3")));
            await(() -> a.stats().drops().getOrDefault(DropReason.UNKNOWN_DESTINATION, 0L) == 1);
        }
    }

    @Test
    void aNodeThatStartsAgainHasItsNewEndpointsAndNoneOfTheOld() throws Exception {
        try (var a = start("a", "127.0.8.1")) {
            var e1 = attach(a.network(BACKEND), "e1", "10.0.0.2");
            try (var b = start("b", "127.0.8.2")) {
                attach(b.network(BACKEND), "e2", "10.0.0.3");
                knows(a, 1);
            }
            knows(a, 0); // it left
            try (var again = start("b", "127.0.8.3")) {
                var e3 = attach(again.network(BACKEND), "e3", "10.0.0.4");
                knows(a, 1);
                knows(again, 1);
                carries(e1, e3);
                carries(e3, e1);
                e1.packets().write(ByteBuffer.wrap(packet("10.0.0.2", "10.0.0.3")));
                await(() -> a.stats().drops().getOrDefault(DropReason.UNKNOWN_DESTINATION, 0L) == 1);
            }
        }
    }

    @Test
    void whatIsWrittenByHandGoesBeforeWhatIsGossiped() throws Exception {
        try (var a = start("a", "127.0.8.1");
                var b = start("b", "127.0.8.2");
                var c = start("c", "127.0.8.3")) {
            var onA = a.network(BACKEND);
            var e1 = attach(onA, "e1", "10.0.0.2");
            var onB = attach(b.network(BACKEND), "web", "10.0.0.3");
            knows(a, 1);
            knows(b, 1);
            var byHand =
                    onA.remote(RemoteSpec.named("by-hand").address("10.0.0.3").vtep("127.0.8.3"));
            assertThat(a.cluster().orElseThrow().conflicts()).isEqualTo(1);
            var onC = c.network(BACKEND);
            onC.remote(RemoteSpec.named("e1").address("10.0.0.2").vtep("127.0.8.1"));
            carries(e1, attach(onC, "web", "10.0.0.3"));

            byHand.close();
            onC.close();
            carries(e1, onB);
        }
    }

    @Test
    void aNodeWhoseMemberDiesSilentlyKeepsItsRoutesAtTheOthers() throws Exception {
        try (var a = start("a", "127.0.8.1");
                var b = start("b", "127.0.8.2")) {
            var e1 = attach(a.network(BACKEND), "e1", "10.0.0.2");
            var e2 = attach(b.network(BACKEND), "e2", "10.0.0.3");
            knows(a, 1);
            knows(b, 1);
            memberOf(b).fallSilent();
            awaitCluster(a, stats -> stats.members() == 1); // held for dead
            carries(e1, e2);
            carries(e2, e1);
        }
    }

    @Test
    void nobodyToJoinIsNoFailureAndAPortInUseIs() throws Exception {
        seed = "127.0.0.1:" + FreePort.find(); // nobody
        try (var a = start("a", "127.0.8.1")) {
            var net = a.network(BACKEND);
            carries(attach(net, "e1", "10.0.0.2"), attach(net, "e2", "10.0.0.3"));
        }
        try (var taken = Gossip.start(GossipConfig.named("x").listen("127.0.0.1:0"))) {
            var config = config("a", "127.0.8.1")
                    .gossip(GossipConfig.named("a")
                            .listen(HostPort.text(taken.local().address())));
            assertThatThrownBy(() -> OverlayNode.start(config)).isInstanceOf(IOException.class);
        }
        OverlayNode.start(config("a", "127.0.8.1")).close(); // the data path's port was let go
    }

    @Test
    void aMemberIsCalledAsItsNodeIs() {
        assertThatThrownBy(() -> NodeConfig.named("a").gossip(GossipConfig.named("b")))
                .hasMessage("node \"a\" gossips as \"b\": give the member the node's name");
    }
}
