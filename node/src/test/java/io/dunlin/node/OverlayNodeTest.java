package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole nodes on loopback, endpoints in memory: no privilege needed. Each node has an address of 127.0.0.0/8 for itself. */
@Timeout(120)
class OverlayNodeTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final int PORT = freePort();

    private static int freePort() {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static NodeConfig config(String name, String address, SocketKind kind) {
        return NodeConfig.named(name)
                .dataPath(address)
                .port(PORT)
                .underlayMtu(1500)
                .socket(kind);
    }

    private static OverlayNode start(String name, String address) throws IOException {
        return OverlayNode.start(config(name, address, SocketKind.PORTABLE));
    }

    private static NetworkSpec backend() {
        return NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");
    }

    private static byte[] ipv4(String from, String to, int length) {
        return Ipv4Packet.of(from, to)
                .carrying(Transport.udp(1, 2, payload(length)))
                .bytes();
    }

    @Test
    void twoNodesWithAnEncryptedNetworkAndKeys() throws Exception {
        try (var west = start("west", "127.0.7.1");
                var east = start("east", "127.0.7.2")) {
            var onWest = west.network(backend().encrypted());
            var onEast = east.network(backend().encrypted());
            onWest.remote(RemoteSpec.named("db").address("10.0.0.3").vtep("127.0.7.2"));
            onEast.remote(RemoteSpec.named("web").address("10.0.0.2").vtep("127.0.7.1"));
            var web =
                    onWest.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            var db = onEast.attach(EndpointSpec.named("db").address("10.0.0.3").inMemory());
            var toEast = Associations.with("127.0.7.2", 0x8000_0011, 0x8000_0022);
            var toWest = Associations.with("127.0.7.1", 0x8000_0022, 0x8000_0011);
            west.associate(toEast);
            east.associate(toWest);

            byte[] packet = ipv4("10.0.0.2", "10.0.0.3", 100);
            assertThat(web.packets().write(ByteBuffer.wrap(packet))).isTrue();
            assertThat(read(db)).isEqualTo(packet);
            assertThat(onWest.mtu()).isEqualTo(1408);

            west.associate(SecurityAssociations.NONE);
            toEast.wipe(); // no worker holds them any more
            assertThat(west.stats().counters()).containsEntry(Counter.ESP_SEALED, 1L);
        }
    }

    @Test
    void aClosedNodeTakesNoAssociations() throws IOException {
        OverlayNode closed = start("west", "127.0.7.1");
        closed.close();
        assertThatThrownBy(() -> closed.associate(SecurityAssociations.NONE)).isInstanceOf(IllegalStateException.class);
    }

    private static byte[] read(Endpoint endpoint) throws InterruptedException {
        var into = ByteBuffer.allocate(65_535);
        assertThat(endpoint.packets().read(into, TEN_SECONDS))
                .as("a packet for " + endpoint.spec().name())
                .isPositive();
        var packet = new byte[into.position()];
        into.flip().get(packet);
        return packet;
    }

    private static long drops(OverlayNode node, DropReason reason) {
        return node.stats().drops().getOrDefault(reason, 0L);
    }

    @ParameterizedTest
    @EnumSource(
            value = SocketKind.class,
            names = {"PORTABLE", "LINUX"})
    void threeNodesInOneJvmCarryPacketsBetweenTheirEndpoints(SocketKind kind) throws Exception {
        try (var one = OverlayNode.start(config("one", "127.0.7.1", kind));
                var two = OverlayNode.start(config("two", "127.0.7.2", kind));
                var three = OverlayNode.start(config("three", "127.0.7.3", kind))) {
            var nodes = List.of(one, two, three);
            var endpoints = new Endpoint[3];
            for (int i = 0; i < 3; i++) {
                var network = nodes.get(i).network(backend());
                assertThat(network.mtu()).isEqualTo(1450);
                for (int j = 0; j < 3; j++) {
                    String address = "10.0.0." + (2 + j);
                    String address6 = "fd00::" + (2 + j);
                    if (i == j) {
                        endpoints[i] = network.attach(EndpointSpec.named("e" + j)
                                .address(address)
                                .address(address6)
                                .inMemory());
                    } else {
                        network.remote(RemoteSpec.named("e" + j)
                                .address(address)
                                .address(address6)
                                .vtep("127.0.7." + (1 + j)));
                    }
                }
            }
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    byte[] packet = ipv4("10.0.0." + (2 + i), "10.0.0." + (2 + j), 1450 - 28);
                    assertThat(endpoints[i].packets().write(ByteBuffer.wrap(packet)))
                            .isTrue();
                    assertThat(read(endpoints[j])).isEqualTo(packet);
                    byte[] packet6 = Ipv6Packet.of("fd00::" + (2 + i), "fd00::" + (2 + j))
                            .carrying(Transport.udp(1, 2, payload(9)))
                            .bytes();
                    endpoints[i].packets().write(ByteBuffer.wrap(packet6));
                    assertThat(read(endpoints[j])).isEqualTo(packet6);
                }
            }
            for (OverlayNode node : nodes) {
                assertThat(node.stats().drops()).isEmpty();
                assertThat(node.stats().errors()).isEmpty();
                assertThat(node.stats().counters()).containsEntry(Counter.DEVICE_RECEIVED_PACKETS, 6L);
            }
        }
    }

    @Test
    void aNodeOnAnIpv6UnderlayHears() throws Exception {
        try (var node = OverlayNode.start(
                        NodeConfig.named("six").dataPath("::1").port(PORT).socket(SocketKind.PORTABLE));
                var sender = new DatagramSocket(0, IpAddress.parse("::1").toInetAddress())) {
            assertThat(node.underlayMtu()).isEqualTo(65_535);
            var network = node.network(backend());
            assertThat(network.mtu()).isEqualTo(65_535 - 70);
            sender.send(
                    new DatagramPacket(new byte[40], 40, IpAddress.parse("::1").toInetAddress(), PORT));
            await(() -> drops(node, DropReason.VXLAN_FLAGS) == 1);
            assertThatThrownBy(() -> network.remote(
                            RemoteSpec.named("x").address("10.0.0.9").vtep("127.0.0.1")))
                    .hasMessage(
                            "endpoint \"x\": VTEP 127.0.0.1 and the node's data-path address ::1 are of different IP versions");
        }
    }

    @Test
    void forgetsAnEndpointThatIsClosed() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            var network = node.network(backend());
            var web =
                    network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            var db = network.attach(EndpointSpec.named("db").address("10.0.0.3").inMemory());
            assertThat(network.endpoints()).containsExactly(web, db);
            db.close();
            db.close();
            assertThat(network.endpoints()).containsExactly(web);
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.3", 9)));
            await(() -> drops(node, DropReason.UNKNOWN_DESTINATION) == 1);
            assertThatThrownBy(() -> db.packets().write(ByteBuffer.allocate(40)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("device \"db\" is closed");
            var again =
                    network.attach(EndpointSpec.named("db").address("10.0.0.3").inMemory());
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.3", 9)));
            assertThat(read(again)).hasSize(37);
        }
    }

    @Test
    void detachesWhileTrafficFlowsWithoutAnError() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            var network = node.network(backend());
            var web =
                    network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            for (int i = 0; i < 200; i++) {
                var db = network.attach(
                        EndpointSpec.named("db").address("10.0.0.3").inMemory());
                for (int j = 0; j < 100; j++) {
                    db.packets().write(ByteBuffer.wrap(ipv4("10.0.0.3", "10.0.0.2", 9)));
                    web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.3", 9)));
                }
                db.close();
                while (web.packets().read(ByteBuffer.allocate(1450)) > 0) {
                    // keeps up
                }
            }
            assertThat(node.stats().errors()).isEmpty();
        }
    }

    @Test
    void anInterruptedCallerDetachesAllTheSame() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            var network = node.network(backend());
            Thread.currentThread().interrupt();
            var web =
                    network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            web.close();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(network.endpoints()).isEmpty();
        }
    }

    @Test
    void refusesNamesAddressesAndVnisThatAreTaken() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            var network = node.network(backend());
            assertThatThrownBy(() -> node.network(backend().vni(5000)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("node \"one\" has a network \"backend\" already");
            assertThatThrownBy(() ->
                            node.network(NetworkSpec.named("other").vni(4096).subnet("10.1.0.0/24")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("network \"other\": VNI 4096 is taken by network \"backend\"");
            network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            network.remote(RemoteSpec.named("db").address("10.0.0.3").vtep("127.0.7.2"));
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("web").address("10.0.0.9").inMemory()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("network \"backend\" has an endpoint \"web\" already");
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("x").address("10.0.0.3").inMemory()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("endpoint \"x\": address 10.0.0.3 is taken by endpoint \"db\"");
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("x").address("10.0.0.1").inMemory()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("endpoint \"x\": address 10.0.0.1 is the network's gateway (10.0.0.0/24)");
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("x").address("10.0.0.255").inMemory()))
                    .hasMessage("endpoint \"x\": address 10.0.0.255 is the subnet's broadcast address (10.0.0.0/24)");
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("x").address("10.9.0.1").inMemory()))
                    .hasMessage(
                            "endpoint \"x\": address 10.9.0.1 is not in network \"backend\", whose subnets are [10.0.0.0/24, fd00::/64]");
            assertThatThrownBy(() -> network.remote(RemoteSpec.named("x").vtep("127.0.7.2")))
                    .hasMessage("endpoint \"x\" has no address: give one out of [10.0.0.0/24, fd00::/64]");
            assertThatThrownBy(() -> network.remote(
                            RemoteSpec.named("x").address("10.0.0.9").vtep("127.0.7.1")))
                    .hasMessage("endpoint \"x\": VTEP 127.0.7.1 is this node's own: attach the endpoint instead");
            assertThatThrownBy(() -> network.remote(
                            RemoteSpec.named("x").address("10.0.0.9").vtep("239.1.1.1")))
                    .hasMessage("endpoint \"x\": VTEP 239.1.1.1 is not the address of one host");
            assertThatThrownBy(() -> network.attach(EndpointSpec.named("tun").address("10.0.0.9")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "endpoint \"tun\" wants a TUN device, but this node is portable (asked for): make the endpoint inMemory()");
            assertThat(network.endpoints()).hasSize(1);
            assertThat(network.remotes()).hasSize(1);
            network.attach(
                    EndpointSpec.named("x").address("10.0.0.9").inMemory()); // nothing of the failed ones is left
        }
    }

    @Test
    void refusesAnMtuThatDoesNotFit() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            assertThatThrownBy(() -> node.network(backend().mtu(1451)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("network \"backend\": MTU 1451 does not fit: the underlay's 1500 − 50 leaves 1450");
            assertThat(node.network(backend().mtu(1300)).mtu()).isEqualTo(1300);
        }
        try (var narrow = OverlayNode.start(
                config("narrow", "127.0.7.1", SocketKind.PORTABLE).underlayMtu(1280))) {
            assertThatThrownBy(() -> narrow.network(backend()))
                    .hasMessage(
                            "network \"backend\" needs an MTU of at least 1280, and the underlay's 1280 − 50 leaves 1230");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SocketKind.class,
            names = {"PORTABLE", "LINUX"})
    @SuppressWarnings("try") // closes the first node by hand, for the second one's sake
    void saysWhichPortIsInUseAndStartsOnItOnceItIsFree(SocketKind kind) throws Exception {
        OverlayNode.start(config("warm-up", "127.0.7.1", kind)).close();
        long before = descriptors();
        try (var node = OverlayNode.start(config("one", "127.0.7.1", kind))) {
            long running = descriptors();
            assertThatThrownBy(() -> OverlayNode.start(config("two", "127.0.7.1", kind)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.7.1")
                    .hasMessageContaining(Integer.toString(PORT));
            assertThat(descriptors()).as("what a failed start leaves behind").isEqualTo(running);
            node.close();
            try (var again = OverlayNode.start(config("again", "127.0.7.1", kind))) {
                assertThat(again.networks()).isEmpty();
            }
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = SocketKind.class,
            names = {"PORTABLE", "LINUX"})
    void closingLeavesNoThreadAndNoDescriptorBehind(SocketKind kind) throws Exception {
        OverlayNode.start(config("warm-up", "127.0.7.1", kind)).close();
        long before = descriptors();
        for (int i = 0; i < 20; i++) {
            var node = OverlayNode.start(config("leaky", "127.0.7.1", kind));
            var network = node.network(backend());
            var web =
                    network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.1", 9)));
            assertThat(isRunning("dunlin-leaky")).isTrue();
            node.close();
            node.close();
            network.close();
            web.close();
            assertThat(isRunning("dunlin-leaky")).isFalse();
            assertThatThrownBy(() -> node.network(backend()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("node \"leaky\" is closed");
            assertThatThrownBy(() -> network.attach(
                            EndpointSpec.named("x").address("10.0.0.9").inMemory()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("network \"backend\" is closed");
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    /** Sockets, epolls and events; the JVM opens and closes files of its own. */
    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(OverlayNodeTest::isOurs).count();
        }
    }

    private static boolean isOurs(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:") || target.startsWith("anon_inode:");
        } catch (IOException e) {
            return false; // the one that lists them is closed by now
        }
    }

    private static boolean isRunning(String thread) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(each -> each.getName().equals(thread));
    }

    @Test
    void badConfigurationsStartNothing() {
        assertThatThrownBy(() -> OverlayNode.start(NodeConfig.named("bare")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("node \"bare\" has no data-path address: give the one other nodes reach it by");
        assertThatThrownBy(() -> OverlayNode.start(NodeConfig.named("afar").dataPath("203.0.113.7")))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "no interface of this host has the data-path address 203.0.113.7: 'ip address' lists those there are");
        assertThat(isRunning("dunlin-afar")).isFalse();
    }

    /** The port that gossip wants is taken; the state of address pools is none; the ring of keys is none. */
    @ParameterizedTest
    @ValueSource(strings = {"gossip", "pools", "keys"})
    void aStartThatFailsLeavesNothingBehind(String what, @TempDir Path directory) throws Exception {
        Path none = Files.writeString(directory.resolve("none"), "none");
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var ring = KeyRing.of(new byte[32])) {
            var gossip = GossipConfig.named("unlucky")
                    .listen("127.0.0.1:" + (what.equals("gossip") ? taken.getLocalPort() : 0))
                    .encrypted(ring);
            NodeConfig config =
                    config("unlucky", "127.0.7.9", SocketKind.PORTABLE).gossip(gossip);
            NodeConfig unlucky = switch (what) {
                case "pools" -> config.pools(PoolsConfig.DEFAULT.stateFile(none));
                case "keys" -> config.keys(KeysConfig.DEFAULT.ringFile(none));
                default -> config;
            };
            assertThatThrownBy(() -> OverlayNode.start(unlucky)).isInstanceOf(IOException.class);
            await(() -> Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .noneMatch(name ->
                            name.startsWith("dunlin-") && name.endsWith("-unlucky") || name.equals("dunlin-unlucky")));
            try (var free = new DatagramSocket(PORT, InetAddress.getByName("127.0.7.9"))) {
                assertThat(free.isBound()).isTrue();
            }
        }
    }

    @Test
    void tracesThePacketsItWasAskedForAndNoMore() throws Exception {
        try (var node = start("one", "127.0.7.1")) {
            var network = node.network(backend());
            var web =
                    network.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
            var db = network.attach(EndpointSpec.named("db").address("10.0.0.3").inMemory());
            var lines = new LinkedBlockingQueue<String>();
            node.trace(2, lines::add);
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.3", 9)));
            read(db);
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.77", 9)));
            web.packets().write(ByteBuffer.wrap(ipv4("10.0.0.2", "10.0.0.3", 9)));
            read(db);
            assertThat(lines.poll(10, TimeUnit.SECONDS))
                    .isEqualTo("#1 web, 37 B 10.0.0.2 → 10.0.0.3 UDP 1 → 2 | VNI 4096: endpoint on db | sent 37 B");
            assertThat(lines.poll(10, TimeUnit.SECONDS))
                    .isEqualTo(
                            "#2 web, 37 B 10.0.0.2 → 10.0.0.77 UDP 1 → 2 | VNI 4096: no route | dropped UNKNOWN_DESTINATION: "
                                    + DropReason.UNKNOWN_DESTINATION.description());
            assertThat(lines).isEmpty();
            assertThatThrownBy(() -> node.trace(-1, lines::add))
                    .hasMessage("trace of -1 packets: allowed are 0 and more");
        }
    }
}
