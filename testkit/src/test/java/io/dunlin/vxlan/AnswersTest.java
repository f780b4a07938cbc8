package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.concat;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a node answers or changes by itself: {@link EchoAnswer}, {@link TooBigAnswer}, {@link MssClamp}. */
class AnswersTest {
    private static final byte[] NOTHING = {};
    private static final ForwardingTable.Network NETWORK = new ForwardingTable.Network(
            new Vni(7), 1400, false, IpAddress.parse("10.0.0.1"), IpAddress.parse("fd00::1"));

    // ---- echo

    private static byte[] echo(byte[] request) {
        try (var one = OnePacket.checked(request)) {
            assertThat(EchoAnswer.answer(one.batch, 0)).isTrue();
            return one.bytes();
        }
    }

    private static boolean isEchoed(byte[] packet) {
        try (var one = OnePacket.checked(packet)) {
            byte[] before = one.bytes();
            boolean answered = EchoAnswer.answer(one.batch, 0);
            if (!answered) {
                assertThat(one.bytes()).isEqualTo(before);
            }
            return answered;
        }
    }

    @Test
    void turnsAnEchoRequestIntoItsReply() {
        for (int length : new int[] {0, 1, 56, 1372}) {
            byte[] request = Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                    .ttl(1)
                    .carrying(Transport.icmp(8, 0, 0xbeef_0001, payload(length)))
                    .bytes();
            assertThat(echo(request))
                    .isEqualTo(Ipv4Packet.of("10.0.0.1", "10.0.0.2")
                            .ttl(64)
                            .carrying(Transport.icmp(0, 0, 0xbeef_0001, payload(length)))
                            .bytes());
            byte[] request6 = Ipv6Packet.of("fd00::2", "fd00::1")
                    .hopLimit(1)
                    .carrying(Transport.icmpv6(128, 0, 0xbeef_0001, payload(length)))
                    .bytes();
            assertThat(echo(request6))
                    .isEqualTo(Ipv6Packet.of("fd00::1", "fd00::2")
                            .hopLimit(64)
                            .carrying(Transport.icmpv6(129, 0, 0xbeef_0001, payload(length)))
                            .bytes());
        }
    }

    @Test
    void keepsIpOptionsInTheReply() {
        byte[] request = Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                .options(148, 4, 0, 0)
                .carrying(Transport.icmp(8, 0, 1, payload(9)))
                .bytes();
        assertThat(echo(request))
                .isEqualTo(Ipv4Packet.of("10.0.0.1", "10.0.0.2")
                        .options(148, 4, 0, 0)
                        .carrying(Transport.icmp(0, 0, 1, payload(9)))
                        .bytes());
    }

    @Test
    void answersNothingButAWholeAndRightEchoRequest() {
        var request = Transport.icmp(8, 0, 1, payload(16));
        var request6 = Transport.icmpv6(128, 0, 1, payload(16));
        assertThat(isEchoed(ipv4().carrying(Transport.icmp(0, 0, 1, NOTHING)).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv4().carrying(Transport.icmp(8, 1, 1, NOTHING)).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv4().carrying(request.unchecked()).bytes())).isFalse();
        assertThat(isEchoed(ipv4().carrying(request).flagsAndOffset(0x2000).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv4().carrying(request).flagsAndOffset(0x0100).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv4().carrying(Transport.udp(8, 0, NOTHING)).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv4().carrying(request6).bytes()))
                .as("ICMPv6 over IPv4")
                .isFalse();
        assertThat(isEchoed(ipv6().carrying(request).bytes()))
                .as("ICMP over IPv6")
                .isFalse();
        assertThat(isEchoed(
                        ipv6().carrying(Transport.icmpv6(129, 0, 1, NOTHING)).bytes()))
                .isFalse();
        assertThat(isEchoed(
                        ipv6().carrying(Transport.icmpv6(128, 1, 1, NOTHING)).bytes()))
                .isFalse();
        assertThat(isEchoed(ipv6().carrying(request6.unchecked()).bytes())).isFalse();
        assertThat(isEchoed(ipv6().fragment(0, true).carrying(request6).bytes()))
                .isFalse();
    }

    // ---- too big

    private static Ipv4Packet ipv4() {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3");
    }

    private static Ipv6Packet ipv6() {
        return Ipv6Packet.of("fd00::2", "fd00::3");
    }

    private static byte[] tooBig(byte[] packet) {
        try (var one = OnePacket.checked(packet)) {
            assertThat(TooBigAnswer.answer(one.batch, 0, NETWORK)).isTrue();
            return one.bytes();
        }
    }

    @Test
    void saysFragmentationNeededWithTheMtuAsRfc1191Has() {
        byte[] packet = ipv4().carrying(Transport.udp(1, 2, payload(1473))).bytes();
        byte[] quote = Arrays.copyOf(packet, 576 - 28);
        assertThat(tooBig(packet))
                .hasSize(576)
                .isEqualTo(Ipv4PacketOfAnswer.of("10.0.0.1", "10.0.0.2", Transport.icmp(3, 4, 1400, quote)));
    }

    @Test
    void saysPacketTooBigWithTheMtuAsRfc4443Has() {
        byte[] packet = ipv6().carrying(Transport.udp(1, 2, payload(1400))).bytes();
        byte[] quote = Arrays.copyOf(packet, 1280 - 48);
        assertThat(tooBig(packet))
                .hasSize(1280)
                .isEqualTo(Ipv6Packet.of("fd00::1", "fd00::2")
                        .carrying(Transport.icmpv6(2, 0, 1400, quote))
                        .bytes());
    }

    @Test
    void quotesAShortPacketWhole() {
        byte[] packet = ipv4().carrying(Transport.udp(1, 2, payload(101))).bytes();
        assertThat(tooBig(packet))
                .isEqualTo(Ipv4PacketOfAnswer.of("10.0.0.1", "10.0.0.2", Transport.icmp(3, 4, 1400, packet)));
    }

    @Test
    void answersAsTheDestinationWhereTheSenderKnowsNoOther() {
        byte[] packet = ipv4().carrying(Transport.udp(1, 2, payload(1473))).bytes();
        try (var one = OnePacket.checked(packet)) {
            assertThat(TooBigAnswer.answerAsDestination(one.batch, 0, 1300)).isTrue();
            assertThat(one.bytes())
                    .isEqualTo(Ipv4PacketOfAnswer.of(
                            "10.0.0.3", "10.0.0.2", Transport.icmp(3, 4, 1300, Arrays.copyOf(packet, 576 - 28))));
        }
        byte[] packet6 = ipv6().carrying(Transport.udp(1, 2, payload(1473))).bytes();
        try (var one = OnePacket.checked(packet6)) {
            assertThat(TooBigAnswer.answerAsDestination(one.batch, 0, 1300)).isTrue();
            assertThat(one.bytes())
                    .isEqualTo(Ipv6Packet.of("fd00::3", "fd00::2")
                            .carrying(Transport.icmpv6(2, 0, 1300, Arrays.copyOf(packet6, 1280 - 48)))
                            .bytes());
        }
    }

    @Test
    void neverAnswersErrorsOrLaterFragmentsOrWithoutAGateway() {
        byte[] data = payload(1500);
        for (int type : new int[] {3, 4, 5, 11, 12}) {
            assertUnanswered(ipv4().carrying(Transport.icmp(type, 0, 0, data)).bytes(), NETWORK);
        }
        for (int type : new int[] {1, 2, 3, 4, 100, 127}) {
            assertUnanswered(ipv6().carrying(Transport.icmpv6(type, 0, 0, data)).bytes(), NETWORK);
        }
        assertUnanswered(
                ipv4().carrying(Transport.raw(17, data)).flagsAndOffset(0x0100).bytes(), NETWORK);
        assertUnanswered(
                ipv6().fragment(800, false).carrying(Transport.raw(17, data)).bytes(), NETWORK);
        var bare = new ForwardingTable.Network(new Vni(7), 1400, false, null, null);
        assertUnanswered(ipv4().carrying(Transport.udp(1, 2, data)).bytes(), bare);
        assertUnanswered(ipv6().carrying(Transport.udp(1, 2, data)).bytes(), bare);
        // but about an echo, and about a first fragment
        assertThat(tooBig(ipv4().carrying(Transport.icmp(8, 0, 0, data)).bytes()))
                .hasSize(576);
        assertThat(tooBig(ipv6().carrying(Transport.icmpv6(128, 0, 0, data)).bytes()))
                .hasSize(1280);
        assertThat(tooBig(ipv4().carrying(Transport.raw(
                                17, Transport.udp(1, 2, payload(1496)).bytes()))
                        .flagsAndOffset(0x2000)
                        .bytes()))
                .hasSize(576);
    }

    private static void assertUnanswered(byte[] packet, ForwardingTable.Network network) {
        try (var one = OnePacket.checked(packet)) {
            assertThat(TooBigAnswer.answer(one.batch, 0, network)).isFalse();
            assertThat(one.bytes()).isEqualTo(packet);
        }
    }

    /** The node's own answers have identification 0 and "don't fragment" (RFC 6864). */
    private static final class Ipv4PacketOfAnswer {
        static byte[] of(String source, String destination, Transport transport) {
            byte[] packet =
                    Ipv4Packet.of(source, destination).carrying(transport).bytes();
            var buffer = ByteBuffer.wrap(packet);
            buffer.putShort(4, (short) 0).putShort(10, (short) 0);
            buffer.putShort(10, (short) io.dunlin.testkit.Checksum.of(Arrays.copyOf(packet, 20)));
            return packet;
        }
    }

    // ---- MSS

    private static byte[] mss(int value) {
        return Frames.bytes(2, 4, value >>> 8, value & 0xff);
    }

    private static Transport syn(int flags, byte[]... options) {
        return Transport.tcp(40_000, 80, flags, concat(options), NOTHING);
    }

    private static void assertClamped(byte[] packet, byte[] expected) {
        try (var one = OnePacket.checked(packet)) {
            assertThat(MssClamp.clamp(one.batch, 0, 1400)).isTrue();
            assertThat(one.bytes()).isEqualTo(expected);
        }
    }

    private static void assertUnclamped(byte[] packet) {
        try (var one = OnePacket.checked(packet)) {
            assertThat(MssClamp.clamp(one.batch, 0, 1400)).isFalse();
            assertThat(one.bytes()).isEqualTo(packet);
        }
    }

    @Test
    void lowersTheSegmentSizeOfSynAndSynAckAndKeepsTheChecksumRight() {
        for (int flags : new int[] {Transport.SYN, Transport.SYN | Transport.ACK}) {
            assertClamped(
                    ipv4().carrying(syn(flags, mss(1460))).bytes(),
                    ipv4().carrying(syn(flags, mss(1360))).bytes());
            assertClamped(
                    ipv6().carrying(syn(flags, mss(1440))).bytes(),
                    ipv6().carrying(syn(flags, mss(1340))).bytes());
            assertClamped(
                    ipv4().carrying(syn(flags, mss(65_535))).bytes(),
                    ipv4().carrying(syn(flags, mss(1360))).bytes());
        }
    }

    @Test
    void findsTheOptionAtAnOddOffset() {
        byte[] nop = {1};
        byte[] unknown = Frames.bytes(99, 5, 1, 2, 3);
        for (int size : new int[] {1361, 1460, 0x1234, 0xff00, 0xffff}) {
            assertClamped(
                    ipv4().carrying(syn(Transport.SYN, nop, mss(size))).bytes(),
                    ipv4().carrying(syn(Transport.SYN, nop, mss(1360))).bytes());
            assertClamped(
                    ipv4().carrying(syn(Transport.SYN, unknown, mss(size), nop)).bytes(),
                    ipv4().carrying(syn(Transport.SYN, unknown, mss(1360), nop)).bytes());
            assertClamped(
                    ipv4().options(1, 1, 1, 0)
                            .carrying(syn(Transport.SYN, nop, nop, mss(size)))
                            .bytes(),
                    ipv4().options(1, 1, 1, 0)
                            .carrying(syn(Transport.SYN, nop, nop, mss(1360)))
                            .bytes());
        }
    }

    @Test
    void leavesAloneWhatFitsOrIsNoSyn() {
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, mss(1360))).bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, mss(536))).bytes());
        assertUnclamped(ipv6().carrying(syn(Transport.SYN, mss(1340))).bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.ACK, mss(1460))).bytes());
        assertUnclamped(
                ipv4().carrying(syn(Transport.RST | Transport.ACK, mss(1460))).bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN)).bytes());
        assertUnclamped(ipv4().carrying(Transport.udp(2, 2, mss(1460))).bytes());
        assertUnclamped(ipv4().carrying(
                        Transport.raw(6, syn(Transport.SYN, mss(1460)).bytes()))
                .flagsAndOffset(0x0100)
                .bytes());
    }

    @Test
    void leavesAloneOptionsThatDoNotParse() {
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, Frames.bytes(0, 0, 0, 0), mss(1460)))
                .bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, Frames.bytes(99, 0, 0, 0), mss(1460)))
                .bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, Frames.bytes(99, 1, 0, 0), mss(1460)))
                .bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, Frames.bytes(99, 200, 0, 0), mss(1460)))
                .bytes());
        assertUnclamped(
                ipv4().carrying(syn(Transport.SYN, Frames.bytes(1, 1, 1, 2))).bytes());
        assertUnclamped(
                ipv4().carrying(syn(Transport.SYN, Frames.bytes(1, 1, 2, 4))).bytes());
        assertUnclamped(ipv4().carrying(syn(Transport.SYN, Frames.bytes(2, 3, 5), Frames.bytes(2, 6, 255, 255, 0, 0)))
                .bytes());
    }
}
