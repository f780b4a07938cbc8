package io.dunlin.node;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.Backend;
import io.dunlin.lb.FlowSweep;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.lb.ServiceTable;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stage of services between the others, in the test's own thread:
 *
 * <pre>
 *  web 10.0.0.2 fd00::2 ─┐                                               ┌─ db 10.0.0.3 fd00::3
 *  app 10.0.0.4         ─┤ west 192.0.2.1 ── underlay ── east 192.0.2.2 ─┤
 *  red 10.0.0.2 (VNI 8) ─┘                                               └─
 *  services of VNI 7: far 10.0.0.80 fd00::80 → db, near 10.0.0.81 → app, none 10.0.0.82, self 10.0.0.83 → web; TCP 80:8080, UDP 53
 * </pre>
 */
class ServicesInPathsTest {
    private static final int VNI = 7;
    private static final int OTHER = 8;
    private static final int MTU = 1450;
    private static final byte[] NOTHING = {};
    private static final int PSH_ACK = 0x18;

    private final SimulatedUnderlay underlay = new SimulatedUnderlay(1);
    private final Bench west = new Bench(underlay.host("192.0.2.1"), 9000);
    private final Bench east = new Bench(underlay.host("192.0.2.2"), 9000);

    @BeforeEach
    void build() {
        west.network(VNI, MTU)
                .network(OTHER, MTU)
                .local(VNI, "web", "10.0.0.2", "fd00::2")
                .local(VNI, "app", "10.0.0.4")
                .local(OTHER, "red", "10.0.0.2")
                .remote(VNI, "192.0.2.2", "10.0.0.3", "fd00::3")
                .remote(OTHER, "192.0.2.2", "10.0.0.80");
        east.network(VNI, MTU)
                .network(OTHER, MTU)
                .local(VNI, "db", "10.0.0.3", "fd00::3")
                .local(OTHER, "blue", "10.0.0.80")
                .remote(VNI, "192.0.2.1", "10.0.0.2", "fd00::2", "10.0.0.4")
                .remote(OTHER, "192.0.2.1", "10.0.0.2");
        serve(
                service("far", "10.0.0.80")
                        .vip("fd00::80")
                        .backend(Backend.of("db", "east", ip("10.0.0.3"), ip("fd00::3"))),
                service("near", "10.0.0.81").backend(Backend.of("app", "west", ip("10.0.0.4"))),
                service("none", "10.0.0.82"),
                service("self", "10.0.0.83").backend(Backend.of("web", "west", ip("10.0.0.2"))));
    }

    @AfterEach
    void close() {
        west.close();
        east.close();
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    private static Service service(String name, String vip) {
        return Service.named(new Vni(VNI), name)
                .vip(vip)
                .port(ServicePort.tcp(80).to(8080))
                .port(ServicePort.udp(53));
    }

    private void serve(Service... services) {
        west.services.networks().add(VNI);
        ServiceTable before = west.services.table().getPlain();
        west.services.table().setRelease(before.with(edit -> {
            for (Service service : services) {
                edit.putService(service);
            }
        }));
    }

    private static byte[] ipv4(String from, String to, Transport transport) {
        return Ipv4Packet.of(from, to).carrying(transport).bytes();
    }

    private static Transport syn(int from, int to) {
        return Transport.tcp(from, to, Transport.SYN, NOTHING, NOTHING);
    }

    private static Transport synAck(int from, int to) {
        return Transport.tcp(from, to, Transport.SYN | Transport.ACK, NOTHING, NOTHING);
    }

    private static Transport udp(int from, int to) {
        return Transport.udp(from, to, payload(100));
    }

    private void web(byte[] packet) {
        west.send("web", VNI, packet);
    }

    private static void arrived(Bench node, String device, byte[]... packets) {
        assertThat(node.arrived(device)).usingElementComparator(Arrays::compare).containsExactly(packets);
    }

    @Test
    void whatIsSentToAVipArrivesAtABackendOfAnotherNodeAndTheAnswerComesFromTheVip() {
        web(ipv4("10.0.0.2", "10.0.0.80", syn(1000, 80)));
        web(ipv4("10.0.0.2", "10.0.0.80", udp(1000, 53)));
        web(Ipv6Packet.of("fd00::2", "fd00::80").carrying(udp(1000, 53)).bytes());
        web(ipv4("10.0.0.2", "10.0.0.80", Transport.icmp(8, 0, 1, payload(9))));
        east.receive();
        arrived(
                east,
                "db",
                ipv4("10.0.0.2", "10.0.0.3", syn(1000, 8080)),
                ipv4("10.0.0.2", "10.0.0.3", udp(1000, 53)),
                Ipv6Packet.of("fd00::2", "fd00::3").carrying(udp(1000, 53)).bytes(),
                ipv4("10.0.0.2", "10.0.0.3", Transport.icmp(8, 0, 1, payload(9))));

        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", synAck(8080, 1000)));
        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", udp(53, 1000)));
        east.send(
                "db",
                VNI,
                Ipv6Packet.of("fd00::3", "fd00::2").carrying(udp(53, 1000)).bytes());
        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", Transport.icmp(0, 0, 1, payload(9))));
        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", udp(54, 1000))); // of no flow
        west.receive();
        arrived(
                west,
                "web",
                ipv4("10.0.0.80", "10.0.0.2", synAck(80, 1000)),
                ipv4("10.0.0.80", "10.0.0.2", udp(53, 1000)),
                Ipv6Packet.of("fd00::80", "fd00::2").carrying(udp(53, 1000)).bytes(),
                ipv4("10.0.0.80", "10.0.0.2", Transport.icmp(0, 0, 1, payload(9))),
                ipv4("10.0.0.3", "10.0.0.2", udp(54, 1000)));
        assertThat(west.counters.drops()).isEmpty();
        assertThat(east.counters.drops()).isEmpty();
    }

    /** A node does so where there are many flows. */
    @Test
    void packetsOfABatchThatIsAnnouncedGoTheSameWay() {
        for (int port = 1024; !west.stage.isLarge(); port++) {
            web(ipv4("10.0.0.2", "10.0.0.81", udp(port, 53)));
            arrived(west, "app", ipv4("10.0.0.2", "10.0.0.4", udp(port, 53)));
        }
        byte[] broken = ipv4("10.0.0.2", "10.0.0.80", udp(999, 53));
        broken[0] = 0x75;
        for (byte[] packet : List.of(
                ipv4("10.0.0.2", "10.0.0.80", udp(1000, 53)),
                broken,
                ipv4("10.0.0.2", "10.0.0.81", udp(1024, 53)),
                ipv4("10.0.0.2", "10.0.0.3", udp(1001, 53)))) {
            assertThat(west.device("web").write(ByteBuffer.wrap(packet))).isTrue();
        }
        west.runOutbound("web", VNI);
        arrived(west, "app", ipv4("10.0.0.2", "10.0.0.4", udp(1024, 53)));
        east.receive();
        arrived(east, "db", ipv4("10.0.0.2", "10.0.0.3", udp(1000, 53)), ipv4("10.0.0.2", "10.0.0.3", udp(1001, 53)));
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.IP_VERSION, 1L));

        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", udp(53, 1000)));
        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", udp(53, 1001)));
        west.receive();
        arrived(west, "web", ipv4("10.0.0.80", "10.0.0.2", udp(53, 1000)), ipv4("10.0.0.3", "10.0.0.2", udp(53, 1001)));
    }

    @Test
    void anEncryptedNetworkHasServicesToo() {
        west.network(VNI, MTU, true);
        east.network(VNI, MTU, true);
        west.esp.adopt(Associations.with("192.0.2.2", 0x8000_0011, 0x8000_0022), Associations.fastest());
        east.esp.adopt(Associations.with("192.0.2.1", 0x8000_0022, 0x8000_0011), Associations.fastest());
        web(ipv4("10.0.0.2", "10.0.0.80", udp(1000, 53)));
        east.receive();
        arrived(east, "db", ipv4("10.0.0.2", "10.0.0.3", udp(1000, 53)));
        east.send("db", VNI, ipv4("10.0.0.3", "10.0.0.2", udp(53, 1000)));
        west.receive();
        arrived(west, "web", ipv4("10.0.0.80", "10.0.0.2", udp(53, 1000)));
        assertThat(west.count(Counter.ESP_SEALED)).isOne();
        assertThat(west.count(Counter.ESP_OPENED)).isOne();
    }

    @Test
    void segmentsOfAnAnswerAreJoinedAndRewrittenOnce() {
        web(ipv4("10.0.0.2", "10.0.0.80", syn(1000, 80)));
        east.receive();
        for (int i = 0; i < 3; i++) {
            east.send(
                    "db",
                    VNI,
                    ipv4(
                            "10.0.0.3",
                            "10.0.0.2",
                            Transport.tcp(8080, 1000, PSH_ACK, NOTHING, payload(700))
                                    .with(4, 700 * i)));
        }
        west.receive();
        List<byte[]> packets = west.arrived("web");
        assertThat(packets).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(packets.get(i))
                    .isEqualTo(ipv4(
                            "10.0.0.80",
                            "10.0.0.2",
                            Transport.tcp(80, 1000, PSH_ACK, NOTHING, payload(700))
                                    .with(4, 700 * i)));
        }
    }

    @Test
    void aBackendOfTheSameNodeIsReachedWithoutTheUnderlay() {
        web(ipv4("10.0.0.2", "10.0.0.81", syn(1000, 80)));
        arrived(west, "app", ipv4("10.0.0.2", "10.0.0.4", syn(1000, 8080)));
        west.send("app", VNI, ipv4("10.0.0.4", "10.0.0.2", synAck(8080, 1000)));
        arrived(west, "web", ipv4("10.0.0.81", "10.0.0.2", synAck(80, 1000)));
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isZero();
    }

    @Test
    void aBackendThatCallsItsOwnVipSeesTheVipAsTheClient() {
        web(ipv4("10.0.0.2", "10.0.0.83", syn(1000, 80)));
        arrived(west, "web", ipv4("10.0.0.83", "10.0.0.2", syn(1000, 8080)));
        web(ipv4("10.0.0.2", "10.0.0.83", synAck(8080, 1000)));
        arrived(west, "web", ipv4("10.0.0.83", "10.0.0.2", synAck(80, 1000)));
    }

    @Test
    void whereThereIsNoBackendOrNoSuchPortTheClientIsToldAtOnce() {
        web(ipv4("10.0.0.2", "10.0.0.82", syn(1000, 80)));
        web(ipv4("10.0.0.2", "10.0.0.80", syn(1000, 81)));
        web(ipv4("10.0.0.2", "10.0.0.82", udp(1000, 53)));
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0)[20 + 13] & Transport.RST).isNotZero();
        assertThat(answers.get(1)[20 + 13] & Transport.RST).isNotZero();
        assertThat(Arrays.copyOfRange(answers.get(2), 20, 22)).containsExactly(3, 3); // port unreachable
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.SERVICE_UNAVAILABLE, 3L));
    }

    @Test
    void whatBelongsToNoFlowIsResetAndCounted() {
        web(ipv4("10.0.0.2", "10.0.0.80", Transport.tcp(1000, 80, PSH_ACK, NOTHING, payload(9))));
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(1);
        assertThat(answers.getFirst()[20 + 13] & Transport.RST).isNotZero();
        web(Ipv4Packet.of("10.0.0.2", "10.0.0.80")
                .carrying(Transport.raw(17, payload(80)))
                .flagsAndOffset(0x0010)
                .bytes());
        web(ipv4("10.0.0.2", "10.0.0.80", Transport.icmp(3, 3, 0, payload(40))));
        assertThat(west.counters.drops())
                .isEqualTo(Map.of(
                        DropReason.SERVICE_NO_FLOW, 1L, DropReason.SERVICE_FRAGMENT, 1L, DropReason.SERVICE_ICMP, 1L));
    }

    @Test
    void aPacketThatIsTooBigQuotesWhatTheClientSent() {
        web(ipv4("10.0.0.2", "10.0.0.80", Transport.udp(1000, 53, payload(1500))));
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(1);
        byte[] answer = answers.getFirst();
        assertThat(Arrays.copyOfRange(answer, 20, 22)).containsExactly(3, 4);
        int quote = 20 + 8;
        assertThat(Arrays.copyOfRange(answer, quote + 16, quote + 20)).containsExactly(10, 0, 0, 80);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 1L));
    }

    @Test
    void whoIsNotTheEndpointReachesNoService() {
        web(ipv4("10.0.0.9", "10.0.0.80", syn(1000, 80)));
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.SPOOFED_SOURCE, 1L));
        assertThat(west.services.flows().size()).isZero();
    }

    @Test
    void anotherNetworkIsNotLookedAtThoughItHasTheSameAddresses() {
        byte[] packet = ipv4("10.0.0.2", "10.0.0.80", syn(1000, 80));
        west.send("red", OTHER, packet);
        east.receive();
        arrived(east, "blue", packet);
        assertThat(west.services.flows().size()).isZero();
    }

    @Test
    void answersAreFoundAmongPacketsOfANetworkWithoutServices() {
        web(ipv4("10.0.0.2", "10.0.0.80", udp(1000, 53)));
        byte[] answer = ipv4("10.0.0.3", "10.0.0.2", udp(53, 1000));
        byte[] other = ipv4("10.0.0.80", "10.0.0.2", udp(53, 1000));
        for (int i = 0; i < 3; i++) {
            east.send("blue", OTHER, other);
            east.send("db", VNI, answer);
            east.send("db", VNI, answer);
        }
        west.receive(); // in one batch
        arrived(west, "red", other, other, other);
        byte[] fromVip = ipv4("10.0.0.80", "10.0.0.2", udp(53, 1000));
        arrived(west, "web", fromVip, fromVip, fromVip, fromVip, fromVip, fromVip);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothSidesOfAConnectionGetAResetWhenItsBackendFails(boolean isNear) {
        String vip = isNear ? "10.0.0.81" : "10.0.0.80";
        String backend = isNear ? "10.0.0.4" : "10.0.0.3";
        Bench there = isNear ? west : east;
        String device = isNear ? "app" : "db";
        web(ipv4("10.0.0.2", vip, syn(1000, 80)));
        east.receive();
        there.arrived(device);
        there.send(device, VNI, ipv4(backend, "10.0.0.2", synAck(8080, 1000)));
        west.receive();
        west.arrived("web");
        serve(service(isNear ? "near" : "far", vip)); // without backends
        var sweep = new FlowSweep(west.services.flows(), west.services.table(), west.outboundBatch.capacity());
        while (west.services.flows().size() > 0) {
            west.outbound.sendResets(sweep, west.table, west.now);
        }
        east.receive();
        List<byte[]> toClient = west.arrived("web");
        List<byte[]> toBackend = there.arrived(device);
        assertThat(toClient).hasSize(1);
        assertThat(toBackend).hasSize(1);
        assertThat(toClient.getFirst()[20 + 13] & Transport.RST).isNotZero();
        assertThat(Arrays.copyOfRange(toClient.getFirst(), 12, 16))
                .containsExactly(ip(vip).toInetAddress().getAddress());
        assertThat(toBackend.getFirst()[20 + 13] & Transport.RST).isNotZero();
        assertThat(Arrays.copyOfRange(toBackend.getFirst(), 12, 16)).containsExactly(10, 0, 0, 2);
        assertThat(west.counters.drops()).isEmpty();
        assertThat(east.counters.drops()).isEmpty();
    }

    @Test
    void aResetForAnEndpointThatIsGoneIsCounted() {
        web(ipv4("10.0.0.2", "10.0.0.80", syn(1000, 80)));
        serve(service("far", "10.0.0.80"));
        west.table = west.table.with(edit -> {
            edit.removeRoute(new Vni(VNI), ip("10.0.0.2"));
            edit.removeRoute(new Vni(VNI), ip("10.0.0.3"));
        });
        var sweep = new FlowSweep(west.services.flows(), west.services.table(), west.outboundBatch.capacity());
        while (west.services.flows().size() > 0) {
            west.outbound.sendResets(sweep, west.table, west.now);
        }
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNKNOWN_DESTINATION, 2L));
    }
}
