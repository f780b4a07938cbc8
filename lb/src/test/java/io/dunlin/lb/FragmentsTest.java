package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.DROPPED;
import static io.dunlin.lb.Balancer.Verdict.PASSED;
import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static io.dunlin.lb.Bench.CLIENT;
import static io.dunlin.lb.Bench.CLIENT6;
import static io.dunlin.lb.Bench.VIP;
import static io.dunlin.lb.Bench.VIP6;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Extension;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Datagrams of 1,008 bytes in two fragments, of 808 and of 200. */
class FragmentsTest {
    private static final End DNS = new End(VIP.address(), 53);
    private static final End DNS6 = new End(VIP6.address(), 53);
    private static final int CUT = 808;

    private final Bench bench = new Bench();

    @Test
    void laterFragmentsFollowTheFirst() {
        byte[] whole = TestPackets.udp(CLIENT, DNS, 1000);
        assertThat(bench.out(fragment(whole, 7, true))).isEqualTo(REWRITTEN);
        byte[] first = bench.bytes();
        assertThat(bench.out(fragment(whole, 7, false))).isEqualTo(REWRITTEN);
        byte[] second = bench.bytes();
        assertThat(Ipv4Header.isChecksumRight(Memory.of(second), 0, Ipv4Header.LENGTH))
                .isTrue();
        assertThat(reassembled(first, second, Ipv4Header.LENGTH))
                .isEqualTo(transport(TestPackets.udp(CLIENT, Bench.backendEnd(1, 53), 1000), Ipv4Header.LENGTH));
        assertThat(Memory.of(second).i32(Ipv4Header.DESTINATION))
                .isEqualTo(Bench.backendEnd(1, 53).address().lowInt());
    }

    @Test
    void answersInFragmentsComeBackAsFromTheVip() {
        bench.out(TestPackets.udp(CLIENT, DNS, 30));
        End backend = bench.destination();
        byte[] whole = TestPackets.udp(backend, CLIENT, 1000);
        assertThat(bench.in(fragment(whole, 9, true))).isEqualTo(REWRITTEN);
        byte[] first = bench.bytes();
        assertThat(bench.in(fragment(whole, 9, false))).isEqualTo(REWRITTEN);
        assertThat(Memory.of(bench.bytes()).i32(Ipv4Header.SOURCE))
                .isEqualTo(VIP.address().lowInt());
        assertThat(reassembled(first, bench.bytes(), Ipv4Header.LENGTH))
                .isEqualTo(transport(TestPackets.udp(DNS, CLIENT, 1000), Ipv4Header.LENGTH));
    }

    @Test
    void doesTheSameForIpv6() {
        byte[] whole = TestPackets.udp(CLIENT6, DNS6, 1000);
        assertThat(bench.out(fragment6(whole, 7, true))).isEqualTo(REWRITTEN);
        byte[] first = bench.bytes();
        assertThat(bench.out(fragment6(whole, 7, false))).isEqualTo(REWRITTEN);
        int header = Ipv6Header.LENGTH + Ipv6Extension.LENGTH;
        var backend = End.of("fd00::11", 53);
        assertThat(reassembled(first, bench.bytes(), header))
                .isEqualTo(transport(TestPackets.udp(CLIENT6, backend, 1000), Ipv6Header.LENGTH));
        assertThat(Ipv6Header.destinationLow(Memory.of(bench.bytes()), 0))
                .isEqualTo(backend.address().low());
    }

    @Test
    void dropsAFragmentToTheVipWhoseFirstHasNotCome() {
        byte[] whole = TestPackets.udp(CLIENT, DNS, 1000);
        assertThat(bench.out(fragment(whole, 7, false))).isEqualTo(DROPPED);
        assertThat(bench.batch.dropReason(0)).isEqualTo(DropReason.SERVICE_FRAGMENT);
        bench.out(fragment(whole, 7, true));
        assertThat(bench.out(fragment(whole, 8, false))).isEqualTo(DROPPED);
        bench.pass(Duration.ofSeconds(61));
        assertThat(bench.out(fragment(whole, 7, false))).isEqualTo(DROPPED);
    }

    @Test
    void leavesFragmentsOfOthersAlone() {
        bench.out(fragment(TestPackets.udp(CLIENT, DNS, 1000), 7, true));
        byte[] foreign = fragment(TestPackets.udp(Bench.backendEnd(1, 9), CLIENT, 1000), 7, false);
        assertThat(bench.in(foreign)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(foreign);
    }

    @Test
    void remembersTheYoungestOfTooMany() {
        byte[] last = {};
        for (int id = 1; id <= 5000; id++) {
            last = TestPackets.udp(new End(IpAddress.ofIpv4(0x0a10_0000 + id), 5), DNS, 1000);
            bench.out(fragment(last, id, true));
            bench.now++;
        }
        assertThat(bench.out(fragment(last, 5000, false))).isEqualTo(REWRITTEN);
    }

    private static byte[] fragment(byte[] whole, int identification, boolean first) {
        byte[] body = transport(whole, Ipv4Header.LENGTH);
        byte[] part = first ? Arrays.copyOf(body, CUT) : Arrays.copyOfRange(body, CUT, body.length);
        var packet = Memory.of(new byte[Ipv4Header.LENGTH + part.length]);
        packet.put(0, whole, 0, Ipv4Header.LENGTH);
        packet.put(Ipv4Header.LENGTH, part);
        packet.u16(Ipv4Header.TOTAL_LENGTH, packet.size());
        packet.u16(Ipv4Header.IDENTIFICATION, identification);
        packet.u16(Ipv4Header.FRAGMENT, first ? Ipv4Header.MORE_FRAGMENTS : CUT >> 3);
        packet.u16(Ipv4Header.CHECKSUM, 0);
        packet.u16(Ipv4Header.CHECKSUM, InternetChecksum.finish(InternetChecksum.sum(packet, 0, Ipv4Header.LENGTH)));
        return packet.toArray();
    }

    private static byte[] fragment6(byte[] whole, int identification, boolean first) {
        byte[] body = transport(whole, Ipv6Header.LENGTH);
        byte[] part = first ? Arrays.copyOf(body, CUT) : Arrays.copyOfRange(body, CUT, body.length);
        var packet = Memory.of(new byte[Ipv6Header.LENGTH + Ipv6Extension.LENGTH + part.length]);
        packet.put(0, whole, 0, Ipv6Header.LENGTH);
        packet.u8(Ipv6Header.NEXT_HEADER, Ipv6Extension.FRAGMENT);
        Ipv6Header.setPayloadLength(packet, 0, Ipv6Extension.LENGTH + part.length);
        packet.u8(Ipv6Header.LENGTH, IpProtocol.UDP);
        packet.u16(Ipv6Header.LENGTH + 2, first ? 1 : CUT);
        packet.i32(Ipv6Header.LENGTH + 4, identification);
        packet.put(Ipv6Header.LENGTH + Ipv6Extension.LENGTH, part);
        return packet.toArray();
    }

    private static byte[] transport(byte[] packet, int header) {
        return Arrays.copyOfRange(packet, header, packet.length);
    }

    private static byte[] reassembled(byte[] first, byte[] second, int header) {
        byte[] whole = Arrays.copyOf(transport(first, header), first.length + second.length - 2 * header);
        System.arraycopy(second, header, whole, first.length - header, second.length - header);
        return whole;
    }
}
