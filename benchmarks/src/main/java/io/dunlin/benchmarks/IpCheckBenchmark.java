package io.dunlin.benchmarks;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The check that each packet passes on either path. Nanoseconds per packet.
 *
 * <pre>{@code benchmarks/run --long IpCheckBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IpCheckBenchmark {
    /** What the packet is: an IP version and a transport protocol. */
    public enum Kind {
        IPV4_UDP,
        IPV4_TCP,
        IPV6_UDP,
        IPV6_TCP;

        private byte[] packet() {
            return switch (this) {
                case IPV4_UDP ->
                    Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(udp()).bytes();
                case IPV4_TCP ->
                    Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(tcp()).bytes();
                case IPV6_UDP ->
                    Ipv6Packet.of("fd00::2", "fd00::3").carrying(udp()).bytes();
                case IPV6_TCP ->
                    Ipv6Packet.of("fd00::2", "fd00::3").carrying(tcp()).bytes();
            };
        }

        private static Transport udp() {
            return Transport.udp(1, 2, new byte[1000]);
        }

        private static Transport tcp() {
            return Transport.tcp(1, 2, Transport.ACK, new byte[0], new byte[1000]);
        }
    }

    @Param
    private Kind kind;

    private PacketBatch batch;

    @Setup
    public void fill() {
        batch = new PacketBatch(1, 65_535);
        Batches.add(batch, kind.packet());
        if (!check()) {
            throw new IllegalStateException(kind + " does not pass: " + batch.dropReason(0));
        }
    }

    @TearDown
    public void free() {
        batch.close();
    }

    @Benchmark
    public boolean check() {
        IpCheck.check(batch, 0);
        return !batch.isDropped(0);
    }
}
