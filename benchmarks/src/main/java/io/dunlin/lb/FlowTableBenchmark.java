package io.dunlin.lb;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dunlin.benchmarks.MayAllocate;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The flow table with up to a million flows, and Caffeine in its place. Nanoseconds per lookup, of another flow each time, at random among
 * all; as the data path does it, locking the flow's part and stamping the flow. One by one, and in batches that are announced first.
 *
 * <pre>{@code benchmarks/run --long FlowTableBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowTableBenchmark {
    private static final int VNI = 4096;
    private static final int SERVICE = 1;
    private static final int TARGET = 8080;
    /** Lookups before they repeat. As many at each size, so that reading the keys costs the same. */
    private static final int LOOKUPS = 1 << 20;

    /** Packets of a batch. */
    private static final int BATCH = 64;

    private static final IpAddress BACKEND = IpAddress.parse("10.0.0.11");

    @Param({"1000", "1000000"})
    private int count;

    @Param({"dunlin", "caffeine"})
    private String table;

    private FlowKey key = new FlowKey(1);
    private final FlowKey[] keys = new FlowKey[BATCH];
    private FlowTable flows = new FlowTable(1024, new Random(1));
    private final Cache<FlowId, FlowValue> cache = Caffeine.newBuilder()
            .maximumSize(FlowTable.DEFAULT_MAX_FLOWS)
            .expireAfterAccess(Duration.ofHours(2))
            .build();
    private @Nullable FlowFetch fetch;
    private boolean isCaffeine;
    private int[] present;
    private int next;

    /** What Caffeine needs an object for, per lookup. */
    private record FlowId(
            int vni, int protocol, long clientHigh, long clientLow, int clientPort, int service, int port) {}

    private static final class FlowValue {
        private int lastSeen;
    }

    @Setup
    public void fill() {
        present = new Random(1).ints(LOOKUPS, 0, count).toArray();
        isCaffeine = table.equals("caffeine");
        if (isCaffeine) {
            for (int n = 0; n < count; n++) {
                cache.put(id(n), new FlowValue());
            }
            cache.cleanUp();
            return;
        }
        flows = new FlowTable(FlowTable.DEFAULT_MAX_FLOWS, new Random(1));
        key = flows.newKey();
        Arrays.setAll(keys, _ -> flows.newKey());
        ServiceTable services = ServiceTable.empty("node-01")
                .with(edit -> edit.putService(Service.named(new Vni(VNI), "web")
                        .vip("10.0.0.5")
                        .backend(Backend.of("web.1", "node-01", BACKEND))));
        VirtualService web =
                services.virtualServiceAt(VNI, 0, IpAddress.parse("10.0.0.5").low());
        if (web == null) {
            throw new IllegalStateException("no service");
        }
        for (int n = 0; n < count; n++) {
            set(n);
            FlowShard shard = flows.shard(key);
            int record = flows.begin(shard, key, SERVICE, 80, web.candidate(true, 0), TARGET, 0, services);
            FlowTable.advance(shard, record, FlowState.ESTABLISHED, 0, services);
        }
        fetch = new FlowFetch(flows, new AtomicReference<>(services));
        if (flows.settled() != count) {
            throw new IllegalStateException(flows.settled() + " flows of " + count);
        }
    }

    private void set(int n) {
        set(key, n);
    }

    private static void set(FlowKey key, int n) {
        key.set(VNI, IpProtocol.TCP, 0, clientLow(n), 1024 + n % 50_000);
    }

    private static FlowId id(int n) {
        return new FlowId(VNI, IpProtocol.TCP, 0, clientLow(n), 1024 + n % 50_000, SERVICE, 80);
    }

    private static long clientLow(int n) {
        return IpAddress.IPV4_PREFIX | 0x0a01_0000 + n / 50_000;
    }

    private int drawn() {
        next = next + 1 & LOOKUPS - 1;
        return present[next];
    }

    /** A client's packet. */
    @Benchmark
    @MayAllocate(with = "table=caffeine")
    public int byService() {
        int n = drawn();
        if (isCaffeine) {
            return stamp(cache.getIfPresent(id(n)));
        }
        set(n);
        return findByService(key);
    }

    private int findByService(FlowKey key) {
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            return stamp(shard, shard.findByService(key, SERVICE, 80));
        } finally {
            shard.unlock();
        }
    }

    /** Clients' packets, which are announced by the batch. Caffeine has no such thing. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    @MayAllocate(with = "table=caffeine")
    public int byServiceInBatch() {
        int sum = 0;
        if (isCaffeine) {
            for (int i = 0; i < BATCH; i++) {
                sum += stamp(cache.getIfPresent(id(drawn())));
            }
            return sum;
        }
        FlowFetch expected = Objects.requireNonNull(fetch);
        for (FlowKey one : keys) {
            set(one, drawn());
            expected.add(one);
        }
        expected.run();
        for (FlowKey one : keys) {
            sum += findByService(one);
        }
        return sum;
    }

    /** A backend's packet. */
    @Benchmark
    @MayAllocate(with = "table=caffeine")
    public int byBackend() {
        int n = drawn();
        if (isCaffeine) {
            return stamp(cache.getIfPresent(id(n))); // a second cache, as large as the first
        }
        set(n);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            return stamp(shard, shard.findByBackend(key, BACKEND.high(), BACKEND.low(), TARGET, false));
        } finally {
            shard.unlock();
        }
    }

    private int stamp(FlowShard shard, int record) {
        FlowRecord.setLastSeen(shard.records(), FlowShard.at(record), next);
        return record;
    }

    private int stamp(@Nullable FlowValue flow) {
        if (flow == null) {
            throw new IllegalStateException("a flow was evicted");
        }
        flow.lastSeen = next;
        return flow.lastSeen;
    }
}
