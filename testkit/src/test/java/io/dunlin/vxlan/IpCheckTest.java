package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpCheckTest {
    private static final byte[] NOTHING = {};
    private static final Transport UDP = Transport.udp(1000, 2000, payload(40));
    private static final Transport TCP = Transport.tcp(1000, 80, Transport.ACK, NOTHING, payload(40));

    private static Ipv4Packet ipv4() {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(UDP);
    }

    private static Ipv4Packet ipv4(String source, String destination) {
        return Ipv4Packet.of(source, destination).carrying(UDP);
    }

    private static Ipv6Packet ipv6() {
        return Ipv6Packet.of("fd00::2", "fd00::3").carrying(UDP);
    }

    private static Ipv6Packet ipv6(String source, String destination) {
        return Ipv6Packet.of(source, destination).carrying(UDP);
    }

    private static Arguments bad(String what, DropReason reason, byte[] packet) {
        return Arguments.of(what, reason, packet);
    }

    private static Arguments good(String what, byte[] packet) {
        return Arguments.of(what, packet);
    }

    static Stream<Arguments> badPackets() {
        byte[] udpPastEnd = UDP.with(5, 49).bytes();
        return Stream.of(
                bad("nothing", DropReason.IP_TRUNCATED, NOTHING),
                bad("version 0", DropReason.IP_VERSION, ipv4().version(0).bytes()),
                bad("version 5", DropReason.IP_VERSION, ipv4().version(5).bytes()),
                bad("version 7", DropReason.IP_VERSION, ipv6().version(7).bytes()),
                bad(
                        "header of 16 bytes",
                        DropReason.IPV4_HEADER_LENGTH,
                        ipv4().headerWords(4).bytes()),
                bad(
                        "header of 0 bytes",
                        DropReason.IPV4_HEADER_LENGTH,
                        ipv4().headerWords(0).bytes()),
                bad(
                        "header beyond the packet",
                        DropReason.IPV4_HEADER_LENGTH,
                        ipv4().carrying(Transport.raw(253, NOTHING))
                                .headerWords(6)
                                .bytes()),
                bad(
                        "total length below the header",
                        DropReason.IP_LENGTH,
                        ipv4().totalLength(19).bytes()),
                bad(
                        "total length 0, as from segmentation offload",
                        DropReason.IP_LENGTH,
                        ipv4().totalLength(0).bytes()),
                bad(
                        "total length beyond the packet",
                        DropReason.IP_LENGTH,
                        ipv4().totalLength(69).bytes()),
                bad(
                        "IPv6 payload length beyond the packet",
                        DropReason.IP_LENGTH,
                        ipv6().payloadLength(49).bytes()),
                bad(
                        "wrong checksum",
                        DropReason.IPV4_CHECKSUM,
                        ipv4().checksum(0x1111).bytes()),
                bad("checksum 0", DropReason.IPV4_CHECKSUM, ipv4().checksum(0).bytes()),
                bad(
                        "loose source route",
                        DropReason.IPV4_OPTION,
                        ipv4().options(131, 7, 4, 10, 0, 0, 9).bytes()),
                bad(
                        "strict source route",
                        DropReason.IPV4_OPTION,
                        ipv4().options(1, 137, 7, 4, 10, 0, 0, 9).bytes()),
                bad(
                        "option of length 0",
                        DropReason.IPV4_OPTION,
                        ipv4().options(7, 0, 0, 0).bytes()),
                bad(
                        "option of length 1",
                        DropReason.IPV4_OPTION,
                        ipv4().options(7, 1, 0, 0).bytes()),
                bad(
                        "option beyond the header",
                        DropReason.IPV4_OPTION,
                        ipv4().options(7, 5, 4, 0).bytes()),
                bad(
                        "option without its length",
                        DropReason.IPV4_OPTION,
                        ipv4().options(1, 1, 1, 7).bytes()),
                bad(
                        "to a group",
                        DropReason.MULTICAST,
                        ipv4("10.0.0.2", "224.0.0.251").bytes()),
                bad(
                        "to the last group",
                        DropReason.MULTICAST,
                        ipv4("10.0.0.2", "239.255.255.255").bytes()),
                bad(
                        "to all",
                        DropReason.MULTICAST,
                        ipv4("10.0.0.2", "255.255.255.255").bytes()),
                bad(
                        "to an IPv6 group",
                        DropReason.MULTICAST,
                        ipv6("fd00::2", "ff02::fb").bytes()),
                bad(
                        "from loopback",
                        DropReason.MARTIAN,
                        ipv4("127.0.0.1", "10.0.0.3").bytes()),
                bad(
                        "to loopback",
                        DropReason.MARTIAN,
                        ipv4("10.0.0.2", "127.255.0.1").bytes()),
                bad(
                        "from 0.0.0.0",
                        DropReason.MARTIAN,
                        ipv4("0.0.0.0", "10.0.0.3").bytes()),
                bad(
                        "to 0.1.2.3",
                        DropReason.MARTIAN,
                        ipv4("10.0.0.2", "0.1.2.3").bytes()),
                bad(
                        "from a group",
                        DropReason.MARTIAN,
                        ipv4("224.0.0.1", "10.0.0.3").bytes()),
                bad(
                        "from 240.0.0.1",
                        DropReason.MARTIAN,
                        ipv4("240.0.0.1", "10.0.0.3").bytes()),
                bad(
                        "to 254.1.1.1",
                        DropReason.MARTIAN,
                        ipv4("10.0.0.2", "254.1.1.1").bytes()),
                bad(
                        "from all",
                        DropReason.MARTIAN,
                        ipv4("255.255.255.255", "10.0.0.3").bytes()),
                bad("from ::", DropReason.MARTIAN, ipv6("::", "fd00::3").bytes()),
                bad("from ::1", DropReason.MARTIAN, ipv6("::1", "fd00::3").bytes()),
                bad("to ::1", DropReason.MARTIAN, ipv6("fd00::2", "::1").bytes()),
                bad(
                        "from an IPv6 group",
                        DropReason.MARTIAN,
                        ipv6("ff02::1", "fd00::3").bytes()),
                bad(
                        "to an IPv4-compatible address",
                        DropReason.MARTIAN,
                        ipv6("fd00::2", "::10.0.0.3").bytes()),
                bad(
                        "from an IPv4-mapped address",
                        DropReason.MARTIAN,
                        Ipv6Packet.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("fd00::3"))
                                .carrying(UDP)
                                .bytes()),
                bad(
                        "to an IPv4-mapped address",
                        DropReason.MARTIAN,
                        Ipv6Packet.of(IpAddress.parse("fd00::2"), IpAddress.parse("10.0.0.3"))
                                .carrying(UDP)
                                .bytes()),
                bad("TTL 0", DropReason.TTL_EXPIRED, ipv4().ttl(0).bytes()),
                bad("hop limit 0", DropReason.TTL_EXPIRED, ipv6().hopLimit(0).bytes()),
                bad(
                        "fragment of an odd size",
                        DropReason.IP_FRAGMENT,
                        ipv4().carrying(Transport.raw(17, payload(20)))
                                .flagsAndOffset(0x2001)
                                .bytes()),
                bad(
                        "fragment without content",
                        DropReason.IP_FRAGMENT,
                        ipv4().carrying(Transport.raw(17, NOTHING))
                                .flagsAndOffset(0x0001)
                                .bytes()),
                bad(
                        "fragment past 65,535 bytes",
                        DropReason.IP_FRAGMENT,
                        ipv4().carrying(Transport.raw(17, payload(8)))
                                .flagsAndOffset(0x1fff)
                                .bytes()),
                bad(
                        "fragment over TCP's flags",
                        DropReason.IP_FRAGMENT,
                        ipv4().carrying(Transport.raw(6, payload(32)))
                                .flagsAndOffset(0x0001)
                                .bytes()),
                bad(
                        "IPv6 fragment over TCP's flags",
                        DropReason.IP_FRAGMENT,
                        ipv6().fragment(8, false)
                                .carrying(Transport.raw(6, payload(32)))
                                .bytes()),
                bad(
                        "IPv6 fragment of an odd size",
                        DropReason.IP_FRAGMENT,
                        ipv6().fragment(16, true)
                                .carrying(Transport.raw(17, payload(20)))
                                .bytes()),
                bad(
                        "IPv6 fragment past 65,535 bytes",
                        DropReason.IP_FRAGMENT,
                        ipv6().fragment(65_528, false)
                                .carrying(Transport.raw(17, payload(8)))
                                .bytes()),
                bad(
                        "tiny first fragment of TCP",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv4().carrying(TCP.cutTo(16)).flagsAndOffset(0x2000).bytes()),
                bad(
                        "tiny first IPv6 fragment of TCP",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv6().fragment(0, true).carrying(TCP.cutTo(16)).bytes()),
                bad(
                        "routing header of type 0",
                        DropReason.IPV6_EXTENSION,
                        ipv6().extension(Ipv6Packet.ROUTING, 0, 0, 0, 0, 0, 0, 0)
                                .bytes()),
                bad(
                        "extension header beyond the packet",
                        DropReason.IPV6_EXTENSION,
                        ipv6().extension(Ipv6Packet.DESTINATION_OPTIONS, 7, 0, 0, 0, 0, 0, 0)
                                .bytes()),
                bad(
                        "extension header cut",
                        DropReason.IPV6_EXTENSION,
                        ipv6().carrying(Transport.raw(Ipv6Packet.HOP_BY_HOP, payload(7)))
                                .bytes()),
                bad(
                        "hop-by-hop options behind others",
                        DropReason.IPV6_EXTENSION,
                        ipv6().options(Ipv6Packet.DESTINATION_OPTIONS, 0)
                                .options(Ipv6Packet.HOP_BY_HOP, 0)
                                .bytes()),
                bad(
                        "two fragment headers",
                        DropReason.IPV6_EXTENSION,
                        ipv6().fragment(0, false).fragment(0, false).bytes()),
                bad("nine extension headers", DropReason.IPV6_EXTENSION, manyExtensions(9)),
                bad(
                        "TCP header of 16 bytes",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv4().carrying(TCP.with(12, 0x40)).bytes()),
                bad(
                        "TCP header beyond the packet",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv4().carrying(Transport.tcp(1, 2, 0, NOTHING, NOTHING).with(12, 0x60))
                                .bytes()),
                bad(
                        "UDP length 7",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv4().carrying(UDP.with(5, 7)).bytes()),
                bad(
                        "UDP length beyond the packet",
                        DropReason.TRANSPORT_TRUNCATED,
                        ipv6().carrying(Transport.raw(17, udpPastEnd)).bytes()),
                bad(
                        "neighbour solicitation where none may be",
                        DropReason.ND_UNANSWERED,
                        ipv6().carrying(Frames.solicitation("fd00::3", NOTHING)).bytes()),
                bad(
                        "router advertisement",
                        DropReason.ND_UNANSWERED,
                        ipv6().carrying(Transport.icmpv6(134, 0, 0, payload(16)))
                                .bytes()),
                bad(
                        "redirect",
                        DropReason.ND_UNANSWERED,
                        ipv6().carrying(Transport.icmpv6(137, 0, 0, payload(32)))
                                .bytes()));
    }

    private static byte[] manyExtensions(int count) {
        Ipv6Packet packet = ipv6();
        for (int i = 0; i < count; i++) {
            packet.options(Ipv6Packet.DESTINATION_OPTIONS, 0);
        }
        return packet.bytes();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badPackets")
    void dropsABadPacketForItsReason(String what, DropReason reason, byte[] packet) {
        assertThat(OnePacket.check(packet)).as(what).isEqualTo(reason);
    }

    static Stream<Arguments> legalPackets() {
        return Stream.of(
                good("UDP over IPv4", ipv4().bytes()),
                good("UDP over IPv6", ipv6().bytes()),
                good("TCP over IPv6", ipv6().carrying(TCP).bytes()),
                good("TTL 1", ipv4().ttl(1).bytes()),
                good(
                        "an unknown protocol without content",
                        ipv4().carrying(Transport.raw(253, NOTHING)).bytes()),
                good(
                        "no next header",
                        ipv6().carrying(Transport.raw(Ipv6Packet.NO_NEXT_HEADER, NOTHING))
                                .bytes()),
                good("router alert", ipv4().options(148, 4, 0, 0).bytes()),
                good(
                        "record route and timestamp",
                        ipv4().options(7, 7, 4, 0, 0, 0, 0, 68, 8, 5, 0, 0, 0, 0, 0)
                                .bytes()),
                good(
                        "garbage behind the end of options",
                        ipv4().options(1, 0, 137, 200).bytes()),
                good("forty bytes of no-operation", ipv4().options(new int[40]).bytes()),
                good(
                        "from the last unicast address",
                        ipv4("223.255.255.254", "1.0.0.1").bytes()),
                good(
                        "UDP length shorter than the packet (RFC 9868)",
                        ipv4().carrying(UDP.with(5, 30)).bytes()),
                good("UDP without a checksum", ipv4().carrying(UDP.unchecked()).bytes()),
                good(
                        "reserved flag set (RFC 3514)",
                        ipv4().flagsAndOffset(0x8000).bytes()),
                good(
                        "first fragment of UDP, whose length tells of the whole",
                        ipv4().carrying(Transport.raw(17, UDP.with(4, 9).bytes()))
                                .flagsAndOffset(0x2000)
                                .bytes()),
                good(
                        "middle fragment of TCP",
                        ipv4().carrying(Transport.raw(6, payload(8)))
                                .flagsAndOffset(0x2002)
                                .bytes()),
                good(
                        "last fragment of an odd size",
                        ipv4().carrying(Transport.raw(6, payload(7)))
                                .flagsAndOffset(0x0100)
                                .bytes()),
                good(
                        "last fragment that ends at 65,535 bytes",
                        ipv4().carrying(Transport.raw(17, payload(3)))
                                .flagsAndOffset((65_535 - 20 - 3) / 8)
                                .bytes()),
                good(
                        "IPv6 fragment whose payload ends at 65,535 bytes",
                        ipv6().fragment(65_528, false)
                                .carrying(Transport.raw(17, payload(7)))
                                .bytes()),
                good("atomic fragment (RFC 6946)", ipv6().fragment(0, false).bytes()),
                good("eight extension headers", manyExtensions(8)),
                good(
                        "all extension headers in RFC 8200's order",
                        ipv6().options(Ipv6Packet.HOP_BY_HOP, 0)
                                .options(Ipv6Packet.DESTINATION_OPTIONS, 1)
                                .extension(
                                        Ipv6Packet.ROUTING,
                                        2,
                                        2,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0)
                                .fragment(0, false)
                                .options(Ipv6Packet.DESTINATION_OPTIONS, 0)
                                .bytes()),
                good("link-local addresses", ipv6("fe80::1", "fe80::2").bytes()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("legalPackets")
    void passesALegalPacketUnchanged(String what, byte[] packet) {
        try (var one = OnePacket.checked(packet)) {
            assertThat(one.bytes()).as(what).isEqualTo(packet);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("legalPackets")
    void dropsALegalPacketThatIsCutAnywhere(String what, byte[] packet) {
        for (int length = 0; length < packet.length; length++) {
            DropReason expected = length < (packet[0] >>> 4 == 4 ? 20 : 40) ? DropReason.IP_TRUNCATED : null;
            DropReason reason = OnePacket.check(Arrays.copyOf(packet, length));
            assertThat(reason)
                    .as("%s, %d of %d bytes", what, length, packet.length)
                    .isNotNull();
            if (expected != null) {
                assertThat(reason).isEqualTo(expected);
            } else {
                assertThat(reason).isIn(DropReason.IP_LENGTH, DropReason.IPV4_HEADER_LENGTH);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 17, 58})
    void dropsATransportHeaderThatIsCutAnywhere(int protocol) {
        int header = protocol == 6 ? 20 : 8;
        byte[] whole = protocol == 6
                ? Transport.tcp(1, 2, 0, NOTHING, NOTHING).bytes()
                : protocol == 17
                        ? Transport.udp(1, 2, NOTHING).bytes()
                        : Transport.icmp(8, 0, 0, NOTHING).bytes();
        for (int length = 0; length <= header; length++) {
            Transport cut = Transport.raw(protocol, Arrays.copyOf(whole, length));
            DropReason expected = length < header ? DropReason.TRANSPORT_TRUNCATED : null;
            assertThat(OnePacket.check(ipv4().carrying(cut).bytes())).isEqualTo(expected);
            assertThat(OnePacket.check(ipv6().carrying(cut).bytes())).isEqualTo(expected);
        }
    }

    @Test
    void findsTheTransportHeaderBehindOptionsAndExtensions() {
        try (var one =
                OnePacket.checked(ipv4().options(1, 1, 1, 0).carrying(TCP).bytes())) {
            assertThat(one.batch.transport(0) - one.batch.start(0)).isEqualTo(24);
            assertThat(one.batch.protocol(0)).isEqualTo(6);
        }
        byte[] extended = ipv6().options(Ipv6Packet.HOP_BY_HOP, 1)
                .options(Ipv6Packet.DESTINATION_OPTIONS, 0)
                .carrying(TCP)
                .bytes();
        try (var one = OnePacket.checked(extended)) {
            assertThat(one.batch.transport(0) - one.batch.start(0)).isEqualTo(40 + 16 + 8);
            assertThat(one.batch.protocol(0)).isEqualTo(6);
        }
        byte[] later = ipv4().carrying(Transport.raw(6, payload(64)))
                .flagsAndOffset(0x0010)
                .bytes();
        try (var one = OnePacket.checked(later)) {
            assertThat(one.batch.transport(0)).isEqualTo(PacketBatch.NO_TRANSPORT);
        }
    }

    @Test
    void cutsOffEthernetsPadding() {
        for (byte[] packet : new byte[][] {ipv4().bytes(), ipv6().bytes()}) {
            try (var one = OnePacket.checked(Arrays.copyOf(packet, packet.length + 18))) {
                assertThat(one.bytes()).isEqualTo(packet);
            }
        }
    }

    private static int flow(byte[] packet) {
        try (var one = OnePacket.checked(packet)) {
            return one.batch.flow(0);
        }
    }

    @Test
    void givesAllFragmentsOfOnePacketOneFlow() {
        int first = flow(ipv4().carrying(Transport.udp(1, 2, payload(24)))
                .flagsAndOffset(0x2000)
                .bytes());
        int middle = flow(ipv4().carrying(Transport.raw(17, payload(64)))
                .flagsAndOffset(0x2004)
                .bytes());
        int last = flow(ipv4().carrying(Transport.raw(17, payload(5)))
                .flagsAndOffset(0x000c)
                .bytes());
        assertThat(middle).isEqualTo(first);
        assertThat(last).isEqualTo(first);
    }

    @Test
    void givesAllFragmentsOfOneIpv6PacketOneFlowAlsoWithOptionsInTheFirst() {
        int first = flow(ipv6().fragment(0, true)
                .options(Ipv6Packet.DESTINATION_OPTIONS, 0)
                .carrying(Transport.udp(1, 2, payload(24)))
                .bytes());
        int last = flow(ipv6().fragment(40, false)
                .carrying(Transport.raw(Ipv6Packet.DESTINATION_OPTIONS, payload(30)))
                .bytes());
        assertThat(last).isEqualTo(first);
    }

    @Test
    void tellsFlowsApart() {
        var flows = Stream.of(
                        ipv4().bytes(),
                        ipv4("10.0.0.3", "10.0.0.2").bytes(),
                        ipv4("10.0.0.2", "10.0.0.4").bytes(),
                        ipv4().carrying(Transport.udp(1001, 2000, NOTHING)).bytes(),
                        ipv4().carrying(Transport.udp(1000, 2001, NOTHING)).bytes(),
                        ipv4().carrying(Transport.tcp(1000, 2000, 0, NOTHING, NOTHING))
                                .bytes(),
                        ipv4().carrying(Transport.icmp(8, 0, 0, NOTHING)).bytes(),
                        ipv6().bytes(),
                        ipv6("fd00::3", "fd00::2").bytes(),
                        ipv6().carrying(Transport.udp(1001, 2000, NOTHING)).bytes())
                .map(IpCheckTest::flow)
                .toList();
        assertThat(flows).doesNotHaveDuplicates();
        assertThat(flow(ipv4().carrying(Transport.udp(1000, 2000, payload(9)))
                        .ttl(3)
                        .bytes()))
                .as("content and TTL are not of the flow")
                .isEqualTo(flow(ipv4().bytes()));
    }

    @Test
    void spreadsFlowsOverFourSourcePorts() {
        var counts = new int[4];
        for (int port = 1; port <= 4000; port++) {
            int flow = flow(ipv4().carrying(Transport.udp(port, 80, NOTHING)).bytes());
            counts[(flow ^ flow >>> 16) & 3]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(800, 1200);
        }
    }
}
