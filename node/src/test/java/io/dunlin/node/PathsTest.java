package io.dunlin.node;

import static io.dunlin.testkit.Frames.macOf;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Checksum;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link OutboundPath} and {@link InboundPath} of two nodes in the test's own thread:
 *
 * <pre>
 *  web 10.0.0.2 fd00::2  ─┐                                       ┌─ db 10.0.0.3 fd00::3
 *  app 10.0.0.4          ─┤ west 192.0.2.1 ── underlay ── east 192.0.2.2 ─┤
 *  red 10.0.0.2 (VNI 8)  ─┘                                       └─ blue 10.0.0.3 (VNI 8)
 * </pre>
 */
class PathsTest {
    private static final int VNI = 7;
    private static final int OTHER = 8;
    private static final byte[] NOTHING = {};

    private final SimulatedUnderlay underlay = new SimulatedUnderlay(1);
    private final SimulatedUnderlay.Host westHost = underlay.host("192.0.2.1");
    private final SimulatedUnderlay.Host eastHost = underlay.host("192.0.2.2");
    private final SimulatedUnderlay.Host stranger = underlay.host("192.0.2.66");
    private final Bench west = new Bench(westHost, 9000)
            .network(VNI, 1450)
            .network(OTHER, 1450)
            .local(VNI, "web", "10.0.0.2", "fd00::2")
            .local(VNI, "app", "10.0.0.4")
            .local(OTHER, "red", "10.0.0.2")
            .remote(VNI, "192.0.2.2", "10.0.0.3", "fd00::3")
            .remote(OTHER, "192.0.2.2", "10.0.0.3");
    private final Bench east = new Bench(eastHost, 9000)
            .network(VNI, 1450)
            .network(OTHER, 1450)
            .local(VNI, "db", "10.0.0.3", "fd00::3")
            .local(OTHER, "blue", "10.0.0.3")
            .remote(VNI, "192.0.2.1", "10.0.0.2", "fd00::2", "10.0.0.4")
            .remote(OTHER, "192.0.2.1", "10.0.0.2");

    @AfterEach
    void close() {
        west.close();
        east.close();
    }

    private static Ipv4Packet ipv4() {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(Transport.udp(1000, 2000, payload(100)));
    }

    private static Ipv6Packet ipv6() {
        return Ipv6Packet.of("fd00::2", "fd00::3").carrying(Transport.udp(1000, 2000, payload(100)));
    }

    private static Ipv4Packet back() {
        return Ipv4Packet.of("10.0.0.3", "10.0.0.2").carrying(Transport.udp(2000, 1000, payload(100)));
    }

    /** What east sends to west for web. */
    private static byte[] datagram(int vni, byte[] packet) {
        return Frames.vxlan(vni, Frames.ethernet(macOf("10.0.0.2"), macOf("10.0.0.3"), packet));
    }

    // ---- what arrives

    @Test
    void packetsArriveByteIdentical() {
        List<byte[]> packets = List.of(
                ipv4().bytes(),
                ipv6().bytes(),
                ipv4().options(148, 4, 0, 0).ttl(1).bytes(),
                ipv4().carrying(Transport.tcp(1, 2, Transport.SYN, Frames.bytes(2, 4, 5, 100), NOTHING))
                        .bytes(),
                ipv4().carrying(Transport.raw(17, payload(800)))
                        .flagsAndOffset(0x2010)
                        .bytes(),
                ipv6().fragment(0, true)
                        .carrying(Transport.raw(
                                17, Transport.udp(1, 2, payload(800)).bytes()))
                        .bytes(),
                ipv4().carrying(Transport.udp(1, 2, payload(1450 - 28))).bytes(),
                ipv6().carrying(Transport.udp(1, 2, payload(1450 - 48))).bytes(),
                ipv4().carrying(Transport.raw(132, payload(33))).bytes());
        packets.forEach(packet -> west.send("web", VNI, packet));
        east.receive();
        assertThat(east.arrived("db")).usingElementComparator(Arrays::compare).isEqualTo(packets);
        assertThat(west.counters.drops()).isEmpty();
        assertThat(east.counters.drops()).isEmpty();
        long bytes = packets.stream().mapToLong(packet -> packet.length).sum();
        assertThat(west.count(Counter.DEVICE_RECEIVED_PACKETS)).isEqualTo(packets.size());
        assertThat(west.count(Counter.DEVICE_RECEIVED_BYTES)).isEqualTo(bytes);
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isEqualTo(packets.size());
        assertThat(west.count(Counter.UNDERLAY_SENT_BYTES)).isEqualTo(bytes + 22L * packets.size());
        assertThat(east.count(Counter.UNDERLAY_RECEIVED_PACKETS)).isEqualTo(packets.size());
        assertThat(east.count(Counter.UNDERLAY_RECEIVED_BYTES)).isEqualTo(bytes + 22L * packets.size());
        assertThat(east.count(Counter.DEVICE_SENT_PACKETS)).isEqualTo(packets.size());
        assertThat(east.count(Counter.DEVICE_SENT_BYTES)).isEqualTo(bytes);
    }

    @Test
    void framesOnTheUnderlayAreThoseOfRfc7348() {
        west.send("web", VNI, ipv4().bytes());
        byte[] frame = Frames.ethernet(macOf("10.0.0.3"), macOf("10.0.0.2"), ipv4().bytes());
        assertThat(eastHost.take()).isEqualTo(Frames.vxlan(VNI, frame));
    }

    @Test
    void endpointsOfOneNodeReachEachOtherWithoutTheUnderlay() {
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.4")
                .carrying(Transport.udp(1, 2, payload(9)))
                .bytes();
        west.send("web", VNI, packet);
        assertThat(west.arrived("app")).hasSize(1).first().isEqualTo(packet);
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isZero();
    }

    @Test
    void sameAddressesInTwoNetworksNeverMeet() {
        byte[] inRed = ipv4().carrying(Transport.udp(1, 2, payload(11))).bytes();
        byte[] inWeb = ipv4().carrying(Transport.udp(1, 2, payload(12))).bytes();
        west.send("red", OTHER, inRed);
        west.send("web", VNI, inWeb);
        east.receive();
        assertThat(east.arrived("blue")).hasSize(1).first().isEqualTo(inRed);
        assertThat(east.arrived("db")).hasSize(1).first().isEqualTo(inWeb);
    }

    @Test
    void aBatchForManyGoalsReachesEachInOrder() {
        var toDb = new ArrayList<byte[]>();
        var toApp = new ArrayList<byte[]>();
        for (int i = 0; i < 60; i++) {
            String goal = i % 3 == 0 ? "10.0.0.4" : i % 3 == 1 ? "10.0.0.3" : "10.0.0.99";
            byte[] packet = Ipv4Packet.of("10.0.0.2", goal)
                    .carrying(Transport.udp(1, i, payload(i)))
                    .bytes();
            west.device("web").write(java.nio.ByteBuffer.wrap(packet));
            if (i % 3 == 0) {
                toApp.add(packet);
            } else if (i % 3 == 1) {
                toDb.add(packet);
            }
        }
        west.runOutbound("web", VNI);
        east.receive();
        assertThat(west.arrived("app")).usingElementComparator(Arrays::compare).isEqualTo(toApp);
        assertThat(east.arrived("db")).usingElementComparator(Arrays::compare).isEqualTo(toDb);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNKNOWN_DESTINATION, 20L));
    }

    // ---- what does not

    static Stream<Arguments> badFromAnEndpoint() {
        return Stream.of(
                Arguments.of(DropReason.IP_TRUNCATED, Arrays.copyOf(ipv4().bytes(), 19)),
                Arguments.of(DropReason.IP_VERSION, ipv4().version(9).bytes()),
                Arguments.of(
                        DropReason.IPV4_HEADER_LENGTH, ipv4().headerWords(3).bytes()),
                Arguments.of(DropReason.IPV4_CHECKSUM, ipv4().checksum(1).bytes()),
                Arguments.of(DropReason.IPV4_OPTION, ipv4().options(131, 3, 4).bytes()),
                Arguments.of(DropReason.IP_LENGTH, ipv4().totalLength(2000).bytes()),
                Arguments.of(
                        DropReason.IP_FRAGMENT,
                        ipv4().carrying(Transport.raw(6, payload(9)))
                                .flagsAndOffset(1)
                                .bytes()),
                Arguments.of(
                        DropReason.IPV6_EXTENSION,
                        ipv6().extension(Ipv6Packet.ROUTING, 0, 0, 0, 0, 0, 0, 0)
                                .bytes()),
                Arguments.of(
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv4().carrying(Transport.raw(6, payload(9))).bytes()),
                Arguments.of(
                        DropReason.MARTIAN,
                        Ipv4Packet.of("127.0.0.1", "10.0.0.3").bytes()),
                Arguments.of(DropReason.TTL_EXPIRED, ipv4().ttl(0).bytes()),
                Arguments.of(
                        DropReason.MULTICAST,
                        Ipv4Packet.of("10.0.0.2", "224.0.0.1").bytes()),
                Arguments.of(
                        DropReason.MULTICAST,
                        Ipv4Packet.of("10.0.0.2", "10.0.0.255").bytes()),
                Arguments.of(
                        DropReason.MULTICAST,
                        Ipv6Packet.of("fd00::2", "ff02::16").bytes()),
                Arguments.of(
                        DropReason.ND_UNANSWERED,
                        ipv6().carrying(Frames.solicitation("fd00::3", NOTHING)).bytes()),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        Ipv4Packet.of("10.0.0.3", "10.0.0.4").bytes()),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        Ipv4Packet.of("10.0.0.4", "10.0.0.3").bytes()),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        Ipv4Packet.of("10.0.0.1", "10.0.0.3").bytes()),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        Ipv4Packet.of("8.8.8.8", "10.0.0.3").bytes()),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        Ipv6Packet.of("fe80::1", "fd00::3").bytes()),
                Arguments.of(
                        DropReason.UNKNOWN_DESTINATION,
                        Ipv4Packet.of("10.0.0.2", "10.0.0.77").bytes()),
                Arguments.of(
                        DropReason.UNKNOWN_DESTINATION,
                        Ipv4Packet.of("10.0.0.2", "8.8.8.8").bytes()),
                Arguments.of(
                        DropReason.UNKNOWN_DESTINATION,
                        Ipv6Packet.of("fd00::2", "fd00::77").bytes()),
                Arguments.of(
                        DropReason.GATEWAY,
                        Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                                .carrying(Transport.udp(1, 53, NOTHING))
                                .bytes()),
                Arguments.of(
                        DropReason.TOO_BIG,
                        ipv4().carrying(Transport.raw(17, payload(1600)))
                                .flagsAndOffset(0x0010)
                                .bytes()),
                Arguments.of(
                        DropReason.TOO_BIG,
                        ipv4().carrying(Transport.icmp(3, 4, 0, payload(1600))).bytes()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badFromAnEndpoint")
    void dropsABadPacketOfAnEndpointUnderItsOwnCounter(DropReason reason, byte[] packet) {
        west.send("web", VNI, packet);
        assertThat(west.counters.drops()).isEqualTo(Map.of(reason, 1L));
        assertThat(eastHost.waiting()).isZero();
        assertThat(west.arrivedAnywhere()).isZero();
    }

    static Stream<Arguments> badFromAVtep() {
        long us = macOf("10.0.0.2");
        long them = macOf("10.0.0.3");
        byte[] good = back().bytes();
        return Stream.of(
                Arguments.of(DropReason.DATAGRAM_TRUNCATED, datagram(VNI, new byte[9000])),
                Arguments.of(DropReason.VXLAN_TRUNCATED, new byte[7]),
                Arguments.of(DropReason.VXLAN_TRUNCATED, NOTHING),
                Arguments.of(DropReason.VXLAN_FLAGS, new byte[60]),
                Arguments.of(DropReason.UNKNOWN_VNI, datagram(99, good)),
                Arguments.of(DropReason.ETHERNET_TRUNCATED, Arrays.copyOf(datagram(VNI, good), 21)),
                Arguments.of(DropReason.VLAN_TAGGED, Frames.vxlan(VNI, Frames.ethernet(us, them, 0x8100, good))),
                Arguments.of(DropReason.ETHERTYPE, Frames.vxlan(VNI, Frames.ethernet(us, them, 0x88cc, good))),
                Arguments.of(DropReason.WRONG_MAC, Frames.vxlan(VNI, Frames.ethernet(us + 1, them, good))),
                Arguments.of(DropReason.WRONG_MAC, Frames.vxlan(VNI, Frames.ethernet(us, Frames.BROADCAST, good))),
                Arguments.of(DropReason.MULTICAST, Frames.vxlan(VNI, Frames.ethernet(Frames.BROADCAST, them, good))),
                Arguments.of(
                        DropReason.MULTICAST,
                        datagram(VNI, Ipv4Packet.of("10.0.0.3", "224.0.0.1").bytes())),
                Arguments.of(
                        DropReason.MULTICAST,
                        datagram(VNI, Ipv4Packet.of("10.0.0.3", "10.0.0.255").bytes())),
                Arguments.of(
                        DropReason.ARP_MALFORMED,
                        Frames.vxlan(VNI, Frames.ethernet(us, them, Frames.ARP, new byte[46]))),
                Arguments.of(
                        DropReason.ARP_UNANSWERED,
                        Frames.vxlan(
                                VNI,
                                Frames.ethernet(us, them, Frames.ARP, Frames.arp(1, them, "10.0.0.3", 0, "10.0.0.1")))),
                Arguments.of(
                        DropReason.ND_MALFORMED,
                        datagram(
                                VNI,
                                Ipv6Packet.of("fd00::3", "fd00::2")
                                        .carrying(Frames.solicitation("fd00::2", NOTHING))
                                        .bytes())),
                Arguments.of(
                        DropReason.ND_UNANSWERED,
                        datagram(
                                VNI,
                                Ipv6Packet.of("fd00::3", "fd00::2")
                                        .hopLimit(255)
                                        .carrying(Frames.solicitation("fd00::9", NOTHING))
                                        .bytes())),
                Arguments.of(DropReason.IP_TRUNCATED, datagram(VNI, Arrays.copyOf(good, 19))),
                Arguments.of(DropReason.IP_VERSION, Frames.vxlan(VNI, Frames.ethernet(us, them, 0x86dd, good))),
                Arguments.of(
                        DropReason.IPV4_HEADER_LENGTH,
                        datagram(VNI, back().headerWords(3).bytes())),
                Arguments.of(
                        DropReason.IPV4_CHECKSUM,
                        datagram(VNI, back().checksum(1).bytes())),
                Arguments.of(
                        DropReason.IPV4_OPTION,
                        datagram(VNI, back().options(137, 3, 4).bytes())),
                Arguments.of(
                        DropReason.IP_LENGTH,
                        datagram(VNI, back().totalLength(2000).bytes())),
                Arguments.of(
                        DropReason.IP_FRAGMENT,
                        datagram(
                                VNI,
                                back().carrying(Transport.raw(6, payload(9)))
                                        .flagsAndOffset(1)
                                        .bytes())),
                Arguments.of(
                        DropReason.IPV6_EXTENSION,
                        datagram(
                                VNI,
                                Ipv6Packet.of("fd00::3", "fd00::2")
                                        .extension(43, 0, 0, 0, 0, 0, 0, 0)
                                        .bytes())),
                Arguments.of(
                        DropReason.TRANSPORT_TRUNCATED,
                        datagram(
                                VNI,
                                back().carrying(Transport.raw(6, payload(9))).bytes())),
                Arguments.of(
                        DropReason.MARTIAN,
                        datagram(VNI, Ipv4Packet.of("0.0.0.0", "10.0.0.2").bytes())),
                Arguments.of(
                        DropReason.MARTIAN,
                        datagram(
                                VNI,
                                Ipv6Packet.of(IpAddress.parse("10.0.0.3"), IpAddress.parse("10.0.0.2"))
                                        .bytes())),
                Arguments.of(DropReason.TTL_EXPIRED, datagram(VNI, back().ttl(0).bytes())),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        datagram(VNI, Ipv4Packet.of("10.0.0.4", "10.0.0.2").bytes())),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        datagram(VNI, Ipv4Packet.of("10.0.0.1", "10.0.0.2").bytes())),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        datagram(VNI, Ipv4Packet.of("8.8.8.8", "10.0.0.2").bytes())),
                Arguments.of(
                        DropReason.SPOOFED_SOURCE,
                        datagram(VNI, Ipv4Packet.of("10.0.0.5", "10.0.0.2").bytes())),
                Arguments.of(
                        DropReason.UNKNOWN_DESTINATION,
                        datagram(VNI, Ipv4Packet.of("10.0.0.3", "10.0.0.77").bytes())),
                Arguments.of(
                        DropReason.GATEWAY,
                        datagram(VNI, Ipv4Packet.of("10.0.0.3", "10.0.0.1").bytes())),
                Arguments.of(
                        DropReason.HAIRPIN,
                        datagram(VNI, Ipv4Packet.of("10.0.0.3", "10.0.0.5").bytes())),
                Arguments.of(
                        DropReason.TOO_BIG,
                        datagram(
                                VNI,
                                back().carrying(Transport.raw(17, payload(1600)))
                                        .flagsAndOffset(0x0010)
                                        .bytes())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badFromAVtep")
    void dropsABadDatagramUnderItsOwnCounter(DropReason reason, byte[] datagram) {
        west.remote(VNI, "192.0.2.9", "10.0.0.5"); // behind a third VTEP
        westHost.deliver(eastHost.address(), datagram);
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(reason, 1L));
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isZero();
        assertThat(west.arrivedAnywhere()).isZero();
        assertThat(eastHost.waiting()).isZero();
    }

    @Test
    void everyReasonThatAPathCanGiveHasATestHere() {
        var tested = new HashSet<DropReason>();
        Stream.concat(badFromAnEndpoint(), badFromAVtep()).forEach(each -> tested.add((DropReason) each.get()[0]));
        // by tests of their own below
        tested.addAll(List.of(
                DropReason.UNKNOWN_VTEP, DropReason.DEVICE_FULL, DropReason.UNDERLAY_UNREACHABLE, DropReason.OFFLOAD));
        tested.addAll(EncryptedPathsTest.DROPS);
        // only an operating system can give these
        tested.addAll(List.of(
                DropReason.DEVICE_DOWN,
                DropReason.DEVICE_REFUSED,
                DropReason.UNDERLAY_FULL,
                DropReason.UNDERLAY_TOO_BIG,
                DropReason.UNDERLAY_REFUSED,
                DropReason.OFFLOAD));
        // by tests of lb, which the paths do not use yet
        tested.addAll(List.of(
                DropReason.SERVICE_UNAVAILABLE,
                DropReason.SERVICE_NO_FLOW,
                DropReason.SERVICE_FRAGMENT,
                DropReason.SERVICE_ICMP));
        assertThat(tested).containsExactlyInAnyOrder(DropReason.values());
    }

    @Test
    void strangerIsNotHeardWhateverItSays() {
        for (byte[] datagram : List.of(
                datagram(VNI, back().bytes()),
                Frames.vxlan(
                        VNI,
                        Frames.ethernet(
                                Frames.BROADCAST, 2, Frames.ARP, Frames.arp(1, 2, "10.0.0.3", 0, "10.0.0.2"))))) {
            westHost.deliver(stranger.address(), datagram);
        }
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNKNOWN_VTEP, 2L));
        assertThat(stranger.waiting()).isZero();
        assertThat(west.arrivedAnywhere()).isZero();
    }

    @Test
    void aVtepOfOneNetworkIsAStrangerInAnother() {
        west.network(9, 1450).local(9, "green", "10.0.0.2");
        westHost.deliver(eastHost.address(), datagram(9, back().bytes()));
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNKNOWN_VTEP, 1L));
        assertThat(west.arrivedAnywhere()).isZero();
    }

    @Test
    void dropsWhatAnEndpointDoesNotRead() {
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.4")
                .carrying(Transport.udp(1, 2, payload(1400)))
                .bytes();
        for (int i = 0; i < 1000; i++) {
            west.send("web", VNI, packet);
        }
        long full = west.counters.get(DropReason.DEVICE_FULL);
        assertThat(full).isPositive();
        assertThat(west.count(Counter.DEVICE_SENT_PACKETS)).isEqualTo(1000 - full);
        assertThat(west.arrived("app")).hasSize((int) (1000 - full));
    }

    @Test
    void dropsWhatADeviceCallsASuperPacketAndIsNone() throws IOException {
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.icmp(8, 0, 1, payload(1000)))
                .bytes();
        var device = new EgressTest.Sink(true) {
            @Override
            public int receive(PacketBatch into) {
                into.memory().put(into.nextStart(), packet);
                into.setSegmentSize(into.append(packet.length), 100); // ICMP is not cut
                return 1;
            }
        };
        west.outbound.run(device, VNI, west.table, null, west.now);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.OFFLOAD, 1L));
        assertThat(eastHost.waiting()).isZero();
    }

    @Test
    void countsWhatTheUnderlayCannotReach() {
        eastHost.close();
        west.send("web", VNI, ipv4().bytes());
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNDERLAY_UNREACHABLE, 1L));
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isZero();
    }

    @Test
    void dropsPacketsOfADeviceWhoseNetworkIsGone() {
        west.send("web", 1234, ipv4().bytes());
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.UNKNOWN_VNI, 1L));
        assertThat(eastHost.waiting()).isZero();
    }

    // ---- what the node answers

    @Test
    void gatewayAnswersAnEchoAndSendsItToTheAskerAlone() {
        west.send(
                "web",
                VNI,
                Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                        .carrying(Transport.icmp(8, 0, 5, payload(56)))
                        .bytes());
        west.send(
                "web",
                VNI,
                Ipv6Packet.of("fd00::2", "fd00::1")
                        .carrying(Transport.icmpv6(128, 0, 5, payload(56)))
                        .bytes());
        List<byte[]> replies = west.arrived("web");
        assertThat(replies).hasSize(2);
        assertThat(replies.get(0))
                .isEqualTo(Ipv4Packet.of("10.0.0.1", "10.0.0.2")
                        .carrying(Transport.icmp(0, 0, 5, payload(56)))
                        .bytes());
        assertThat(replies.get(1))
                .isEqualTo(Ipv6Packet.of("fd00::1", "fd00::2")
                        .carrying(Transport.icmpv6(129, 0, 5, payload(56)))
                        .bytes());
        assertThat(west.count(Counter.ECHO_ANSWERED)).isEqualTo(2);
        assertThat(west.arrivedAnywhere() + eastHost.waiting()).isZero();
    }

    @Test
    void gatewayTakesNoEchoBeyondTheMtu() {
        west.send(
                "web",
                VNI,
                Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                        .carrying(Transport.icmp(8, 0, 5, payload(1450)))
                        .bytes());
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 1L));
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(1);
        assertThat(answers.getFirst()).hasSize(576);
    }

    @Test
    void answersArpStraightBack() {
        long asker = 0x0042_0000_0001L;
        byte[] request = Frames.arp(1, asker, "10.0.0.3", 0, "10.0.0.2");
        westHost.deliver(
                eastHost.address(), Frames.vxlan(VNI, Frames.ethernet(Frames.BROADCAST, asker, Frames.ARP, request)));
        west.receive();
        byte[] reply = Frames.arp(2, macOf("10.0.0.2"), "10.0.0.2", asker, "10.0.0.3");
        assertThat(eastHost.take())
                .isEqualTo(Frames.vxlan(VNI, Frames.ethernet(asker, macOf("10.0.0.2"), Frames.ARP, reply)));
        assertThat(west.count(Counter.NEIGHBOUR_ANSWERED)).isEqualTo(1);
        assertThat(west.counters.drops()).isEmpty();
    }

    @Test
    void clampsTheSegmentSizeOnBothSides() {
        Transport wide = Transport.tcp(1, 2, Transport.SYN, Frames.bytes(2, 4, 0x23, 0x28), NOTHING);
        Transport fitting = Transport.tcp(1, 2, Transport.SYN, Frames.bytes(2, 4, 1410 >> 8, 1410 & 0xff), NOTHING);
        west.send("web", VNI, ipv4().carrying(wide).bytes());
        east.receive();
        assertThat(east.arrived("db"))
                .hasSize(1)
                .first()
                .isEqualTo(ipv4().carrying(fitting).bytes());
        westHost.deliver(eastHost.address(), datagram(VNI, back().carrying(wide).bytes()));
        west.receive();
        assertThat(west.arrived("web"))
                .hasSize(1)
                .first()
                .isEqualTo(back().carrying(fitting).bytes());
        assertThat(west.count(Counter.MSS_CLAMPED)).isEqualTo(2);
    }

    @Test
    void tellsTheSenderOnThisNodeThatItsPacketIsTooBig() {
        west.send(
                "web",
                VNI,
                ipv4().carrying(Transport.udp(1, 2, payload(1451 - 28))).bytes());
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(1);
        byte[] answer = answers.getFirst();
        assertThat(Arrays.copyOfRange(answer, 12, 20))
                .as("addresses")
                .isEqualTo(Frames.bytes(10, 0, 0, 1, 10, 0, 0, 2));
        assertThat(answer[20]).isEqualTo((byte) 3);
        assertThat((answer[26] & 0xff) << 8 | answer[27] & 0xff).isEqualTo(1450);
        assertThat(Checksum.isRight(Arrays.copyOf(answer, 20))).isTrue();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 1L));
        assertThat(west.count(Counter.TOO_BIG_ANSWERED)).isEqualTo(1);
        assertThat(eastHost.waiting()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.3", "fd00::3"})
    void tellsTheSenderOnAnotherNodeThatItsPacketIsTooBig(String goal) {
        west.network(VNI, 8000); // west's underlay is wider than east's
        boolean ipv4 = goal.equals("10.0.0.3");
        Transport large = Transport.udp(1, 2, payload(4000));
        west.send(
                "web",
                VNI,
                ipv4 ? ipv4().carrying(large).bytes() : ipv6().carrying(large).bytes());
        east.receive();
        assertThat(east.arrivedAnywhere()).isZero();
        assertThat(east.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 1L));
        west.receive();
        assertThat(west.counters.drops()).isEmpty();
        List<byte[]> answers = west.arrived("web");
        assertThat(answers).hasSize(1);
        byte[] answer = answers.getFirst();
        int mtuAt = ipv4 ? 26 : 46;
        assertThat((answer[mtuAt] & 0xff) << 8 | answer[mtuAt + 1] & 0xff).isEqualTo(1450);
        assertThat(answer[ipv4 ? 20 : 40]).isEqualTo((byte) (ipv4 ? 3 : 2));
    }

    @Test
    void boundsTheIcmpErrorsItSends() {
        byte[] large = ipv4().carrying(Transport.udp(1, 2, payload(2000))).bytes();
        for (int i = 0; i < 100; i++) {
            west.send("web", VNI, large);
        }
        assertThat(west.arrived("web")).hasSize(IcmpErrorLimit.BURST);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 100L));
        west.now += 10_000_000; // ten milliseconds: ten more
        for (int i = 0; i < 100; i++) {
            west.send("web", VNI, large);
        }
        assertThat(west.arrived("web")).hasSize(10);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 200L));
    }

    // ---- a bad underlay

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20_26})
    void onABadUnderlayWhatArrivesIsWhatWasSent(long seed) {
        var bad = new SimulatedUnderlay(seed);
        var one = bad.host("192.0.2.1");
        var two = bad.host("192.0.2.2");
        bad.setFaults(new SimulatedUnderlay.Faults(0.2, 0, 0.2, 0.3));
        try (var sender = new Bench(one)
                        .network(VNI, 1450)
                        .local(VNI, "web", "10.0.0.2")
                        .remote(VNI, "192.0.2.2", "10.0.0.3");
                var receiver = new Bench(two)
                        .network(VNI, 1450)
                        .local(VNI, "db", "10.0.0.3")
                        .remote(VNI, "192.0.2.1", "10.0.0.2")) {
            var sent = new HashSet<java.nio.ByteBuffer>();
            for (int i = 0; i < 500; i++) {
                byte[] packet = ipv4().carrying(Transport.udp(1, i, payload(i))).bytes();
                sent.add(java.nio.ByteBuffer.wrap(packet));
                sender.send("web", VNI, packet);
            }
            receiver.receive();
            List<byte[]> arrived = receiver.arrived("db");
            assertThat(arrived).as("seed %d", seed).hasSizeBetween(300, 650);
            for (byte[] packet : arrived) {
                assertThat(sent).as("seed %d", seed).contains(java.nio.ByteBuffer.wrap(packet));
            }
            assertThat(receiver.counters.drops()).as("seed %d", seed).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20_26})
    void corruptedDatagramsNeitherBreakThePathNorReachAnotherNetwork(long seed) {
        underlayCorrupts(seed);
    }

    private static void underlayCorrupts(long seed) {
        var bad = new SimulatedUnderlay(seed);
        var one = bad.host("192.0.2.1");
        var two = bad.host("192.0.2.2");
        bad.setFaults(new SimulatedUnderlay.Faults(0, 1, 0, 0));
        try (var sender = new Bench(one)
                        .network(VNI, 1450)
                        .local(VNI, "web", "10.0.0.2")
                        .remote(VNI, "192.0.2.2", "10.0.0.3");
                var receiver = new Bench(two)
                        .network(VNI, 1450)
                        .network(VNI ^ 1, 1450)
                        .local(VNI, "db", "10.0.0.3")
                        .local(VNI ^ 1, "other", "10.0.0.3")
                        .remote(VNI, "192.0.2.1", "10.0.0.2")) {
            int count = 3000;
            for (int i = 0; i < count; i++) {
                sender.send(
                        "web",
                        VNI,
                        ipv4().carrying(Transport.udp(1, i, payload(i % 50))).bytes());
            }
            receiver.receive();
            long dropped = receiver.counters.drops().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            assertThat(receiver.arrived("db")).as("seed %d", seed).hasSize((int) (count - dropped));
            assertThat(receiver.arrived("other")).as("seed %d", seed).isEmpty();
            assertThat(dropped).isPositive();
        }
    }
}
