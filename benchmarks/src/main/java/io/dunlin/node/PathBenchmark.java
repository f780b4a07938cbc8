package io.dunlin.node;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Both paths without system calls: UDP packets of 1,000 bytes between an endpoint and one behind another VTEP, one at a time and in batches
 * of {@value #BATCH}. Nanoseconds per packet.
 *
 * <pre>{@code benchmarks/run --long PathBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PathBenchmark {
    private static final int BATCH = 64;
    private static final int VNI = 4096;
    private static final IpAddress VTEP = IpAddress.parse("192.0.2.2");

    /** The inner packet's IP version. */
    public enum Version {
        IPV4("10.0.0.2", "10.0.0.3"),
        IPV6("fd00::2", "fd00::3");

        private final String here;
        private final String there;

        Version(String here, String there) {
            this.here = here;
            this.there = there;
        }

        private byte[] packet(String source, String destination) {
            var payload = Transport.udp(1, 2, Frames.payload(1000));
            return this == IPV4
                    ? Ipv4Packet.of(source, destination).carrying(payload).bytes()
                    : Ipv6Packet.of(source, destination).carrying(payload).bytes();
        }
    }

    @Param
    private Version version;

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
        long hereMac = Frames.macOf(version.here);
        long thereMac = Frames.macOf(version.there);
        device = new ReplayDevice(version.packet(version.here, version.there));
        byte[] datagram =
                Frames.vxlan(VNI, Frames.ethernet(hereMac, thereMac, version.packet(version.there, version.here)));
        socket = new ReplaySocket(datagram, datagram.length, VTEP);
        outboundBatch = new PacketBatch(BATCH, 65_535);
        inboundBatch = new PacketBatch(BATCH, 65_535);
        var esp = new EspContexts();
        var counters = new Counters();
        var limit = new IcmpErrorLimit();
        var services = new ServiceStage(ServiceFlows.none(), counters, limit);
        outbound = new OutboundPath(outboundBatch, 0, socket, esp, services, counters, limit, null);
        inbound = new InboundPath(inboundBatch, 0, socket, esp, services, counters, limit);
        table = ForwardingTable.empty().with(edit -> {
            var vni = new Vni(VNI);
            edit.putNetwork(new ForwardingTable.Network(vni, 1450, false, null, null));
            edit.putRoute(vni, IpAddress.parse(version.here), new Route.Local(device, hereMac));
            edit.putRoute(vni, IpAddress.parse(version.there), new Route.Remote(VTEP));
        });
        outboundBatch();
        inboundBatch();
        if (counters.get(Counter.UNDERLAY_SENT_PACKETS) != BATCH
                || counters.get(Counter.DEVICE_SENT_PACKETS) != BATCH) {
            throw new IllegalStateException("not all packets pass: " + counters.drops());
        }
    }

    @TearDown
    public void free() {
        outboundBatch.close();
        inboundBatch.close();
    }

    @Benchmark
    public int outboundOne() throws IOException {
        return outbound(1);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int outboundBatch() throws IOException {
        return outbound(BATCH);
    }

    private int outbound(int packets) throws IOException {
        device.waiting = packets;
        return outbound.run(device, VNI, table, null, nowNanos++);
    }

    @Benchmark
    public int inboundOne() throws IOException {
        return inbound(1);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int inboundBatch() throws IOException {
        return inbound(BATCH);
    }

    private int inbound(int datagrams) throws IOException {
        socket.waiting = datagrams;
        return inbound.run(table, null, nowNanos++);
    }
}
