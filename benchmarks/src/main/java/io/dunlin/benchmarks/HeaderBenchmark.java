package io.dunlin.benchmarks;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.VxlanEncap;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.VxlanHeader;
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
 * Headers written into a batch's memory; the IPv4 header with its checksum. Nanoseconds per header. The outer UDP header is the kernel's.
 *
 * <pre>{@code benchmarks/run --long HeaderBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeaderBenchmark {
    private PacketBatch batch;
    private Memory memory;
    private int at;

    // not constants to the compiler
    private int vni = 4096;
    private int source = 0x0a00_0002;
    private int destination = 0x0a00_0003;
    private long sourceHigh = 0xfd00L << 48;
    private long sourceMac = 0x0242_0a00_0002L;
    private long destinationMac = 0x0242_0a00_0003L;

    @Setup
    public void fill() {
        batch = new PacketBatch(1, 65_535);
        memory = batch.memory();
        at = batch.start(Batches.add(
                batch,
                Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                        .carrying(Transport.udp(1, 2, new byte[1400]))
                        .bytes()));
    }

    @TearDown
    public void free() {
        batch.close();
    }

    @Benchmark
    public void ethernet() {
        EthernetHeader.write(memory, at, destinationMac, sourceMac, EthernetHeader.TYPE_IPV4);
    }

    @Benchmark
    public void vxlan() {
        VxlanHeader.write(memory, at, vni);
    }

    @Benchmark
    public void ipv4() {
        Ipv4Header.write(memory, at, 1428, 64, IpProtocol.UDP, source, destination);
    }

    @Benchmark
    public void ipv6() {
        Ipv6Header.write(memory, at, 1408, IpProtocol.UDP, 64, sourceHigh, source, sourceHigh, destination);
    }

    /** Both headers before a packet, and off again. */
    @Benchmark
    public void encap() {
        VxlanEncap.encap(batch, 0, vni, sourceMac, destinationMac);
        batch.strip(0, VxlanEncap.OVERHEAD);
    }
}
