package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.lb.Backend;
import io.dunlin.lb.FlowTable;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Services on nodes that know a seed and a network's name, on loopback, endpoints in memory: no privilege needed. */
@Timeout(120)
class ServedNodesTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final NetworkSpec BACKEND = NetworkSpec.named("backend");

    private final int port = FreePort.find();
    private String seed = "";

    private OverlayNode start(String address) throws IOException {
        return start(address, FlowTable.DEFAULT_MAX_FLOWS);
    }

    private OverlayNode start(String address, int maxFlows) throws IOException {
        String name = "n" + address.charAt(address.length() - 1);
        var gossip = GossipConfig.named(name).listen("127.0.0.1:0").profile(Profile.local());
        OverlayNode node = OverlayNode.start(NodeConfig.named(name)
                .dataPath(address)
                .port(port)
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .maxFlows(maxFlows)
                .pools(PoolsConfig.DEFAULT
                        .ranges(IpamConfig.of().pool("10.30.0.0/16", 26))
                        .patience(Duration.ofSeconds(2)))
                .gossip(seed.isEmpty() ? gossip : gossip.join(seed)));
        if (seed.isEmpty()) {
            seed = HostPort.text(Objects.requireNonNull(node.clusterMember()).address());
        }
        return node;
    }

    private static Endpoint attach(OverlayNetwork network, String name) throws IOException {
        return network.attach(EndpointSpec.named(name).service("web").inMemory());
    }

    private static @Nullable Service service(OverlayNetwork network, String name) {
        return network.node()
                .services()
                .table()
                .getAcquire()
                .service(network.vni().value(), name);
    }

    private static void hasBackends(OverlayNetwork network, String... names) {
        await(() -> {
            Service service = service(network, "web");
            return service != null
                    && service.backends().stream()
                            .filter(backend -> backend.state() == Backend.State.HEALTHY)
                            .map(Backend::name)
                            .toList()
                            .equals(List.of(names));
        });
    }

    @Test
    void aServiceMadeOnOneNodeIsThereOnAllWithTheBackendsOfAll() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            attach(onOne, "web.1");
            var web = onOne.service(ServiceSpec.named("web").port(80));
            assertThat(web.vips()).containsExactly(IpAddress.parse("10.30.0.3"));
            var second = attach(onTwo, "web.2");
            hasBackends(onOne, "web.1", "web.2");
            hasBackends(onTwo, "web.1", "web.2");
            assertThat(Objects.requireNonNull(service(onTwo, "web")).vips()).isEqualTo(web.vips());
            second.close();
            hasBackends(onOne, "web.1");
            hasBackends(onTwo, "web.1");
            web.close();
            await(() -> service(onTwo, "web") == null);
            assertThat(service(onOne, "web")).isNull();
        }
    }

    @Test
    void aVipIsNeverGrantedToAnEndpointNorTakenByHand() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            IpAddress vip = onTwo.service(ServiceSpec.named("web")).vips().getFirst();
            for (int i = 0; i < 60; i++) {
                Endpoint endpoint = onOne.attach(EndpointSpec.named("e" + i).inMemory());
                assertThat(endpoint.spec().addresses()).doesNotContain(vip);
            }
            assertThatThrownBy(() -> onOne.attach(EndpointSpec.named("last").inMemory()))
                    .hasMessageContaining("is exhausted: 61 of 61 are granted or in quarantine");
            await(() -> service(onOne, "web") != null);
            String taken = "address " + vip + " is the VIP of service \"web\"";
            assertThatThrownBy(() -> onOne.attach(
                            EndpointSpec.named("thief").address(vip.toString()).inMemory()))
                    .hasMessage("endpoint \"thief\": " + taken);
            assertThatThrownBy(() -> onOne.service(ServiceSpec.named("api").vip(vip.toString())))
                    .hasMessage("service \"api\": " + taken + ": give it another");
            assertThatThrownBy(() -> onOne.service(ServiceSpec.named("api").vip("10.30.0.3")))
                    .hasMessage("service \"api\": address 10.30.0.3 is an endpoint's: give it another");
            assertThatThrownBy(() -> onOne.service(ServiceSpec.named("api").vip("10.30.0.1")))
                    .hasMessage("service \"api\": address 10.30.0.1 is the network's gateway (10.30.0.0/26)");
        }
    }

    @Test
    void aNodeThatIsAskedForAServiceThatIsThereKeepsItWhenItsMakerLeaves() throws IOException {
        try (var one = start("127.0.12.1")) {
            var onOne = one.network(BACKEND);
            var two = start("127.0.12.2");
            var onTwo = two.network(BACKEND);
            var made = onTwo.service(ServiceSpec.named("web").port(80));
            await(() -> service(onOne, "web") != null);
            assertThatThrownBy(() -> onOne.service(ServiceSpec.named("web").port(81)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("network \"backend\" has a service \"web\", made by node \"n2\", which is another: vip "
                            + made.vips().getFirst()
                            + ", ports 80/tcp, round-robin; asked for is vip, ports 81/tcp, round-robin");
            var joined = onOne.service(ServiceSpec.named("web").port(80));
            assertThat(joined.vips()).isEqualTo(made.vips());
            attach(onTwo, "web.2");
            hasBackends(onOne, "web.2");
            two.close();
            hasBackends(onOne);
            assertThat(Objects.requireNonNull(service(onOne, "web")).vips()).isEqualTo(made.vips());
            assertThatThrownBy(() -> onOne.service(ServiceSpec.named("web").port(80)))
                    .hasMessage("network \"backend\" has a service \"web\" already");
        }
    }

    @Test
    void backendsOfANodeThatFallsSilentAreUnhealthy() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            onOne.service(ServiceSpec.named("web"));
            attach(onOne, "web.1");
            attach(two.network(BACKEND), "web.2");
            hasBackends(onOne, "web.1", "web.2");
            Objects.requireNonNull(two.clusterMember()).fallSilent();
            hasBackends(onOne, "web.1");
            Backend lost = Objects.requireNonNull(
                    Objects.requireNonNull(service(onOne, "web")).backend("web.2"));
            assertThat(lost.state()).isEqualTo(Backend.State.UNHEALTHY);
        }
    }

    @Test
    void aServiceWithoutVipHasTheAddressesOfItsBackends() throws IOException {
        try (var one = start("127.0.12.1")) {
            var network = one.network(BACKEND);
            var web = network.service(ServiceSpec.named("web").dnsRoundRobin());
            assertThat(web.vips()).isEmpty();
            attach(network, "web.1");
            hasBackends(network, "web.1");
            assertThat(one.pools().networks().getFirst().usage().getFirst().granted())
                    .isEqualTo(1);
        }
    }

    private static byte[] udp(IpAddress from, IpAddress to, int port) {
        return Ipv4Packet.of(from.toString(), to.toString())
                .carrying(Transport.udp(port, 53, payload(10)))
                .bytes();
    }

    private static int read(Endpoint endpoint) {
        int packets = 0;
        for (var into = ByteBuffer.allocate(2048); endpoint.packets().read(into.clear()) > 0; packets++) {
            assertThat(into.position()).isEqualTo(38);
        }
        return packets;
    }

    @Test
    void threeBackendsOnThreeNodesGetAThousandOfThreeThousandFlowsEach() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2");
                var three = start("127.0.12.3")) {
            var onOne = one.network(BACKEND);
            var web = onOne.service(ServiceSpec.named("web").port(ServicePort.udp(53)));
            var backends = List.of(
                    attach(onOne, "web.1"),
                    attach(two.network(BACKEND), "web.2"),
                    attach(three.network(BACKEND), "web.3"));
            var clients = List.of(
                    onOne.attach(EndpointSpec.named("a").inMemory()),
                    onOne.attach(EndpointSpec.named("b").inMemory()));
            hasBackends(onOne, "web.1", "web.2", "web.3");
            await(() -> one.cluster().orElseThrow().endpoints() == 2
                    && two.cluster().orElseThrow().endpoints() == 4
                    && three.cluster().orElseThrow().endpoints() == 4);
            var got = new int[3];
            for (int flow = 0; flow < 3000; flow++) {
                Endpoint client = clients.get(flow % 7 == 0 ? 0 : 1);
                byte[] packet =
                        udp(client.spec().addresses().getFirst(), web.vips().getFirst(), 1000 + flow);
                assertThat(client.packets().write(ByteBuffer.wrap(packet))).isTrue();
                int sent = flow + 1;
                if (sent % 30 == 0) { // no queue is to overflow
                    await(() -> {
                        for (int i = 0; i < got.length; i++) {
                            got[i] += read(backends.get(i));
                        }
                        return got[0] + got[1] + got[2] == sent;
                    });
                }
            }
            assertThat(got).containsExactly(1000, 1000, 1000);
            assertThat(one.stats().drops()).isEmpty();
        }
    }

    @Test
    void countsTheFlowsThatHadToGoForWantOfRoom() throws IOException {
        try (var node = start("127.0.12.1", FlowTable.LEAST_FLOWS)) {
            var network = node.network(BACKEND);
            attach(network, "web.1"); // which never answers
            var web = network.service(ServiceSpec.named("web").port(ServicePort.udp(53)));
            var client = network.attach(EndpointSpec.named("a").inMemory());
            hasBackends(network, "web.1");
            IpAddress from = client.spec().addresses().getFirst();
            int sent = 6000;
            for (int flow = 0; flow < sent; flow++) {
                byte[] packet = udp(from, web.vips().getFirst(), 1000 + flow);
                await(() -> client.packets().write(ByteBuffer.wrap(packet)));
            }
            await(() -> node.stats().counters().getOrDefault(Counter.DEVICE_RECEIVED_PACKETS, 0L) == sent);
            int held = 64 * 42; // 64 parts, each of a 64th and six standard deviations, and a sixteenth of that
            assertThat(node.stats().counters().get(Counter.FLOWS_EVICTED_OPENING))
                    .isBetween((long) sent - held, (long) sent - FlowTable.LEAST_FLOWS);
            assertThat(node.stats().counters())
                    .containsEntry(Counter.FLOWS_EVICTED, 0L)
                    .containsEntry(Counter.FLOW_MEMORY_REFUSED, 0L);
        }
    }

    @Test
    void flowsOfANodeThatFallsSilentGoToAnotherBackendWithTheirNextPacket() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var web = onOne.service(ServiceSpec.named("web").port(ServicePort.udp(53)));
            var there = attach(two.network(BACKEND), "web.2");
            var client = onOne.attach(EndpointSpec.named("a").inMemory());
            hasBackends(onOne, "web.2");
            await(() -> two.cluster().orElseThrow().endpoints() == 1);
            byte[] packet = udp(client.spec().addresses().getFirst(), web.vips().getFirst(), 1000);
            client.packets().write(ByteBuffer.wrap(packet));
            await(() -> read(there) == 1);
            var here = attach(onOne, "web.1");
            client.packets().write(ByteBuffer.wrap(packet));
            await(() -> read(there) == 1);
            Objects.requireNonNull(two.clusterMember()).fallSilent();
            hasBackends(onOne, "web.1");
            client.packets().write(ByteBuffer.wrap(packet));
            await(() -> read(here) == 1);
        }
    }

    @Test
    void aDrainIsHeardByAllGivesNoNewFlowsAndLeavesOldOnes() throws Exception {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            var web = onOne.service(ServiceSpec.named("web").port(ServicePort.udp(53)));
            var there = attach(onTwo, "web.2");
            var client = onOne.attach(EndpointSpec.named("a").inMemory());
            hasBackends(onOne, "web.2");
            await(() -> two.cluster().orElseThrow().endpoints() == 1);
            IpAddress from = client.spec().addresses().getFirst();
            byte[] old = udp(from, web.vips().getFirst(), 1000);
            client.packets().write(ByteBuffer.wrap(old));
            await(() -> read(there) == 1);
            assertThatThrownBy(() -> onOne.services().drain("web.2", THIRTY_SECONDS))
                    .hasMessage("network \"backend\" has no endpoint \"web.2\" on node \"n1\":"
                            + " it is on node \"n2\", which is to be asked");
            assertThatThrownBy(() -> onOne.services().drain("a", THIRTY_SECONDS))
                    .hasMessage("endpoint \"a\" stands behind no service");
            var seen = new LinkedBlockingQueue<ServiceStatus>();
            try (var _ = onOne.services().watch((_, now) -> seen.add(now.orElseThrow()))) {
                onTwo.services().drain("web.2", THIRTY_SECONDS);
                var backend = Objects.requireNonNull(seen.poll(30, TimeUnit.SECONDS))
                        .backends()
                        .getFirst();
                assertThat(backend.state()).isEqualTo(Backend.State.DRAINING);
                assertThat(backend.flows()).isOne();
            }
            client.packets().write(ByteBuffer.wrap(old));
            await(() -> read(there) == 1);
            client.packets().write(ByteBuffer.wrap(udp(from, web.vips().getFirst(), 1001)));
            await(() -> one.stats().drops().getOrDefault(DropReason.SERVICE_UNAVAILABLE, 0L) == 1);
            onTwo.services().drain("web.2", Duration.ZERO);
            await(() -> onOne.services()
                            .status("web")
                            .orElseThrow()
                            .backends()
                            .getFirst()
                            .flows()
                    == 0);
            onTwo.services().resume("web.2");
            hasBackends(onOne, "web.2");
            client.packets().write(ByteBuffer.wrap(old));
            await(() -> read(there) == 1);
        }
    }

    @Test
    void whoAsksIsToldWhoMadeAServiceAndWhoTellsOfIt() throws IOException {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            var web = onOne.service(ServiceSpec.named("web"));
            await(() -> onTwo.services().status("web").isPresent());
            assertThat(onTwo.services().own("web")).isEmpty();
            onTwo.service(ServiceSpec.named("web"));
            await(() -> onOne.services().status("WEB").orElseThrow().nodes().equals(List.of("n1", "n2")));
            assertThat(onTwo.services().all())
                    .containsExactly(new ServiceStatus(web.spec(), "n1", List.of("n1", "n2"), List.of()));
            assertThat(onTwo.services().own("Web")).isPresent();
        }
    }

    @Test
    void aWatcherThatThrowsIsWrittenDownAndHarmsNothing() throws Exception {
        try (var one = start("127.0.12.1")) {
            var network = one.network(BACKEND);
            try (var _ = network.services().watch((_, _) -> {
                throw new IllegalStateException("nosy");
            })) {
                var web = network.service(ServiceSpec.named("web"));
                Endpoint first = attach(network, "web.1");
                hasBackends(network, "web.1");
                first.close();
                assertThat(network.endpoints()).isEmpty();
                assertThatThrownBy(() -> first.packets().write(ByteBuffer.allocate(1)))
                        .hasMessage("device \"web.1\" is closed");
                hasBackends(network);
                web.close();
            }
            assertThat(service(network, "web")).isNull();
            assertThat(one.stats().errors())
                    .containsEntry("a watcher of services: java.lang.IllegalStateException: nosy", 4L);
        }
    }

    @Test
    void whatAWatcherAsksOfTheNodeIsWhatAllHear() throws Exception {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            var onOne = one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            onOne.service(ServiceSpec.named("web"));
            var depth = new AtomicInteger();
            try (var _ = onOne.services().watch((_, now) -> {
                assertThat(depth.incrementAndGet()).as("one call at a time").isOne();
                boolean isNew = now.orElseThrow().backends().stream()
                        .anyMatch(backend -> backend.state() == Backend.State.HEALTHY);
                if (isNew) {
                    onOne.services().drain("web.1", THIRTY_SECONDS);
                }
                depth.decrementAndGet();
            })) {
                attach(onOne, "web.1");
                assertThat(onOne.services()
                                .status("web")
                                .orElseThrow()
                                .backends()
                                .getFirst()
                                .state())
                        .isEqualTo(Backend.State.DRAINING);
                await(() -> onTwo.services().status("web").stream()
                        .flatMap(status -> status.backends().stream())
                        .anyMatch(backend -> backend.state() == Backend.State.DRAINING));
            }
            assertThat(one.stats().errors()).isEmpty();
        }
    }

    @Test
    void aClosedNetworkIsNotWatched() throws IOException {
        try (var one = start("127.0.12.1")) {
            var network = one.network(BACKEND);
            network.close();
            assertThatThrownBy(() -> network.services().watch((_, _) -> {}))
                    .hasMessage("network \"backend\" is closed");
        }
    }

    @Test
    void aServiceThatIsBeingMadeIsNotJoinedMeanwhile() throws Exception {
        try (var one = start("127.0.12.1");
                var two = start("127.0.12.2")) {
            one.network(BACKEND);
            var onTwo = two.network(BACKEND);
            Objects.requireNonNull(one.clusterMember()).fallSilent(); // it would grant a VIP
            var outcome = new CompletableFuture<OverlayService>();
            var maker = Thread.ofPlatform().start(() -> {
                try {
                    outcome.complete(onTwo.service(ServiceSpec.named("web")));
                } catch (IOException | RuntimeException e) {
                    outcome.completeExceptionally(e);
                }
            });
            await(() -> maker.getState() == Thread.State.TIMED_WAITING);
            var heard = new ServiceRecord(onTwo.vni(), ServiceSpec.named("web").vip("10.30.0.9"), "n3", 1);
            synchronized (two.lock()) {
                two.services()
                        .apply(new RowChange.Added(
                                new Row(ServiceRecord.TABLE, heard.key(), heard.encode(), "n3", 1, 1)));
                two.services().settle();
            }
            assertThatThrownBy(() -> onTwo.service(ServiceSpec.named("web")))
                    .hasMessage("network \"backend\": service \"web\" is being made already");
            assertThatThrownBy(() -> outcome.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
            assertThat(onTwo.service(ServiceSpec.named("web")).vips()).isEqualTo(heard.vips());
        }
    }
}
