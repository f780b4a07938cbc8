package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.UdpHeader;
import java.util.Arrays;

/** Any bytes as what an ICMP error quotes, and as a whole packet, both ways: rewritten, passed or dropped, and never made right or wrong. */
class QuotedPacketFuzzTest {
    private static final int MOST = 1400;

    @FuzzTest
    void takesAnyQuote(byte[] data) {
        if (data.length < 2 || data.length > MOST) {
            return;
        }
        var bench = new Bench(1024);
        bench.connect(Bench.CLIENT);
        bench.connect(Bench.CLIENT6);
        bench.out(TestPackets.udp(Bench.CLIENT, new End(Bench.VIP.address(), 53), 5));
        bench.out(TestPackets.ping(Bench.CLIENT6, Bench.VIP6, false, 5));
        byte[] quote = Arrays.copyOfRange(data, 1, data.length);
        boolean ipv4 = (data[0] & 1) == 0;
        End client = ipv4 ? Bench.CLIENT : Bench.CLIENT6;
        End vip = ipv4 ? Bench.VIP : Bench.VIP6;

        byte[] inbound = TestPackets.tooBig(vip.address(), client.address(), quote, 1300);
        check(bench, inbound, bench.in(inbound));
        byte[] outbound = TestPackets.tooBig(client.address(), vip.address(), quote, 1300);
        check(bench, outbound, bench.out(outbound));
        whole(bench, quote);
        bench.batch.close();
    }

    private static void check(Bench bench, byte[] error, Balancer.Verdict verdict) {
        if (verdict == Balancer.Verdict.PASSED) {
            assertThat(bench.bytes()).isEqualTo(error);
        } else if (verdict == Balancer.Verdict.REWRITTEN) {
            TestPackets.assertChecksumsRight(bench.batch, 0);
            assertThat(bench.batch.length(0)).isEqualTo(error.length);
        } else {
            assertThat(bench.batch.isDropped(0)).isTrue();
        }
    }

    private static void whole(Bench bench, byte[] packet) {
        PacketBatch batch = bench.batch;
        batch.clear();
        batch.memory().put(batch.nextStart(), packet);
        int index = batch.append(packet.length);
        IpCheck.check(batch, index);
        if (batch.isDropped(index)) {
            return;
        }
        boolean right = isRight(batch, index);
        Balancer.Verdict verdict = bench.balancer.outbound(batch, index, Bench.VNI, bench.now);
        assertThat(batch.isDropped(index)).isEqualTo(verdict == Balancer.Verdict.DROPPED);
        if (verdict == Balancer.Verdict.REWRITTEN && batch.transport(index) != PacketBatch.NO_TRANSPORT) {
            assertThat(isRight(batch, index)).isEqualTo(right);
        }
    }

    private static boolean isRight(PacketBatch batch, int index) {
        int transport = batch.transport(index);
        if (transport == PacketBatch.NO_TRANSPORT) {
            return false;
        }
        int protocol = batch.protocol(index);
        if (protocol == IpProtocol.UDP && UdpHeader.checksum(batch.memory(), transport) == 0) {
            return false; // there is none
        }
        int bytes = batch.start(index) + batch.length(index) - transport;
        long pseudo = protocol == IpProtocol.ICMP
                ? 0
                : InternetChecksum.pseudoHeader(batch.memory(), batch.start(index), protocol, bytes);
        return InternetChecksum.isRight(pseudo + InternetChecksum.sum(batch.memory(), transport, bytes));
    }
}
