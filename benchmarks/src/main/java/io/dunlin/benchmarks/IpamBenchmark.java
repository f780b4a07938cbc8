package io.dunlin.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Pools that are nearly empty, half full and nearly full, with their free numbers at random places. Nanoseconds for a release of one at
 * random and the grant of another, both together, so that the pool stays as full as it is; and for a grant alone, of {@value #BATCH} one after
 * the other, after as many releases that are not counted.
 *
 * <pre>{@code benchmarks/run --long IpamBenchmark}</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IpamBenchmark {
    private static final int BATCH = 512;

    public IpamBenchmark() {}

    /** Some numbers of the pools, at random places, that are free again before each turn. */
    @State(Scope.Thread)
    public static class Freed {
        private IpamPools pools;
        private int first;

        public Freed() {}

        @Setup(Level.Invocation)
        public void release(IpamPools filled) {
            pools = filled;
            first = pools.randomSlot(BATCH);
            for (int slot = first; slot < first + BATCH; slot++) {
                pools.release(slot);
            }
        }

        int grant() {
            for (int slot = first; slot < first + BATCH; slot++) {
                pools.grantAgain(slot);
            }
            return first;
        }
    }

    @Benchmark
    @MayAllocate
    public Object releaseAndGrant(IpamPools pools) {
        int slot = pools.randomSlot(1);
        Object released = pools.release(slot);
        pools.grantAgain(slot);
        return released;
    }

    @Benchmark
    @MayAllocate
    @OperationsPerInvocation(BATCH)
    public int grantAlone(Freed freed) {
        return freed.grant();
    }
}
