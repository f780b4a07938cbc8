package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Any datagrams in any order, from VTEPs we know and from strangers: no exception, one end for each, nothing to an endpoint it was not
 * for, and what is delivered is what was in the datagram.
 *
 * <p>An input is a sequence of datagrams: a byte that says how it comes (see {@link #wrap}), two bytes of length, its bytes.
 */
class InboundPathFuzzTest {
    private static final int VNI = 7;
    private static final int OTHER = 8;
    private static final SimulatedUnderlay UNDERLAY = new SimulatedUnderlay(1);
    private static final SimulatedUnderlay.Host HOST = UNDERLAY.host("192.0.2.1");
    private static final SimulatedUnderlay.Host FRIEND = UNDERLAY.host("192.0.2.2");
    private static final IpAddress STRANGER = IpAddress.parse("192.0.2.66");
    private static final Bench BENCH = new Bench(HOST, 2048)
            .network(VNI, 1450)
            .network(OTHER, 1280)
            .local(VNI, "web", "10.0.0.2", "fd00::2")
            .local(OTHER, "red", "10.0.0.2")
            .remote(VNI, "192.0.2.2", "10.0.0.3", "fd00::3")
            .remote(OTHER, "192.0.2.2", "10.0.0.4");

    @FuzzTest
    void eachDatagramHasOneEndAndTheRightOne(byte[] input) {
        var in = ByteBuffer.wrap(input);
        while (in.remaining() >= 3) {
            int how = in.get();
            var bytes = new byte[Math.min(in.getShort() & 0x0fff, in.remaining())];
            in.get(bytes);
            take(how, wrap(how, bytes));
        }
    }

    private static byte[] wrap(int how, byte[] bytes) {
        boolean isPacket = (how & 1) != 0; // in a frame that is right
        boolean isRepaired =
                (how & 2) != 0 && bytes.length >= 20; // with a right checksum, from a friend's endpoint to ours
        if (!isPacket) {
            return bytes;
        }
        if (isRepaired) {
            Repair.addresses(bytes, "10.0.0.3", "10.0.0.2", "fd00::3", "fd00::2");
        }
        int vni = (how & 4) != 0 ? OTHER : VNI;
        boolean ipv6 = bytes.length > 0 && bytes[0] >>> 4 == 6;
        int type = (how & 8) != 0 ? Frames.ARP : ipv6 ? Frames.IPV6 : Frames.IPV4;
        long to = Frames.macOf(ipv6 ? "fd00::2" : "10.0.0.2");
        return Frames.vxlan(vni, Frames.ethernet(to, Frames.macOf("10.0.0.3"), type, bytes));
    }

    private static void take(int how, byte[] datagram) {
        boolean fromStranger = (how & 16) != 0;
        long ends = ends();
        long received = BENCH.count(Counter.UNDERLAY_RECEIVED_PACKETS);
        HOST.deliver(fromStranger ? STRANGER : FRIEND.address(), datagram);
        BENCH.now += 1_000_000;
        BENCH.receive();
        assertThat(BENCH.count(Counter.UNDERLAY_RECEIVED_PACKETS)).isEqualTo(received + 1);
        assertThat(ends()).isEqualTo(ends + 1);

        List<byte[]> web = BENCH.arrived("web");
        List<byte[]> red = BENCH.arrived("red");
        List<byte[]> answers = Bench.takeAll(FRIEND);
        assertThat(web.size() + red.size() + answers.size()).isLessThanOrEqualTo(1);
        if (fromStranger) {
            assertThat(web.size() + red.size() + answers.size()).isZero();
        }
        web.forEach(packet -> judge(packet, datagram, VNI));
        red.forEach(packet -> judge(packet, datagram, OTHER));
        answers.forEach(answer -> assertThat(vni(answer)).isEqualTo(vni(datagram)));
    }

    private static void judge(byte[] packet, byte[] datagram, int vni) {
        assertThat(vni(datagram)).isEqualTo(vni);
        Repair.assertSame(packet, Arrays.copyOfRange(datagram, 22, datagram.length));
        boolean ipv4 = packet[0] >>> 4 == 4;
        byte[] destination = ipv4 ? Arrays.copyOfRange(packet, 16, 20) : Arrays.copyOfRange(packet, 24, 40);
        assertThat(destination).isEqualTo(Repair.bytes(ipv4 ? "10.0.0.2" : "fd00::2"));
        assertThat(packet.length).isLessThanOrEqualTo(vni == VNI ? 1450 : 1280);
    }

    private static int vni(byte[] datagram) {
        return ByteBuffer.wrap(datagram).getInt(4) >>> 8;
    }

    private static long ends() {
        long drops = BENCH.counters.drops().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return drops
                + BENCH.count(Counter.DEVICE_SENT_PACKETS)
                + BENCH.count(Counter.UNDERLAY_SENT_PACKETS)
                - BENCH.count(Counter.TOO_BIG_ANSWERED); // the packet is a drop, its answer is sent
    }
}
