package io.dunlin.benchmarks;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The forwarding table at sizes up to a million. Nanoseconds per lookup or change. Each lookup is for another address, at random among
 * all of the table, or, as traffic has more locality than that, among {@value #HOT} of them ({@code hot}). Addresses are those that a
 * pool hands out, one after the other, behind {@value #VTEPS} VTEPs; or the worst there is, scattered over a /64, each endpoint with a
 * MAC address of its own ({@code scattered}).
 *
 * <pre>{@code benchmarks/run --long ForwardingTableBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ForwardingTableBenchmark {
    private static final int VNI = 4096;
    /** Lookups before they repeat. As many at each size, so that reading the keys costs the same. */
    private static final int LOOKUPS = 1 << 20;

    private static final int VTEPS = 1000;
    private static final int HOT = 1000;

    private static final long SUBNET = 0xfd00_0000_0000_0000L;
    /** Odd, so that each number leads to an address of its own. */
    private static final long SCATTER = 0x9E37_79B9_7F4A_7C15L;

    @Param({"10", "10000", "1000000"})
    private int entries;

    @Param({"false", "true"})
    private boolean scattered;

    private ForwardingTable table;
    private int[] present;
    private int[] hot;
    private int[] absent;
    private int next;

    @Setup
    public void fill() {
        var random = new Random(1);
        var vni = new Vni(VNI);
        table = ForwardingTable.empty().with(edit -> {
            for (int n = 0; n < entries; n++) {
                edit.putRoute(vni, address(n), newRoute(n));
            }
        });
        present = random.ints(LOOKUPS, 0, entries).toArray();
        hot = random.ints(LOOKUPS, 0, Math.min(entries, HOT))
                .map(n -> present[n])
                .toArray();
        absent = random.ints(LOOKUPS, entries, 2 * entries).toArray();
        for (int lookups = 0; lookups < LOOKUPS; lookups++) {
            if (lookup(present) == null) {
                throw new IllegalStateException("no route to " + address(present[next]));
            }
        }
    }

    private IpAddress address(int n) {
        return scattered
                ? new IpAddress(SUBNET, n * SCATTER)
                : new IpAddress(0, IpAddress.IPV4_PREFIX | 0x0a00_0000 + n);
    }

    private Route newRoute(int n) {
        var vtep = new IpAddress(0, IpAddress.IPV4_PREFIX | 0xc0a8_0000L + n % VTEPS);
        return scattered ? new Route.Remote(vtep, 0x0200_0000_0000L + n) : new Route.Remote(vtep);
    }

    private @Nullable Route lookup(int[] addresses) {
        next = next + 1 & LOOKUPS - 1;
        int n = addresses[next];
        return scattered
                ? table.route(VNI, SUBNET, n * SCATTER)
                : table.route(VNI, 0, IpAddress.IPV4_PREFIX | 0x0a00_0000 + n);
    }

    @Benchmark
    public @Nullable Route hit() {
        return lookup(present);
    }

    @Benchmark
    public @Nullable Route hot() {
        return lookup(hot);
    }

    @Benchmark
    public @Nullable Route miss() {
        return lookup(absent);
    }

    /** One route is put into the table, which becomes a new table. */
    @Benchmark
    @MayAllocate
    public ForwardingTable change() {
        next = next + 1 & LOOKUPS - 1;
        int n = present[next];
        return table.with(edit -> edit.putRoute(new Vni(VNI), address(n), newRoute(n + 1)));
    }
}
