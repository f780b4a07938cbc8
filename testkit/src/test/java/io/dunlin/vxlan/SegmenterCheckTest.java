package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.DropReason;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link Segmenter} believes of what a device says about a packet. */
class SegmenterCheckTest {
    private static final byte[] NOTHING = {};
    private static final Transport UDP = Transport.udp(1000, 2000, payload(128 * 10));
    private static final Transport TCP = Transport.tcp(1000, 80, Transport.ACK, NOTHING, payload(128 * 10));

    private static Ipv4Packet ipv4() {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3");
    }

    private static Ipv6Packet ipv6() {
        return Ipv6Packet.of("fd00::2", "fd00::3");
    }

    private static @Nullable DropReason check(byte[] packet, int size) {
        try (OnePacket one = OnePacket.checked(packet)) {
            one.batch.setSegmentSize(0, size);
            Segmenter.check(one.batch, 0);
            assertThat(one.bytes()).isEqualTo(packet);
            return one.batch.dropReason(0);
        }
    }

    static Stream<Arguments> superPacketsThatCannotBe() {
        byte[] options = payload(40);
        return Stream.of(
                Arguments.of(
                        "129 segments",
                        ipv4().carrying(Transport.udp(1, 2, payload(128 * 10 + 1)))
                                .bytes(),
                        10),
                Arguments.of(
                        "a first fragment",
                        ipv4().carrying(UDP).flagsAndOffset(0x2000).bytes(),
                        100),
                Arguments.of(
                        "a later fragment",
                        ipv4().carrying(TCP).flagsAndOffset(0x0010).bytes(),
                        100),
                Arguments.of(
                        "a first fragment of IPv6",
                        ipv6().fragment(0, true).carrying(UDP).bytes(),
                        100),
                Arguments.of(
                        "a later fragment of IPv6",
                        ipv6().fragment(64, false).carrying(TCP).bytes(),
                        100),
                Arguments.of(
                        "a fragment of IPv6 that is the whole (RFC 6946), behind options",
                        ipv6().options(Ipv6Packet.HOP_BY_HOP, 0)
                                .fragment(0, false)
                                .carrying(UDP)
                                .bytes(),
                        100),
                Arguments.of(
                        "ICMP",
                        ipv4().carrying(Transport.icmp(8, 0, 0, payload(900))).bytes(),
                        100),
                Arguments.of(
                        "SCTP",
                        ipv6().carrying(Transport.raw(132, payload(900))).bytes(),
                        100),
                Arguments.of(
                        "a UDP length below the packet's",
                        ipv4().carrying(UDP.with(5, UDP.bytes()[5] - 1)).bytes(),
                        100),
                Arguments.of(
                        "headers of 148 bytes",
                        ipv6().options(Ipv6Packet.DESTINATION_OPTIONS, 5)
                                .carrying(Transport.tcp(1, 2, Transport.ACK, options, payload(900)))
                                .bytes(),
                        100));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("superPacketsThatCannotBe")
    void refusesASuperPacketThatCannotBeCut(String what, byte[] packet, int size) {
        assertThat(check(packet, size)).as(what).isEqualTo(DropReason.OFFLOAD);
    }

    static Stream<Arguments> superPacketsAtALimit() {
        byte[] options = payload(40);
        return Stream.of(
                Arguments.of("128 segments of TCP", ipv4().carrying(TCP).bytes(), 10),
                Arguments.of("128 segments of UDP", ipv6().carrying(UDP).bytes(), 10),
                Arguments.of(
                        "headers of 140 bytes",
                        ipv6().options(Ipv6Packet.DESTINATION_OPTIONS, 4)
                                .carrying(Transport.tcp(1, 2, Transport.ACK, options, payload(900)))
                                .bytes(),
                        100),
                Arguments.of(
                        "headers of 120 bytes of IPv4",
                        ipv4().options(new int[40])
                                .carrying(Transport.tcp(1, 2, Transport.ACK, options, payload(900)))
                                .bytes(),
                        100));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("superPacketsAtALimit")
    void takesASuperPacketAtALimit(String what, byte[] packet, int size) {
        assertThat(check(packet, size)).as(what).isNull();
    }

    @Test
    void takesASuperPacketWithoutPayloadForAnOrdinaryOne() {
        Transport empty = Transport.tcp(1000, 80, Transport.ACK, NOTHING, NOTHING);
        for (byte[] packet : new byte[][] {
            ipv4().carrying(empty).bytes(), ipv6().carrying(empty).bytes()
        }) {
            try (OnePacket one = OnePacket.checked(packet)) {
                one.batch.setSegmentSize(0, 1400);
                Segmenter.check(one.batch, 0);
                assertThat(one.batch.dropReason(0)).isNull();
                assertThat(one.batch.isSuperPacket(0)).isFalse();
            }
        }
    }

    /** The packet has 1,308 bytes, its UDP header begins at 20. */
    @ParameterizedTest(name = "from {0} at {1}: {2}")
    @CsvSource({
        "20, 26, true",
        "0, 0, true",
        "0, 1306, true",
        "1306, 1306, true",
        "0, 1307, false",
        "1307, 1307, false",
        "20, 19, false",
        "-1, 26, false",
        "1308, 1308, false",
        "20, 65555, false",
        "65535, 131070, false"
    })
    void takesAChecksumThatLiesWithinThePacketAlone(int from, int at, boolean taken) {
        byte[] packet = ipv4().carrying(UDP).bytes();
        assertThat(packet).hasSize(1308);
        for (int size : new int[] {0, 700}) {
            try (OnePacket one = OnePacket.checked(packet)) {
                int start = one.batch.start(0);
                one.batch.setChecksumPartial(0, start + from, start + at);
                if (size > 0) {
                    one.batch.setSegmentSize(0, size);
                }
                Segmenter.check(one.batch, 0);
                assertThat(one.batch.dropReason(0)).isEqualTo(taken ? null : DropReason.OFFLOAD);
            }
        }
    }

    @Test
    void knowsTheLargestPacketThatLeaves() {
        try (OnePacket one = OnePacket.checked(ipv4().carrying(TCP).bytes())) {
            assertThat(Segmenter.largest(one.batch, 0)).isEqualTo(1320);
            one.batch.setSegmentSize(0, 999);
            Segmenter.check(one.batch, 0);
            assertThat(Segmenter.largest(one.batch, 0)).isEqualTo(1039);
        }
    }
}
