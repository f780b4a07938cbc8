package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Networks without subnets and endpoints without addresses, on nodes on loopback, endpoints in memory: no privilege needed. */
@Timeout(120)
class GrantingNodesTest {
    private static final NetworkSpec BACKEND = NetworkSpec.named("backend");

    @TempDir
    Path directory;

    private final int port = freePort();
    private String seed = "";

    private static int freePort() {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private NodeConfig alone(String address) {
        return NodeConfig.named("n" + address.charAt(address.length() - 1))
                .dataPath(address)
                .port(port)
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .pools(PoolsConfig.DEFAULT
                        .ranges(IpamConfig.of().pool("10.20.0.0/16", 26))
                        .patience(Duration.ofSeconds(2)));
    }

    private OverlayNode start(String address) throws IOException {
        NodeConfig config = alone(address);
        var gossip = GossipConfig.named(config.name()).listen("127.0.0.1:0").profile(Profile.local());
        OverlayNode node = OverlayNode.start(config.gossip(seed.isEmpty() ? gossip : gossip.join(seed)));
        if (seed.isEmpty()) {
            seed = HostPort.text(Objects.requireNonNull(node.clusterMember()).address());
        }
        return node;
    }

    private static Endpoint attach(OverlayNetwork network, String name) throws IOException {
        return network.attach(EndpointSpec.named(name).inMemory());
    }

    private static IpAddress addressOf(Endpoint endpoint) {
        assertThat(endpoint.spec().addresses()).hasSize(1);
        return endpoint.spec().addresses().getFirst();
    }

    @Test
    void aNodeByItselfTakesSubnetsAndAddressesInOrder() throws IOException {
        try (var node = OverlayNode.start(alone("127.0.11.1"))) {
            var one = node.network(NetworkSpec.named("one"));
            var two = node.network(NetworkSpec.named("two"));
            assertThat(one.spec().subnets()).containsExactly(Cidr.parse("10.20.0.0/26"));
            assertThat(two.spec().subnets()).containsExactly(Cidr.parse("10.20.0.64/26"));
            assertThat(one.vni()).isNotEqualTo(two.vni());
            one.attach(EndpointSpec.named("by-hand").address("10.20.0.3").inMemory());
            one.remote(RemoteSpec.named("kernel").address("10.20.0.4").vtep("127.0.11.9"));
            var first = attach(one, "first");
            assertThat(addressOf(first)).isEqualTo(IpAddress.parse("10.20.0.2"));
            assertThat(addressOf(attach(one, "second"))).isEqualTo(IpAddress.parse("10.20.0.5"));
            first.close();
            assertThat(addressOf(attach(one, "third"))).as("quarantine").isEqualTo(IpAddress.parse("10.20.0.6"));
            assertThat(addressOf(attach(one, "first"))).as("its own").isEqualTo(IpAddress.parse("10.20.0.2"));
            assertThatThrownBy(() -> attach(one, "third"))
                    .hasMessage("network \"one\" has an endpoint \"third\" already");
            PoolsStatus.Network status = node.pools().networks().getFirst();
            assertThat(status.owner()).isEqualTo("n1");
            assertThat(status.usage().getFirst().granted()).isEqualTo(5);
        }
    }

    @Test
    void anEndpointThatCannotBeLeavesNothingBehind() throws IOException {
        try (var node = OverlayNode.start(alone("127.0.11.1"))) {
            var network = node.network(BACKEND);
            assertThatThrownBy(() -> network.attach(EndpointSpec.named("tun"))) // no such device here
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(node.pools().networks().getFirst().usage().getFirst().granted())
                    .isZero();
            for (int i = 0; i < 60; i++) {
                attach(network, "e" + i);
            }
            assertThatThrownBy(() -> attach(network, "one-too-many"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("endpoint \"one-too-many\": 10.20.0.0/26 is exhausted:"
                            + " 61 of 61 are granted or in quarantine");
        }
    }

    @Test
    void whatWasGrantedOutlivesTheNode() throws IOException {
        Path file = directory.resolve("pools");
        var config = alone("127.0.11.1");
        config = config.pools(config.pools().stateFile(file));
        int vni;
        try (var node = OverlayNode.start(config)) {
            node.network(NetworkSpec.named("first"));
            var network = node.network(BACKEND);
            vni = network.vni().value();
            attach(network, "a");
            attach(network, "b");
            assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        try (var node = OverlayNode.start(config)) {
            var network = node.network(BACKEND);
            assertThat(network.vni().value()).isEqualTo(vni);
            assertThat(network.spec().subnets()).containsExactly(Cidr.parse("10.20.0.64/26"));
            assertThat(addressOf(attach(network, "b"))).isEqualTo(IpAddress.parse("10.20.0.67"));
            assertThat(addressOf(attach(network, "c"))).isEqualTo(IpAddress.parse("10.20.0.68"));
        }
        var otherPools = config.pools(config.pools().ranges(IpamConfig.of().pool("10.30.0.0/16", 24)));
        try (var node = OverlayNode.start(otherPools)) {
            var network = node.network(BACKEND);
            assertThat(addressOf(attach(network, "b"))).as("stays").isEqualTo(IpAddress.parse("10.20.0.67"));
            assertThat(node.network(NetworkSpec.named("new")).spec().subnets())
                    .containsExactly(Cidr.parse("10.30.0.0/24"));
        }
        Files.write(file, new byte[] {1});
        var corrupt = config;
        assertThatThrownBy(() -> OverlayNode.start(corrupt))
                .isInstanceOf(IOException.class)
                .hasMessage("state of address pools " + file
                        + ": no record of granted addresses: it begins with something else");
        Files.delete(file);
        OverlayNode.start(config).close(); // and the data path's port was let go
    }

    @Test
    void aNetworkIsKnownByItsNameAndItsOwnerGrantsAddressesToAll() throws IOException {
        try (var a = start("127.0.11.1");
                var b = start("127.0.11.2");
                var c = start("127.0.11.3")) {
            var made = a.network(BACKEND.vni(9));
            var given = new HashSet<IpAddress>();
            for (OverlayNode node : List.of(b, c)) {
                var joined = node.network(BACKEND);
                assertThat(joined.spec()).isEqualTo(made.spec());
                for (int i = 0; i < 5; i++) {
                    given.add(addressOf(attach(joined, node.name() + "-" + i)));
                }
            }
            given.add(addressOf(attach(made, "own")));
            assertThat(given).hasSize(11);
            assertThat(a.pools().networks().getFirst().usage().getFirst().granted())
                    .isEqualTo(11);
            assertThat(b.pools().networks().getFirst().owner()).isEqualTo("n1");
            assertThatThrownBy(() -> c.network(NetworkSpec.named("backend").vni(10)))
                    .hasMessage("node \"n3\" has a network \"backend\" already");
        }
    }

    @Test
    void nodesThatMakeOneNetworkAtOneTimeShareIt() throws Exception {
        try (var a = start("127.0.11.1");
                var b = start("127.0.11.2");
                var c = start("127.0.11.3")) {
            Set<NetworkSpec> specs = new HashSet<>();
            Set<IpAddress> addresses = new HashSet<>();
            var threads = new ArrayList<Thread>();
            for (OverlayNode node : List.of(a, b, c)) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        var network = node.network(BACKEND);
                        IpAddress address = addressOf(attach(network, node.name()));
                        synchronized (specs) {
                            specs.add(network.spec());
                            addresses.add(address);
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(specs).hasSize(1);
            assertThat(addresses).hasSize(3);
        }
    }

    @Test
    void anOwnerThatIsAwayIsNamedAndAddressesByHandGoAllTheSame() throws Exception {
        try (var b = start("127.0.11.2")) {
            OverlayNetwork joined;
            try (var a = start("127.0.11.1")) {
                a.network(BACKEND);
                joined = b.network(BACKEND);
                attach(joined, "before");
            }
            assertThatThrownBy(() -> attach(joined, "e"))
                    .isInstanceOf(IOException.class)
                    .hasMessage("endpoint \"e\" has no address: node n1, which owns network \"backend\" and grants its"
                            + " addresses, did not answer: start it, or give the endpoint addresses");
            joined.attach(EndpointSpec.named("e").address("10.20.0.9").inMemory());
            assertThat(joined.endpoints()).hasSize(2);
        }
    }

    @Test
    void aNetworkThatIsThereOtherwiseIsNotTaken() throws IOException {
        try (var a = start("127.0.11.1");
                var b = start("127.0.11.2")) {
            a.network(BACKEND.vni(9));
            assertThatThrownBy(() -> b.network(BACKEND.vni(10)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "network \"backend\" is there with VNI 9, [10.20.0.0/26], owner n1, and is asked for with"
                                    + " VNI 10, not encrypted");
            assertThat(b.network(BACKEND).vni().value()).isEqualTo(9);
        }
    }

    @Test
    void whoJoinsAnInternalNetworkHasItInternalToo() throws IOException {
        try (var a = start("127.0.11.1");
                var b = start("127.0.11.2")) {
            a.network(BACKEND.internal());
            assertThat(b.network(BACKEND).spec().isInternal()).isTrue();
        }
    }

    @Test
    void aNetworkThatIsNotInternalIsNotTakenForOneThatIs() throws IOException {
        try (var a = start("127.0.11.1");
                var b = start("127.0.11.2")) {
            a.network(BACKEND);
            assertThatThrownBy(() -> b.network(BACKEND.internal()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageEndingWith("and is asked for with not encrypted, internal");
        }
    }
}
