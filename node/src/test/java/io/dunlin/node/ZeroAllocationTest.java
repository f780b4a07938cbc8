package io.dunlin.node;

import static io.dunlin.testkit.Frames.macOf;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.lb.Backend;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServicePort;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.EspRoom;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The data path allocates nothing per packet once it is warm: read from the JVM's own count of the thread's allocated bytes. */
class ZeroAllocationTest {
    /** Got once, as asking for it allocates. */
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int VNI = 7;
    private static final int OUR_SPI = 0x8000_0011;
    private static final int THEIR_SPI = 0x8000_0022;
    private static final int PACKETS = 200_000;
    private static final int BATCH = 32;
    /** Rounds of {@value #PACKETS} packets before one has to be free of allocation: the compiler needs some. */
    private static final int ROUNDS = 10;

    /** A socket that receives the same datagrams over and over, and forgets what it sends. It allocates nothing, so that it can be measured. */
    private static final class Treadmill implements UdpBatchSocket {
        private final Memory memory = Memory.allocate(65_536);
        private final int[] offset = new int[16];
        private final int[] length = new int[16];
        private final IpAddress peer = IpAddress.parse("192.0.2.2");
        private int kinds;
        private int next;
        /** What datagrams are sealed by, each anew, if at all. */
        private @Nullable EspSeal seal;

        void add(byte[] datagram) {
            offset[kinds] = kinds * 2048;
            length[kinds] = datagram.length;
            memory.put(offset[kinds], datagram);
            kinds++;
        }

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(4789);
        }

        @Override
        public String kind() {
            return "treadmill";
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void signalTo(Signal signal) {}

        @Override
        public int receive(PacketBatch batch) {
            for (int i = 0; i < BATCH; i++) {
                next = next + 1 == kinds ? 0 : next + 1;
                int start = batch.nextStart();
                int before = seal == null ? 0 : EspRoom.BEFORE;
                memory.copyTo(batch.memory(), offset[next], start + before, length[next]);
                int bytes = seal == null ? length[next] : seal(seal, batch.memory(), start, length[next]);
                batch.setPeer(batch.append(bytes), peer.high(), peer.low());
            }
            return BATCH;
        }

        private static int seal(EspSeal seal, Memory memory, int start, int frame) {
            int payload = UdpHeader.LENGTH + frame;
            UdpHeader.writeUnsummed(memory, start + EspRoom.BEFORE - UdpHeader.LENGTH, 50_000, 4789, payload);
            seal.seal(memory, start + EspHeader.LENGTH, payload, start, seal.take(1), IpProtocol.UDP);
            return EspSeal.sealedLength(payload);
        }

        @Override
        public void send(PacketBatch batch, int from, int to) {}

        @Override
        public void close() {}
    }

    private interface Round {
        /** Takes some packets through a path, and measures what that alone allocates. */
        long bytes();
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /** What the least of several rounds allocates: later ones run compiled code. */
    private static long leastOf(Round round) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS && least > 0; i++) {
            long bytes = 0;
            for (int packets = 0; packets < PACKETS; packets += BATCH) {
                bytes += round.bytes();
            }
            least = Math.min(least, bytes);
        }
        return least;
    }

    private static long inbound(List<byte[]> datagrams) {
        return inbound(datagrams, false);
    }

    private static long inbound(List<byte[]> datagrams, boolean isEncrypted) {
        var socket = new Treadmill();
        datagrams.forEach(socket::add);
        if (isEncrypted) {
            socket.seal = new EspSeal(Associations.outbound(THEIR_SPI), Associations.fastest());
        }
        try (var bench = bench(socket, isEncrypted)) {
            var into = ByteBuffer.allocate(2048);
            long least = leastOf(() -> {
                long before = allocated();
                try {
                    bench.inbound.run(bench.table, null, bench.now += 1_000_000);
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                long bytes = allocated() - before;
                while (bench.device("web").read(into.clear()) > 0) {
                    // the endpoint keeps up
                }
                return bytes;
            });
            lastBenchDrops = bench.counters.drops().keySet().toString();
            assertThat(bench.count(Counter.UNDERLAY_RECEIVED_PACKETS)).isGreaterThanOrEqualTo(PACKETS);
            assertThat(bench.counters.get(DropReason.DEVICE_FULL)).isZero();
            lastBenchAnswers = bench.count(Counter.NAMES_ANSWERED);
            return least;
        }
    }

    private static String lastBenchDrops = "";

    /** Names that the bench measured last answered. */
    private static long lastBenchAnswers;

    private static Bench bench(UdpBatchSocket socket, boolean isEncrypted) {
        var bench = new Bench(socket, 2048)
                .network(VNI, 1408, isEncrypted)
                .local(VNI, "web", "10.0.0.2", "fd00::2")
                .local(VNI, "app", "10.0.0.4")
                .remote(VNI, "192.0.2.2", "10.0.0.3", "fd00::3");
        bench.esp.adopt(Associations.with("192.0.2.2", OUR_SPI, THEIR_SPI), Associations.fastest());
        return bench;
    }

    private static long outbound(List<byte[]> packets) {
        return outbound(packets, false);
    }

    private static long outbound(List<byte[]> packets, boolean isEncrypted) {
        try (var bench = bench(new Treadmill(), isEncrypted)) {
            var buffers = packets.stream().map(ByteBuffer::wrap).toList();
            var into = ByteBuffer.allocate(2048);
            long least = leastOf(() -> {
                for (int i = 0; i < BATCH; i++) {
                    bench.device("web").write(buffers.get(i % buffers.size()).rewind());
                }
                long before = allocated();
                try {
                    bench.outbound.run(bench.device("web"), VNI, bench.table, null, bench.now += 1_000_000);
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                long bytes = allocated() - before;
                while (bench.device("app").read(into.clear()) > 0
                        || bench.device("web").read(into.clear()) > 0) {
                    // the endpoints keep up
                }
                return bytes;
            });
            assertThat(bench.count(Counter.DEVICE_RECEIVED_PACKETS)).isGreaterThanOrEqualTo(PACKETS);
            assertThat(bench.counters.get(DropReason.DEVICE_FULL)).isZero();
            lastBenchAnswers = bench.count(Counter.NAMES_ANSWERED);
            return least;
        }
    }

    @Test
    void balancingAllocatesNothing() {
        byte[] toVip = Ipv4Packet.of("10.0.0.2", "10.0.0.80")
                .carrying(Transport.udp(1000, 53, payload(100)))
                .bytes();
        byte[] answer = datagram(Ipv4Packet.of("10.0.0.3", "10.0.0.2")
                .carrying(Transport.udp(53, 1000, payload(100)))
                .bytes());
        byte[] refused = Ipv4Packet.of("10.0.0.2", "10.0.0.80")
                .carrying(Transport.tcp(1, 81, Transport.SYN, Frames.bytes(), Frames.bytes()))
                .bytes();
        var socket = new Treadmill();
        socket.add(answer);
        try (var bench = bench(socket, false)) {
            bench.services.networks().add(VNI);
            bench.services
                    .table()
                    .setRelease(bench.services
                            .table()
                            .getPlain()
                            .with(edit -> edit.putService(Service.named(new Vni(VNI), "dns")
                                    .vip("10.0.0.80")
                                    .port(ServicePort.udp(53))
                                    .backend(Backend.of("db", "east", IpAddress.parse("10.0.0.3"))))));
            var packets = List.of(ByteBuffer.wrap(toVip), ByteBuffer.wrap(refused));
            var into = ByteBuffer.allocate(2048);
            long least = leastOf(() -> {
                for (int i = 0; i < BATCH; i++) {
                    bench.device("web").write(packets.get(i % 2).rewind());
                }
                long before = allocated();
                try {
                    bench.outbound.run(bench.device("web"), VNI, bench.table, null, bench.now += 1_000_000);
                    bench.inbound.run(bench.table, null, bench.now);
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                long bytes = allocated() - before;
                while (bench.device("web").read(into.clear()) > 0) {
                    // the endpoint keeps up
                }
                return bytes;
            });
            assertThat(bench.services.flows().settled())
                    .as("answers were answers")
                    .isOne();
            assertThat(bench.counters.get(DropReason.SERVICE_UNAVAILABLE)).isPositive();
            assertThat(bench.counters.get(DropReason.DEVICE_FULL)).isZero();
            assertThat(least).isZero();
        }
    }

    private static byte[] datagram(byte[] packet) {
        return Frames.vxlan(VNI, Frames.ethernet(macOf("10.0.0.2"), macOf("10.0.0.3"), packet));
    }

    private static Ipv4Packet in() {
        return Ipv4Packet.of("10.0.0.3", "10.0.0.2").carrying(Transport.udp(1, 2, payload(1000)));
    }

    private static Ipv4Packet out() {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(Transport.udp(1, 2, payload(1000)));
    }

    @Test
    void theMeasureSeesAnAllocation() {
        var kept = new Object[1];
        assertThat(leastOf(() -> {
                    long before = allocated();
                    kept[0] = new byte[100];
                    return allocated() - before;
                }))
                .isGreaterThanOrEqualTo(100L * PACKETS / BATCH);
        assertThat(kept[0]).isNotNull();
    }

    @Test
    void forwardingFromTheUnderlayAllocatesNothing() {
        byte[] ipv6 = Ipv6Packet.of("fd00::3", "fd00::2")
                .carrying(Transport.udp(1, 2, payload(1000)))
                .bytes();
        byte[] syn = in().carrying(Transport.tcp(1, 2, Transport.SYN, Frames.bytes(2, 4, 35, 40), new byte[0]))
                .bytes();
        byte[] frame6 = Frames.vxlan(VNI, Frames.ethernet(macOf("fd00::2"), macOf("fd00::3"), ipv6));
        assertThat(inbound(List.of(datagram(in().bytes()), frame6, datagram(syn))))
                .isZero();
        assertThat(lastBenchDrops).isEqualTo("[]");
    }

    @Test
    void forwardingToTheUnderlayAllocatesNothing() {
        byte[] ipv6 = Ipv6Packet.of("fd00::2", "fd00::3")
                .carrying(Transport.udp(1, 2, payload(1000)))
                .bytes();
        byte[] toApp = Ipv4Packet.of("10.0.0.2", "10.0.0.4")
                .carrying(Transport.udp(1, 2, payload(100)))
                .bytes();
        assertThat(outbound(List.of(out().bytes(), ipv6, toApp))).isZero();
    }

    private static void assumeNativeEngine() {
        String name = Associations.fastest().name();
        Assumptions.assumeFalse(name.startsWith("JDK"), "no native engine here, and " + name + " allocates");
    }

    @Test
    void openingAllocatesNothing() {
        assumeNativeEngine();
        byte[] arp = Frames.arp(1, macOf("10.0.0.3"), "10.0.0.3", 0, "10.0.0.2");
        assertThat(inbound(
                        List.of(
                                datagram(in().bytes()),
                                Frames.vxlan(
                                        VNI, Frames.ethernet(Frames.BROADCAST, macOf("10.0.0.3"), Frames.ARP, arp)),
                                datagram(in().carrying(Transport.udp(1, 2, payload(1450)))
                                        .bytes())),
                        true))
                .isZero();
        assertThat(lastBenchDrops).isEqualTo("[TOO_BIG]");
    }

    @Test
    void sealingAllocatesNothing() {
        assumeNativeEngine();
        byte[] small = out().carrying(Transport.udp(1, 2, payload(18))).bytes();
        assertThat(outbound(List.of(out().bytes(), small), true)).isZero();
    }

    @Test
    void holdingBackAllocatesNothing() {
        assumeNativeEngine();
        var associations = Associations.with("192.0.2.2", OUR_SPI, THEIR_SPI);
        try (var bench = bench(new Treadmill(), true)) {
            var packet = ByteBuffer.wrap(out().bytes());
            long least = leastOf(() -> {
                bench.esp.adopt(SecurityAssociations.NONE, Associations.fastest());
                for (int i = 0; i < BATCH; i++) {
                    bench.device("web").write(packet.rewind());
                }
                long before = allocated();
                try {
                    bench.outbound.run(bench.device("web"), VNI, bench.table, null, bench.now);
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                long bytes = allocated() - before;
                boolean isInTime = bench.now++ % 2 == 0;
                if (isInTime) {
                    bench.esp.adopt(associations, Associations.fastest());
                }
                before = allocated();
                bench.outbound.sendHeld(isInTime ? bench.now : bench.now + HeldPackets.MAX_AGE_NANOS);
                return bytes + allocated() - before;
            });
            assertThat(bench.count(Counter.ESP_HELD_BACK)).isGreaterThanOrEqualTo(PACKETS);
            assertThat(bench.count(Counter.ESP_SEALED)).isGreaterThanOrEqualTo(PACKETS / 2);
            assertThat(bench.counters.get(DropReason.NO_SECURITY_ASSOCIATION)).isGreaterThanOrEqualTo(PACKETS / 2);
            assertThat(least).isZero();
        }
    }

    @Test
    void answersAllocateNothing() {
        byte[] arp = Frames.arp(1, macOf("10.0.0.3"), "10.0.0.3", 0, "10.0.0.2");
        byte[] solicitation = Ipv6Packet.of("fd00::3", "fd00::2")
                .hopLimit(255)
                .carrying(Frames.solicitation("fd00::2", new byte[0]))
                .bytes();
        assertThat(inbound(List.of(
                        Frames.vxlan(VNI, Frames.ethernet(Frames.BROADCAST, macOf("10.0.0.3"), Frames.ARP, arp)),
                        datagram(solicitation),
                        datagram(in().carrying(Transport.udp(1, 2, payload(1500)))
                                .bytes()))))
                .isZero();
        byte[] echo = Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                .carrying(Transport.icmp(8, 0, 1, payload(56)))
                .bytes();
        assertThat(outbound(List.of(
                        echo, out().carrying(Transport.udp(1, 2, payload(1500))).bytes())))
                .isZero();
    }

    @Test
    void namesThatTheNetworkKnowsAllocateNothing() {
        byte[] udp = Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                .carrying(Transport.udp(40_000, 53, query("named", Type.A)))
                .bytes();
        byte[] udp6 = Ipv6Packet.of("fd00::2", "fd00::1")
                .carrying(Transport.udp(40_000, 53, query("named.bench", Type.AAAA)))
                .bytes();
        assertThat(outbound(List.of(udp, udp6))).isZero();
        assertThat(lastBenchAnswers).isGreaterThanOrEqualTo(PACKETS);
    }

    private static byte[] query(String name, int type) {
        return Message.newQuery(Record.newRecord(Name.fromConstantString(name + "."), type, DClass.IN))
                .toWire();
    }

    @Test
    void dropsAllocateNothing() {
        assertThat(inbound(List.of(
                        new byte[3],
                        Frames.vxlan(99, new byte[60]),
                        Frames.vxlan(VNI, new byte[60]),
                        datagram(in().checksum(1).bytes()),
                        datagram(Ipv4Packet.of("10.0.0.9", "10.0.0.2").bytes()),
                        datagram(Ipv4Packet.of("10.0.0.3", "10.0.0.77").bytes()))))
                .isZero();
        assertThat(outbound(List.of(
                        new byte[1],
                        out().ttl(0).bytes(),
                        Ipv4Packet.of("10.0.0.9", "10.0.0.2").bytes(),
                        Ipv4Packet.of("10.0.0.2", "10.0.0.255").bytes(),
                        Ipv4Packet.of("10.0.0.2", "10.0.0.77").bytes())))
                .isZero();
    }
}
