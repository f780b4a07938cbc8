package io.dunlin.node;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Both paths without system calls, for bulk: a TCP super-packet of {@value #SEGMENTS} segments of {@value #SEGMENT} bytes leaves cut, and
 * arrives as one receive of as many datagrams, which are joined. Nanoseconds per super-packet.
 *
 * <pre>{@code benchmarks/run --long SuperPacketPathBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SuperPacketPathBenchmark {
    private static final int SEGMENTS = 44;
    private static final int SEGMENT = 1398;
    private static final int VNI = 4096;
    private static final String HERE = "10.0.0.2";
    private static final String THERE = "10.0.0.3";
    private static final IpAddress VTEP = IpAddress.parse("192.0.2.2");
    private static final byte[] TIMESTAMPS = Frames.bytes(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
    private static final int IP_HEADER = 20;
    private static final int SEQUENCE = 4;

    private PacketBatch outboundBatch;
    private PacketBatch inboundBatch;
    private ReplayDevice device;
    private ReplaySocket socket;
    private OutboundPath outbound;
    private InboundPath inbound;
    private ForwardingTable table;
    private long nowNanos;

    @Setup
    public void build() throws IOException {
        long hereMac = Frames.macOf(HERE);
        long thereMac = Frames.macOf(THERE);
        device = new ReplayDevice(packet(HERE, THERE, 0, SEGMENTS * SEGMENT), SEGMENT, IP_HEADER);
        byte[] first = Frames.vxlan(VNI, Frames.ethernet(hereMac, thereMac, packet(THERE, HERE, 0, SEGMENT)));
        var datagrams = ByteBuffer.allocate(SEGMENTS * first.length);
        for (int k = 0; k < SEGMENTS; k++) {
            byte[] packet = packet(THERE, HERE, k * SEGMENT, SEGMENT);
            datagrams.put(Frames.vxlan(VNI, Frames.ethernet(hereMac, thereMac, packet)));
        }
        socket = new ReplaySocket(datagrams.array(), first.length, VTEP);
        outboundBatch = new PacketBatch(1, 65_535);
        inboundBatch = new PacketBatch(1, 65_535);
        var esp = new EspContexts();
        var counters = new Counters();
        var limit = new IcmpErrorLimit();
        var services = new ServiceStage(ServiceFlows.none(), counters, limit);
        outbound = new OutboundPath(outboundBatch, 0, socket, esp, services, counters, limit, null);
        inbound = new InboundPath(inboundBatch, 0, socket, esp, services, counters, limit);
        table = ForwardingTable.empty().with(edit -> {
            var vni = new Vni(VNI);
            edit.putNetwork(new ForwardingTable.Network(vni, 1450, false, null, null));
            edit.putRoute(vni, IpAddress.parse(HERE), new Route.Local(device, hereMac));
            edit.putRoute(vni, IpAddress.parse(THERE), new Route.Remote(VTEP));
        });
        outboundSuperPacket();
        inboundSuperPacket();
        if (counters.get(Counter.SEGMENTS_CUT) != SEGMENTS
                || counters.get(Counter.SEGMENTS_JOINED) != SEGMENTS
                || counters.get(Counter.DEVICE_SENT_PACKETS) != 1) {
            throw new IllegalStateException("it does not pass whole: " + counters.counts() + counters.drops());
        }
    }

    private static byte[] packet(String from, String to, int sequence, int payload) {
        var tcp = Transport.tcp(1, 2, Transport.ACK, TIMESTAMPS, Frames.payload(payload))
                .with(SEQUENCE, sequence >>> 24)
                .with(SEQUENCE + 1, sequence >>> 16 & 0xff)
                .with(SEQUENCE + 2, sequence >>> 8 & 0xff)
                .with(SEQUENCE + 3, sequence & 0xff);
        return Ipv4Packet.of(from, to).carrying(tcp).bytes();
    }

    @TearDown
    public void free() {
        outboundBatch.close();
        inboundBatch.close();
    }

    @Benchmark
    public int outboundSuperPacket() throws IOException {
        device.waiting = 1;
        return outbound.run(device, VNI, table, null, nowNanos++);
    }

    @Benchmark
    public int inboundSuperPacket() throws IOException {
        socket.waiting = 1;
        return inbound.run(table, null, nowNanos++);
    }
}
