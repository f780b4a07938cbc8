package io.dunlin.benchmarks;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.Memory;
import java.util.Random;
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
 * The Internet checksum's partial sum over a batch's memory. Nanoseconds per call; bytes by nanoseconds are GB/s.
 *
 * <pre>{@code benchmarks/run --long ChecksumBenchmark}</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
    /** A batch of one slot with random bytes: shared memory, as packets lie in. */
    @State(Scope.Thread)
    public static class Packet {
        private PacketBatch batch;
        private Memory memory;
        private int at;

        @Setup
        public void fill() {
            batch = new PacketBatch(1, 65_535);
            memory = batch.memory();
            at = batch.nextStart();
            var bytes = new byte[65_535];
            new Random(1).nextBytes(bytes);
            memory.put(at, bytes);
        }

        @TearDown
        public void free() {
            batch.close();
        }
    }

    /** How much is summed. */
    @State(Scope.Thread)
    public static class Length {
        @Param({"20", "64", "1400", "9000", "60000"})
        private int bytes;
    }

    @Benchmark
    public long sum(Packet on, Length length) {
        return InternetChecksum.sum(on.memory, on.at, length.bytes);
    }

    /** What a segment of a TCP super-packet costs: IPv4 header, TCP header with timestamps, and a payload behind them. */
    @Benchmark
    public long segment(Packet on) {
        return InternetChecksum.sum(on.memory, on.at, 20)
                ^ InternetChecksum.sum(on.memory, on.at + 20, 32) + InternetChecksum.sum(on.memory, on.at + 52, 1448);
    }
}
