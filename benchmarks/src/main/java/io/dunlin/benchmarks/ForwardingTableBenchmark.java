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
 * The forwarding table at sizes up to a million. Nanoseconds per lookup or change. Each lookup is for another address: at random among
 * all of the table, so that at a million the caches hold next to nothing of what it needs; and, as traffic has more locality than
 * that, among {@value #HOT} of them ({@code hot}).
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

    @Param({"10", "10000", "1000000"})
    private int entries;

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
                edit.putRoute(vni, address(n), route(n));
            }
        });
        present = random.ints(LOOKUPS, 0, entries).map(n -> ipv4(n)).toArray();
        hot = random.ints(LOOKUPS, 0, Math.min(entries, HOT))
                .map(n -> present[n])
                .toArray();
        absent = random.ints(LOOKUPS, entries, 2 * entries).map(n -> ipv4(n)).toArray();
        for (int address : present) {
            if (table.route(VNI, 0, mapped(address)) == null) {
                throw new IllegalStateException("no route to " + Integer.toHexString(address));
            }
        }
    }

    private static int ipv4(int n) {
        return 0x0a00_0000 + n;
    }

    private static long mapped(int ipv4) {
        return IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(ipv4);
    }

    private static IpAddress address(int n) {
        return new IpAddress(0, mapped(ipv4(n)));
    }

    private static Route route(int n) {
        return new Route.Remote(new IpAddress(0, mapped(0xc0a8_0000 + n % VTEPS)), 0x0242_0000_0000L + ipv4(n));
    }

    @Benchmark
    public @Nullable Route hit() {
        next = next + 1 & LOOKUPS - 1;
        return table.route(VNI, 0, mapped(present[next]));
    }

    @Benchmark
    public @Nullable Route hot() {
        next = next + 1 & LOOKUPS - 1;
        return table.route(VNI, 0, mapped(hot[next]));
    }

    @Benchmark
    public @Nullable Route miss() {
        next = next + 1 & LOOKUPS - 1;
        return table.route(VNI, 0, mapped(absent[next]));
    }

    /** One route is put into the table, which becomes a new table. */
    @Benchmark
    @MayAllocate
    public ForwardingTable change() {
        next = next + 1 & LOOKUPS - 1;
        int n = present[next] - ipv4(0);
        return table.with(edit -> edit.putRoute(new Vni(VNI), address(n), route(n + 1)));
    }
}
