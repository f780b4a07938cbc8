package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link GroCoalescer}, case by case: which packets end up together. {@link Deliveries} judges the bytes. */
class GroCoalescerExamplesTest {
    private static final int VNI = 7;
    private static final int OTHER_VNI = 8;
    private static final int SIZE = 100;
    private static final byte[] OPTIONS = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}; // timestamps (RFC 7323)

    private static List<byte[]> tcp(int port, int segments, int flags) {
        Transport carried = Transport.tcp(port, 80, flags, OPTIONS, payload(segments * SIZE));
        byte[] whole = Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(carried).bytes();
        return SlowSegmenter.cut(whole, SIZE, true);
    }

    private static List<byte[]> tcp(int segments) {
        return tcp(1000, segments, Transport.ACK);
    }

    private static List<byte[]> udp(int segments, int size) {
        byte[] whole = Ipv6Packet.of("fd00::2", "fd00::3")
                .carrying(Transport.udp(1000, 2000, payload(segments * size)))
                .bytes();
        return SlowSegmenter.cut(whole, size, true);
    }

    private static List<List<Integer>> delivered(byte[]... packets) {
        try (var deliveries = new Deliveries(packets.length, 2000)) {
            for (byte[] packet : packets) {
                deliveries.receive(List.of(packet));
                deliveries.add(VNI);
            }
            return deliveries.deliver();
        }
    }

    private static List<Integer> these(Integer... packets) {
        return List.of(packets);
    }

    @Test
    void startsAnewBehindALoss() {
        List<byte[]> s = tcp(6);
        assertThat(delivered(s.get(0), s.get(1), s.get(3), s.get(4), s.get(5)))
                .containsExactly(these(0, 1), these(2, 3, 4));
    }

    @Test
    void startsAnewWithADuplicate() {
        List<byte[]> s = tcp(3);
        assertThat(delivered(s.get(0), s.get(1), s.get(1), s.get(2))).containsExactly(these(0, 1), these(2, 3));
    }

    @Test
    void leavesAloneWhatIsOutOfOrder() {
        List<byte[]> s = tcp(3);
        assertThat(delivered(s.get(1), s.get(0), s.get(2))).containsExactly(these(0), these(1), these(2));
    }

    @Test
    void joinsFlowsSideBySide() {
        List<byte[]> a = tcp(3);
        List<byte[]> b = udp(3, SIZE);
        assertThat(delivered(a.get(0), b.get(0), b.get(1), a.get(1), b.get(2), a.get(2)))
                .containsExactly(these(0, 3, 5), these(1, 2, 4));
    }

    @Test
    void endsWithPushAndFin() {
        for (int ending : new int[] {SlowPacket.PSH, SlowPacket.FIN, SlowPacket.PSH | SlowPacket.FIN}) {
            List<byte[]> s = tcp(5);
            SlowPacket.put8(s.get(2), 33, Transport.ACK | ending);
            SlowPacket.complete(s.get(2));
            assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1, 2), these(3, 4));
            SlowPacket.put8(s.get(0), 33, Transport.ACK | ending);
            SlowPacket.complete(s.get(0));
            assertThat(delivered(s.toArray(byte[][]::new)))
                    .as("a first one that ends")
                    .containsExactly(these(0), these(1, 2), these(3, 4));
        }
    }

    @Test
    void keepsCongestionEchoAndEndsWhereItChanges() {
        List<byte[]> s = tcp(1000, 4, Transport.ACK | 0x40);
        assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1, 2, 3));
        SlowPacket.put8(s.get(2), 33, Transport.ACK);
        SlowPacket.complete(s.get(2));
        assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1), these(2), these(3));
    }

    @Test
    void neverJoinsCongestionMarksToPacketsWithoutThem() {
        List<byte[]> s = tcp(4);
        SlowPacket.put8(s.get(2), 1, 3); // congestion experienced (RFC 3168)
        SlowPacket.fixIpv4Checksum(s.get(2));
        assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1), these(2), these(3));
    }

    @Test
    void joinsNothingToWhatHasAnyOtherFlag() {
        for (int flag : new int[] {Transport.SYN, Transport.RST, 0x20, SlowPacket.CWR}) {
            List<byte[]> s = tcp(3);
            SlowPacket.put8(s.get(1), 33, Transport.ACK | flag);
            SlowPacket.complete(s.get(1));
            assertThat(delivered(s.toArray(byte[][]::new)))
                    .as("flag %02x", flag)
                    .containsExactly(these(0), these(1), these(2));
        }
    }

    @Test
    void endsWithAShorterOneAndBeforeALongerOne() {
        List<byte[]> longer = udp(4, SIZE);
        List<byte[]> shorter = udp(4, SIZE - 1);
        assertThat(delivered(longer.get(0), longer.get(1), shorter.get(0), shorter.get(1)))
                .containsExactly(these(0, 1, 2), these(3));
        assertThat(delivered(shorter.get(0), shorter.get(1), longer.get(0), longer.get(1)))
                .containsExactly(these(0, 1), these(2, 3));
    }

    @Test
    void joinsNoMoreThan128() {
        assertThat(delivered(udp(131, 10).toArray(byte[][]::new)))
                .satisfiesExactly(
                        first -> assertThat(first).hasSize(128),
                        second -> assertThat(second).containsExactly(128, 129, 130));
    }

    /** 44 × 1,448 and 52 bytes of headers are 63,764; with the next one they are 65,212, and with one more too many. */
    @Test
    void joinsNoMoreThanAnIpPacketHolds() {
        byte[] whole = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.tcp(1, 2, Transport.ACK, OPTIONS, payload(45 * 1448)))
                .bytes();
        List<byte[]> s = SlowSegmenter.cut(whole, 1448, true);
        byte[] next = s.getLast().clone();
        SlowPacket.put32(next, 24, SlowPacket.i32(next, 24) + 1448);
        SlowPacket.complete(next);
        s.add(next);
        assertThat(delivered(s.toArray(byte[][]::new)))
                .satisfiesExactly(
                        first -> assertThat(first).hasSize(45),
                        second -> assertThat(second).containsExactly(45));
    }

    @Test
    void joinsFragmentablePacketsOnlyWhereIdentificationsCountUp() {
        byte[] whole = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .flagsAndOffset(0)
                .carrying(Transport.udp(1, 2, payload(4 * SIZE)))
                .bytes();
        SlowPacket.put16(whole, 4, 0xfffe);
        List<byte[]> s = SlowSegmenter.cut(whole, SIZE, true);
        assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1, 2, 3));
        SlowPacket.put16(s.get(2), 4, 0xfffe);
        SlowPacket.fixIpv4Checksum(s.get(2));
        assertThat(delivered(s.toArray(byte[][]::new))).containsExactly(these(0, 1), these(2), these(3));
    }

    @Test
    void leavesAWrongChecksumToTheReceiver() {
        for (int wrong = 0; wrong < 4; wrong++) {
            List<byte[]> s = tcp(4);
            s.get(wrong)[60] ^= 1;
            List<List<Integer>> delivered = delivered(s.toArray(byte[][]::new));
            assertThat(delivered).contains(these(wrong));
        }
    }

    @Test
    void leavesUdpWithoutAChecksumAsItIs() {
        byte[] whole = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.udp(1, 2, payload(3 * SIZE)))
                .bytes();
        assertThat(delivered(SlowSegmenter.cut(whole, SIZE, false).toArray(byte[][]::new)))
                .containsExactly(these(0), these(1), these(2));
    }

    @Test
    void endsWithAnAcknowledgmentOfTheSameFlow() {
        List<byte[]> s = tcp(4);
        byte[] ack = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.tcp(1000, 80, Transport.ACK, OPTIONS, new byte[0]))
                .bytes();
        assertThat(delivered(s.get(0), s.get(1), ack, s.get(2), s.get(3)))
                .containsExactly(these(0, 1), these(2), these(3, 4));
    }

    @Test
    void keepsNetworksApart() {
        List<byte[]> s = tcp(4);
        try (var deliveries = new Deliveries(4, 2000)) {
            for (int i = 0; i < 4; i++) {
                deliveries.receive(List.of(s.get(i)));
                deliveries.add(i < 2 ? VNI : OTHER_VNI);
            }
            assertThat(deliveries.deliver()).containsExactly(these(0, 1), these(2, 3));
        }
    }

    @Test
    void forgetsTheLastBatch() {
        List<byte[]> s = tcp(4);
        try (var deliveries = new Deliveries(4, 2000)) {
            deliveries.receive(List.of(s.get(0)));
            deliveries.add(VNI);
            deliveries.receive(List.of(s.get(1)));
            deliveries.coalescer.begin();
            deliveries.add(VNI);
            deliveries.receive(List.of(s.get(2)));
            deliveries.add(VNI);
            assertThat(deliveries.deliver()).containsExactly(these(0), these(1, 2));
        }
    }
}
