package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.concat;
import static io.dunlin.testkit.Frames.macOption;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NeighbourAnswerTest {
    private static final int VNI = 42;
    private static final long OURS = 0x0242_0a00_0002L;
    private static final long ASKER = 0x0042_1122_3344L;
    private static final byte[] NO_OPTIONS = {};
    private static final String SOLICITED_NODE = "ff02::1:ff00:2";

    private final MemoryDevice device = new MemoryDevice("web", 1450);
    private final ForwardingTable table = ForwardingTable.empty().with(edit -> {
        var vni = new Vni(VNI);
        edit.putRoute(vni, IpAddress.parse("10.0.0.2"), new Route.Local(device, OURS));
        edit.putRoute(vni, IpAddress.parse("fd00::2"), new Route.Local(device, OURS));
        edit.putRoute(vni, IpAddress.parse("10.0.0.1"), new Route.Gateway());
        edit.putRoute(vni, IpAddress.parse("fd00::1"), new Route.Gateway());
        edit.putRoute(vni, IpAddress.parse("10.0.0.3"), new Route.Remote(IpAddress.parse("192.0.2.1"), ASKER));
        edit.putRoute(new Vni(43), IpAddress.parse("10.0.0.9"), new Route.Local(device, OURS));
    });

    @AfterEach
    void close() {
        device.close();
    }

    private @Nullable DropReason arp(byte[] message) {
        try (var one = new OnePacket(message)) {
            return NeighbourAnswer.answerArp(one.batch, 0, table, VNI, ASKER);
        }
    }

    private @Nullable DropReason neighbour(byte[] packet) {
        try (var one = new OnePacket(packet)) {
            assertThat(NeighbourAnswer.isNeighbourDiscovery(one.batch, 0)).isTrue();
            return NeighbourAnswer.answerNeighbour(one.batch, 0, table, VNI, ASKER);
        }
    }

    private static byte[] ask(String target) {
        return Frames.arp(1, ASKER, "10.0.0.3", 0, target);
    }

    @Test
    void answersArpByteByByte() {
        byte[] padded = Arrays.copyOf(ask("10.0.0.2"), 46);
        try (var one = new OnePacket(padded)) {
            assertThat(NeighbourAnswer.answerArp(one.batch, 0, table, VNI, ASKER))
                    .isNull();
            byte[] reply = Frames.arp(2, OURS, "10.0.0.2", ASKER, "10.0.0.3");
            assertThat(one.bytes()).isEqualTo(Frames.vxlan(VNI, Frames.ethernet(ASKER, OURS, Frames.ARP, reply)));
        }
    }

    @Test
    void answersAnArpProbe() {
        try (var one = new OnePacket(Frames.arp(1, ASKER, "0.0.0.0", 0, "10.0.0.2"))) {
            assertThat(NeighbourAnswer.answerArp(one.batch, 0, table, VNI, ASKER))
                    .isNull();
            byte[] reply = Frames.arp(2, OURS, "10.0.0.2", ASKER, "0.0.0.0");
            assertThat(one.bytes()).isEqualTo(Frames.vxlan(VNI, Frames.ethernet(ASKER, OURS, Frames.ARP, reply)));
        }
    }

    @Test
    void answersArpForOwnEndpointsOfThatNetworkOnly() {
        for (String target : new String[] {"10.0.0.1", "10.0.0.3", "10.0.0.9", "10.0.0.200"}) {
            assertThat(arp(ask(target))).as(target).isEqualTo(DropReason.ARP_UNANSWERED);
        }
        assertThat(arp(Frames.arp(2, ASKER, "10.0.0.3", OURS, "10.0.0.2")))
                .as("a reply")
                .isEqualTo(DropReason.ARP_UNANSWERED);
    }

    @Test
    void dropsMalformedArp() {
        byte[] right = ask("10.0.0.2");
        for (int length = 0; length < right.length; length++) {
            assertThat(arp(Arrays.copyOf(right, length))).as("%d bytes", length).isEqualTo(DropReason.ARP_MALFORMED);
        }
        for (int field = 0; field < 6; field++) { // hardware and protocol type, and their lengths
            byte[] wrong = right.clone();
            wrong[field] ^= 1;
            assertThat(arp(wrong)).as("byte %d", field).isEqualTo(DropReason.ARP_MALFORMED);
        }
        assertThat(arp(Frames.arp(1, ASKER + 1, "10.0.0.3", 0, "10.0.0.2")))
                .as("sender is not who the frame says")
                .isEqualTo(DropReason.ARP_MALFORMED);
    }

    private static Ipv6Packet solicitation(String source, String destination, String target, byte[] options) {
        return Ipv6Packet.of(source, destination).hopLimit(255).carrying(Frames.solicitation(target, options));
    }

    private static byte[] advertisement(String destination, int flags, long toMac) {
        byte[] packet = Ipv6Packet.of("fd00::2", destination)
                .hopLimit(255)
                .carrying(Frames.advertisement(flags, "fd00::2", OURS))
                .bytes();
        return Frames.vxlan(VNI, Frames.ethernet(toMac, OURS, packet));
    }

    @Test
    void answersASolicitationByteByByte() {
        for (String destination : new String[] {SOLICITED_NODE, "fd00::2"}) {
            try (var one = new OnePacket(solicitation("fd00::3", destination, "fd00::2", macOption(1, ASKER))
                    .bytes())) {
                assertThat(NeighbourAnswer.answerNeighbour(one.batch, 0, table, VNI, ASKER))
                        .isNull();
                assertThat(one.bytes()).isEqualTo(advertisement("fd00::3", 0x6000_0000, ASKER));
            }
        }
    }

    @Test
    void answersASolicitationWithoutOptionsThatIsShorterThanTheAnswer() {
        try (var one = new OnePacket(
                solicitation("fd00::3", "fd00::2", "fd00::2", NO_OPTIONS).bytes())) {
            assertThat(NeighbourAnswer.answerNeighbour(one.batch, 0, table, VNI, ASKER))
                    .isNull();
            assertThat(one.bytes()).isEqualTo(advertisement("fd00::3", 0x6000_0000, ASKER));
        }
    }

    @Test
    void tellsAllNodesThatAProbedAddressIsTaken() {
        try (var one = new OnePacket(
                solicitation("::", SOLICITED_NODE, "fd00::2", macOption(14, 1)).bytes())) {
            assertThat(NeighbourAnswer.answerNeighbour(one.batch, 0, table, VNI, ASKER))
                    .isNull();
            assertThat(one.bytes()).isEqualTo(advertisement("ff02::1", 0x2000_0000, 0x3333_0000_0001L));
        }
    }

    static Stream<Arguments> badSolicitations() {
        byte[] option = macOption(1, ASKER);
        byte[] right =
                solicitation("fd00::3", SOLICITED_NODE, "fd00::2", option).bytes();
        byte[] wrongChecksum = right.clone();
        wrongChecksum[42] ^= 1;
        return Stream.of(
                Arguments.of("wrong checksum", DropReason.ND_MALFORMED, wrongChecksum),
                Arguments.of(
                        "hop limit 254, so forwarded",
                        DropReason.ND_MALFORMED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::2", option)
                                .hopLimit(254)
                                .bytes()),
                Arguments.of(
                        "code 1",
                        DropReason.ND_MALFORMED,
                        Ipv6Packet.of("fd00::3", SOLICITED_NODE)
                                .hopLimit(255)
                                .carrying(Frames.solicitation("fd00::2", option).with(1, 1))
                                .bytes()),
                Arguments.of(
                        "option of length 0",
                        DropReason.ND_MALFORMED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::2", new byte[8])
                                .bytes()),
                Arguments.of(
                        "option beyond the message",
                        DropReason.ND_MALFORMED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::2", Frames.bytes(1, 2, 0, 0, 0, 0, 0, 0))
                                .bytes()),
                Arguments.of(
                        "rest of an option",
                        DropReason.ND_MALFORMED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::2", concat(option, new byte[4]))
                                .bytes()),
                Arguments.of(
                        "payload length beyond the packet",
                        DropReason.ND_MALFORMED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::2", option)
                                .payloadLength(40)
                                .bytes()),
                Arguments.of(
                        "from a group",
                        DropReason.ND_MALFORMED,
                        solicitation("ff02::1", SOLICITED_NODE, "fd00::2", option)
                                .bytes()),
                Arguments.of(
                        "probe to a host",
                        DropReason.ND_MALFORMED,
                        solicitation("::", "fd00::2", "fd00::2", NO_OPTIONS).bytes()),
                Arguments.of(
                        "probe with a MAC",
                        DropReason.ND_MALFORMED,
                        solicitation("::", SOLICITED_NODE, "fd00::2", option).bytes()),
                Arguments.of(
                        "for nobody",
                        DropReason.ND_UNANSWERED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::77", option)
                                .bytes()),
                Arguments.of(
                        "for the gateway",
                        DropReason.ND_UNANSWERED,
                        solicitation("fd00::3", SOLICITED_NODE, "fd00::1", option)
                                .bytes()),
                Arguments.of("for an IPv4 address", DropReason.ND_UNANSWERED, mappedTarget()),
                Arguments.of(
                        "an advertisement",
                        DropReason.ND_UNANSWERED,
                        Ipv6Packet.of("fd00::3", "fd00::2")
                                .hopLimit(255)
                                .carrying(Frames.advertisement(0x6000_0000, "fd00::3", ASKER))
                                .bytes()),
                Arguments.of(
                        "a router solicitation",
                        DropReason.ND_UNANSWERED,
                        Ipv6Packet.of("fd00::3", "ff02::2")
                                .hopLimit(255)
                                .carrying(Transport.icmpv6(133, 0, 0, new byte[16]))
                                .bytes()));
    }

    private static byte[] mappedTarget() {
        var target = new byte[16];
        target[10] = (byte) 0xff;
        target[11] = (byte) 0xff;
        target[12] = 10;
        target[15] = 2;
        return Ipv6Packet.of("fd00::3", SOLICITED_NODE)
                .hopLimit(255)
                .carrying(Transport.icmpv6(135, 0, 0, target))
                .bytes();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badSolicitations")
    void doesNotAnswerABadSolicitation(String what, DropReason reason, byte[] packet) {
        assertThat(neighbour(packet)).as(what).isEqualTo(reason);
    }

    @Test
    void dropsASolicitationThatIsCutAnywhere() {
        byte[] right = solicitation("fd00::3", SOLICITED_NODE, "fd00::2", macOption(1, ASKER))
                .bytes();
        for (int length = 41; length < right.length; length++) {
            assertThat(neighbour(Arrays.copyOf(right, length)))
                    .as("%d bytes", length)
                    .isEqualTo(DropReason.ND_MALFORMED);
        }
        for (int length = 0; length <= 40; length++) {
            try (var one = new OnePacket(Arrays.copyOf(right, length))) {
                assertThat(NeighbourAnswer.isNeighbourDiscovery(one.batch, 0)).isFalse();
            }
        }
    }

    @Test
    void leavesOtherPacketsToTheirReceiver() {
        byte[] echo = Ipv6Packet.of("fd00::3", "fd00::2")
                .carrying(Transport.icmpv6(128, 0, 0, NO_OPTIONS))
                .bytes();
        byte[] udp = Ipv6Packet.of("fd00::3", "fd00::2")
                .carrying(Transport.udp(135 << 8, 2, NO_OPTIONS))
                .bytes();
        for (byte[] packet :
                new byte[][] {echo, udp, Ipv4Packet.of("10.0.0.3", "10.0.0.2").bytes()}) {
            try (var one = new OnePacket(packet)) {
                assertThat(NeighbourAnswer.isNeighbourDiscovery(one.batch, 0)).isFalse();
            }
        }
    }
}
