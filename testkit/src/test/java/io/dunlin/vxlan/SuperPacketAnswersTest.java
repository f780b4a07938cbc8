package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a node answers or changes by itself, where the workload's kernel left work to its device: {@link AnswersTest} has the rest. */
class SuperPacketAnswersTest {
    private static final int MTU = 1400;
    private static final ForwardingTable.Network NETWORK = new ForwardingTable.Network(
            new Vni(7), MTU, false, IpAddress.parse("10.0.0.1"), IpAddress.parse("fd00::1"));

    private static byte[][] bothVersions(Transport carried) {
        return new byte[][] {
            Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(carried).bytes(),
            Ipv6Packet.of("fd00::2", "fd00::3").carrying(carried).bytes()
        };
    }

    private static OnePacket partial(byte[] packet) {
        SlowPacket.makePartial(packet);
        OnePacket one = OnePacket.checked(packet);
        int start = one.batch.start(0);
        one.batch.setChecksumPartial(0, start + SlowPacket.transport(packet), start + SlowPacket.checksum(packet));
        return one;
    }

    // ---- MSS

    @Test
    void lowersTheSegmentSizeOfASynWhosePartialChecksumIsThenComplete() {
        byte[] options = {1, 2, 4, 5, (byte) 0xb4, 4, 2, 0}; // the size, 1460, at an odd offset
        byte[] clamped = options.clone();
        for (byte[] packet : bothVersions(Transport.tcp(1, 2, Transport.SYN, options, payload(3)))) {
            int size = MTU - SlowPacket.transport(packet) - 20;
            SlowPacket.put16(clamped, 3, size);
            byte[] expected = bothVersions(Transport.tcp(1, 2, Transport.SYN, clamped, payload(3)))[
                    SlowPacket.isIpv4(packet) ? 0 : 1];
            try (OnePacket one = partial(packet)) {
                assertThat(MssClamp.clamp(one.batch, 0, MTU)).isTrue();
                assertThat(one.batch.isChecksumPartial(0)).isFalse();
                assertThat(one.bytes()).isEqualTo(expected);
                Segmenter.completeChecksum(one.batch, 0);
                assertThat(one.bytes()).isEqualTo(expected);
            }
        }
    }

    @Test
    void leavesAPartialChecksumPartialWhereNothingIsLowered() {
        byte[] options = {2, 4, 2, 0};
        for (byte[] packet : bothVersions(Transport.tcp(1, 2, Transport.SYN, options, payload(3)))) {
            try (OnePacket one = partial(packet)) {
                assertThat(MssClamp.clamp(one.batch, 0, MTU)).isFalse();
                assertThat(one.batch.isChecksumPartial(0)).isTrue();
                assertThat(one.bytes()).isEqualTo(packet);
            }
        }
    }

    /** With TCP Fast Open (RFC 7413) a SYN carries data, and may be a super-packet. */
    @Test
    void lowersTheSegmentSizeInEachSegmentOfASyn() {
        byte[] options = {2, 4, 5, (byte) 0xb4};
        for (byte[] packet : bothVersions(Transport.tcp(1, 2, Transport.SYN, options, payload(3000)))) {
            byte[] expected = packet.clone();
            int at = SlowPacket.transport(packet) + 22;
            SlowPacket.put16(expected, at, MTU - SlowPacket.transport(packet) - 20);
            try (OnePacket one = partial(packet)) {
                one.batch.setSegmentSize(0, 1000);
                Segmenter.check(one.batch, 0);
                assertThat(MssClamp.clamp(one.batch, 0, MTU)).isTrue();
                var whole = new SuperPacket(expected, 1000, true);
                Segmenter.cut(one.batch, 0, 22);
                for (int k = 0; k < 3; k++) {
                    byte[] head = one.slice(one.batch.head(0, k) + 22, SlowPacket.payload(packet));
                    assertThat(head).isEqualTo(Arrays.copyOf(whole.segments().get(k), head.length));
                }
            }
        }
    }

    // ---- too big

    @Test
    void answersASuperPacketOfTooLargeSegmentsWithOneOrdinaryPacket() {
        for (byte[] packet : bothVersions(Transport.tcp(1, 2, Transport.ACK, new byte[12], payload(60_000)))) {
            boolean ipv4 = SlowPacket.isIpv4(packet);
            try (OnePacket one = partial(packet)) {
                one.batch.setSegmentSize(0, MTU);
                Segmenter.check(one.batch, 0);
                assertThat(one.batch.isSuperPacket(0)).isTrue();
                assertThat(Segmenter.largest(one.batch, 0)).isEqualTo(MTU + SlowPacket.payload(packet));
                assertThat(TooBigAnswer.answer(one.batch, 0, NETWORK)).isTrue();
                assertThat(one.batch.isSuperPacket(0)).isFalse();
                assertThat(one.batch.isChecksumPartial(0)).isFalse();
                byte[] answer = one.bytes();
                assertThat(answer).hasSize(ipv4 ? 576 : 1280);
                assertThat(Arrays.copyOfRange(answer, ipv4 ? 28 : 48, answer.length))
                        .isEqualTo(Arrays.copyOf(packet, ipv4 ? 548 : 1232));
                assertThat(OnePacket.check(answer)).isNull();
                Segmenter.completeChecksum(one.batch, 0);
                VxlanEncap.encap(one.batch, 0, 7, 1, 2);
                assertThat(one.batch.isCut(0)).isFalse();
                assertThat(one.bytes()).isEqualTo(Frames.vxlan(7, Frames.ethernet(2, 1, answer)));
            }
        }
    }

    // ---- encapsulation

    @Test
    void putsHeadersBeforeEachSegment() {
        for (byte[] packet : bothVersions(Transport.udp(1, 2, payload(2500)))) {
            try (OnePacket one = partial(packet)) {
                one.batch.setSegmentSize(0, 1000);
                Segmenter.check(one.batch, 0);
                VxlanEncap.encap(one.batch, 0, 0x123456, 3, 4);
                var segments = new SuperPacket(packet, 1000, true).segments();
                assertThat(one.batch.segments(0)).isEqualTo(3);
                for (int k = 0; k < 3; k++) {
                    byte[] datagram = Frames.vxlan(0x123456, Frames.ethernet(4, 3, segments.get(k)));
                    int body = one.batch.bodyLength(0, k);
                    assertThat(one.batch.headLength(0)).isEqualTo(datagram.length - body);
                    assertThat(Frames.concat(
                                    one.slice(one.batch.head(0, k), datagram.length - body),
                                    one.slice(one.batch.body(0, k), body)))
                            .isEqualTo(datagram);
                }
            }
        }
    }

    @Test
    void completesTheChecksumOfAnOrdinaryPacketThatLeaves() {
        for (byte[] packet : bothVersions(Transport.udp(1, 2, payload(25)))) {
            byte[] whole = packet.clone();
            try (OnePacket one = partial(packet)) {
                assertThat(one.bytes()).isNotEqualTo(whole);
                VxlanEncap.encap(one.batch, 0, 9, 3, 4);
                assertThat(one.bytes()).isEqualTo(Frames.vxlan(9, Frames.ethernet(4, 3, whole)));
            }
        }
    }
}
