package io.dunlin.benchmarks.ipam;

import io.dunlin.ipam.Address;
import io.dunlin.ipam.AddressPlan;
import io.dunlin.ipam.Command;
import io.dunlin.ipam.Family;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.Requester;
import io.dunlin.ipam.Subnet;
import io.dunlin.ipam.UsageListener;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * {@code benchmarks/ipam}: bytes of the heap that full pools take, with and without requesters' names, and nanoseconds for each grant and release while
 * all of a pool is granted, released, and granted again. Bytes are the difference of the used heap after a collection.
 */
public final class IpamExperiment {
    private static final Subnet NET = Subnet.parse("10.0.0.0/8");
    private static final Subnet IPV6 = Subnet.parse("fd00::/64");
    private static final int SUBNETS = 1 << 16;
    private static final int ADDRESSES = (1 << 24) - 3;

    private final IntFunction<Requester> requesters;
    private final String who;

    private IpamExperiment(String who, IntFunction<Requester> requesters) {
        this.who = who;
        this.requesters = requesters;
    }

    public static void main(String... args) {
        var anonymous = new IpamExperiment("anonymous", _ -> Requester.ANONYMOUS);
        var named = new IpamExperiment("by name", n -> new Requester("node-01/endpoint-" + n));
        System.out.println("| what | requesters | ns each | bytes | bytes each |");
        System.out.println("|---|---|---|---|---|");
        // the largest last: what it leaves behind, no other is measured with
        anonymous.holes();
        anonymous.sparse();
        for (var each : new IpamExperiment[] {anonymous, named}) {
            each.subnets();
            each.addresses();
        }
    }

    private static IpamState open() {
        IpamConfig config = IpamConfig.defaults().pool("fd00::/8", 64).quarantine(Duration.ZERO);
        return IpamState.of(config, UsageListener.NONE).orElseThrow();
    }

    private void subnets() {
        long before = used();
        IpamState state = open();
        double each = nanos(SUBNETS, n -> subnet(state, n));
        report("all " + SUBNETS + " subnets of 10.0.0.0/8 granted", each, used() - before, SUBNETS);
        keep(state);
    }

    private void subnet(IpamState state, int n) {
        state.apply(new Command.RequestSubnet(requesters.apply(n), Family.IPV4, 0))
                .orElseThrow();
    }

    private void addresses() {
        long before = used();
        IpamState state = openNet();
        double each = nanos(ADDRESSES, n -> grant(state, n));
        report("all " + ADDRESSES + " addresses of 10.0.0.0/8 granted", each, used() - before, ADDRESSES);
        each = nanos(ADDRESSES, n -> release(state, n));
        report("… released", each, used() - before, ADDRESSES);
        each = nanos(ADDRESSES, n -> grant(state, n));
        report("… granted again", each, used() - before, ADDRESSES);
        keep(state);
    }

    private static IpamState openNet() {
        IpamState state = open();
        state.apply(new Command.ClaimSubnet(Requester.ANONYMOUS, AddressPlan.of(NET), 0))
                .orElseThrow();
        return state;
    }

    private void grant(IpamState state, int n) {
        state.apply(new Command.RequestAddress(requesters.apply(n), NET, 0)).orElseThrow();
    }

    /** As next-fit grants them in the order of their numbers, the n-th is known. */
    private void release(IpamState state, int n) {
        state.apply(new Command.ReleaseAddress(requesters.apply(n), NET, Address.ofIpv4(0x0a00_0002 + n), 0))
                .orElseThrow();
    }

    /** The worst there is for a tree of full and free parts: single free addresses among granted ones. */
    private void holes() {
        long before = used();
        IpamState state = openNet();
        var random = new Random(1);
        double each = nanos(ADDRESSES, n -> grant(state, n));
        int released = 0;
        for (int n = 0; n < ADDRESSES; n++) {
            if (random.nextInt(100) == 0) {
                release(state, n);
                released++;
            }
        }
        report("one in 100 of them released at random", each, used() - before, ADDRESSES - released);
        for (int n = 0; n < ADDRESSES; n += 2) {
            var _ = state.apply(
                    new Command.ReleaseAddress(Requester.ANONYMOUS, NET, Address.ofIpv4(0x0a00_0002 + n), 0));
        }
        int left = (int) state.usage(NET).orElseThrow().granted();
        report("every second of them released", each, used() - before, left);
        keep(state);
    }

    /** Addresses that hosts chose at random in a /64, and a million subnets of fd00::/8. */
    private void sparse() {
        long before = used();
        IpamState state = open();
        int count = 1_000_000;
        double each = nanos(count, n -> {
            var _ = state.apply(new Command.RequestSubnet(Requester.ANONYMOUS, Family.IPV6, 0))
                    .orElseThrow();
        });
        report("1,000,000 of the 2^56 subnets of fd00::/8", each, used() - before, count);
        long then = used();
        var random = new Random(1);
        int scattered = 100_000;
        each = nanos(scattered, n -> {
            var address = new Address(IPV6.base().high(), random.nextLong() >>> 1);
            var _ = state.apply(new Command.ClaimAddress(Requester.ANONYMOUS, IPV6, address, 0))
                    .orElseThrow();
        });
        report("100,000 addresses at random in a /64", each, used() - then, scattered);
        keep(state);
    }

    private static double nanos(int count, IntConsumer step) {
        long begin = System.nanoTime();
        for (int n = 0; n < count; n++) {
            step.accept(n);
        }
        return (double) (System.nanoTime() - begin) / count;
    }

    /** The least after a few collections: of four one alone leaves no garbage, and after any of them some thread may be given two megabytes to allocate from. */
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 2 * 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    private void report(String what, double nanos, long bytes, int count) {
        System.out.printf("| %s | %s | %.0f | %,d | %.3f |%n", what, who, nanos, bytes, (double) bytes / count);
    }

    /** So that nothing is collected before it is measured. */
    private static void keep(IpamState state) {
        if (state.usage().isEmpty()) {
            throw new IllegalStateException("no pools");
        }
    }
}
