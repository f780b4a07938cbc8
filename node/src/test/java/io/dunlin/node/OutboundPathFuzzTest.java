package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.vxlan.packet.Counter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Any packets from an endpoint: no exception, one end for each, nothing leaves under another's address or into another network, and what
 * leaves is what was written.
 *
 * <p>An input is a sequence of packets: a byte that says how it comes, two bytes of length, its bytes.
 */
class OutboundPathFuzzTest {
    private static final int VNI = 7;
    private static final SimulatedUnderlay UNDERLAY = new SimulatedUnderlay(1);
    private static final SimulatedUnderlay.Host PEER = UNDERLAY.host("192.0.2.2");
    private static final Bench BENCH = new Bench(UNDERLAY.host("192.0.2.1"))
            .network(VNI, 1450)
            .network(8, 1450)
            .local(VNI, "web", "10.0.0.2", "fd00::2")
            .local(VNI, "app", "10.0.0.4", "fd00::4")
            .local(8, "red", "10.0.0.4", "fd00::4")
            .remote(VNI, "192.0.2.2", "10.0.0.3", "fd00::3");

    @FuzzTest
    void eachPacketHasOneEndAndTheRightOne(byte[] input) {
        var in = ByteBuffer.wrap(input);
        while (in.remaining() >= 3) {
            int how = in.get();
            var packet = new byte[Math.min(in.getShort() & 0x0fff, in.remaining())];
            in.get(packet);
            if ((how & 1) != 0 && packet.length >= 20) {
                String host = (how & 2) != 0 ? "4" : (how & 4) != 0 ? "1" : "3";
                Repair.addresses(packet, "10.0.0.2", "10.0.0." + host, "fd00::2", "fd00::" + host);
            }
            take(packet);
        }
    }

    private static void take(byte[] packet) {
        long ends = ends();
        BENCH.now += 1_000_000;
        long ofStreams = BENCH.count(Counter.NAMES_OVER_TCP);
        BENCH.send("web", VNI, packet);
        boolean isUsedUp = ends() == ends && (BENCH.count(Counter.NAMES_OVER_TCP) > ofStreams || !BENCH.late.isEmpty());
        assertThat(isUsedUp || ends() == ends + 1).as("one end").isTrue();
        BENCH.late.forEach(answer -> BENCH.outbound.sendLate(answer, BENCH.table));
        BENCH.late.clear();
        assertThat(BENCH.arrived("red")).isEmpty();
        List<byte[]> sent = Bench.takeAll(PEER);
        List<byte[]> app = BENCH.arrived("app");
        List<byte[]> answers = BENCH.arrived("web");
        assertThat(sent.size() + app.size() + answers.size()).isLessThanOrEqualTo(1);
        for (byte[] datagram : sent) {
            assertThat(ByteBuffer.wrap(datagram).getInt(0)).isEqualTo(0x0800_0000);
            assertThat(ByteBuffer.wrap(datagram).getInt(4)).isEqualTo(VNI << 8);
            judge(Arrays.copyOfRange(datagram, 22, datagram.length), packet, "10.0.0.3", "fd00::3");
        }
        app.forEach(arrived -> judge(arrived, packet, "10.0.0.4", "fd00::4"));
        // An answer of the node's own, or a packet that web sent to itself.
        answers.forEach(answer -> {
            boolean ipv4 = answer[0] >>> 4 == 4;
            byte[] to = ipv4 ? Arrays.copyOfRange(answer, 16, 20) : Arrays.copyOfRange(answer, 24, 40);
            assertThat(to).isEqualTo(Repair.bytes(ipv4 ? "10.0.0.2" : "fd00::2"));
        });
    }

    private static void judge(byte[] inner, byte[] written, String to4, String to6) {
        Repair.assertSame(inner, written);
        assertThat(inner.length).isLessThanOrEqualTo(1450);
        boolean ipv4 = inner[0] >>> 4 == 4;
        byte[] from = ipv4 ? Arrays.copyOfRange(inner, 12, 16) : Arrays.copyOfRange(inner, 8, 24);
        byte[] to = ipv4 ? Arrays.copyOfRange(inner, 16, 20) : Arrays.copyOfRange(inner, 24, 40);
        assertThat(from).isEqualTo(Repair.bytes(ipv4 ? "10.0.0.2" : "fd00::2"));
        assertThat(to).isEqualTo(Repair.bytes(ipv4 ? to4 : to6));
    }

    private static long ends() {
        long drops = BENCH.counters.drops().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return drops
                + BENCH.count(Counter.DEVICE_SENT_PACKETS)
                + BENCH.count(Counter.UNDERLAY_SENT_PACKETS)
                - BENCH.count(Counter.TOO_BIG_ANSWERED);
    }
}
