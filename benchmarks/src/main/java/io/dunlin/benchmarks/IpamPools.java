package io.dunlin.benchmarks;

import io.dunlin.ipam.Address;
import io.dunlin.ipam.AddressPlan;
import io.dunlin.ipam.AddressPool;
import io.dunlin.ipam.Command;
import io.dunlin.ipam.Family;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.Policy;
import io.dunlin.ipam.Requester;
import io.dunlin.ipam.Subnet;
import io.dunlin.ipam.UsageListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Pools of which a share is granted, with the free numbers at random places; what {@link IpamBenchmark} releases and grants. */
@State(Scope.Thread)
public class IpamPools {
    private static final Subnet NET = Subnet.parse("10.0.0.0/8");
    private static final AddressPool SUBNETS = AddressPool.DEFAULT;
    /** As many of the subnets of fd00::/8 count as all. */
    private static final int IPV6_SUBNETS = 1 << 20;

    private static final AddressPool IPV6 = new AddressPool(Subnet.parse("fd00::/8"), 64);

    /** What is granted: 65,536 subnets of 10.0.0.0/8, 16,777,213 addresses of one subnet, addresses of a /12 by requesters with names, IPv6 subnets. */
    public enum What {
        SUBNETS,
        ADDRESSES,
        NAMED_ADDRESSES,
        IPV6_SUBNETS
    }

    @Param({"SUBNETS", "ADDRESSES", "NAMED_ADDRESSES", "IPV6_SUBNETS"})
    private What what;

    @Param({"1", "50", "99"})
    private int percent;

    @Param({"NEXT_FIT", "LOWEST_FIRST"})
    private Policy policy;

    private final Random random = new Random(1);
    private IpamState state;
    private Subnet net;
    /** Numbers that are granted, at random places. */
    private int[] granted;

    private Requester[] requesters;

    public IpamPools() {}

    @Setup
    public void fill() {
        IpamConfig config =
                IpamConfig.of(SUBNETS, IPV6).quarantine(Duration.ZERO).policy(policy);
        state = IpamState.of(config, UsageListener.NONE).orElseThrow();
        net = what == What.NAMED_ADDRESSES ? Subnet.parse("10.0.0.0/12") : NET;
        if (what == What.ADDRESSES || what == What.NAMED_ADDRESSES) {
            state.apply(new Command.ClaimSubnet(Requester.ANONYMOUS, AddressPlan.of(net), 0))
                    .orElseThrow();
        }
        int size = switch (what) {
            case SUBNETS -> 1 << 16;
            case ADDRESSES -> (1 << 24) - 3;
            case NAMED_ADDRESSES -> (1 << 20) - 3;
            case IPV6_SUBNETS -> IPV6_SUBNETS;
        };
        var numbers = new int[size];
        requesters = new Requester[what == What.NAMED_ADDRESSES ? size : 1];
        for (int i = 0; i < requesters.length; i++) {
            requesters[i] = requesters.length == 1 ? Requester.ANONYMOUS : new Requester("node-01/endpoint-" + i);
        }
        for (int i = 0; i < size; i++) {
            numbers[i] = grant(i);
        }
        for (int left = size; left > size / 100 * percent; left--) {
            int victim = random.nextInt(left);
            release(numbers[victim], victim);
            swap(numbers, victim, left - 1);
        }
        for (int i = 0; i < size / 100; i++) {
            swap(numbers, i, random.nextInt(i, size / 100 * percent));
        }
        // of those that are granted as many in each case, so that reading their numbers costs the same
        granted = Arrays.copyOf(numbers, size / 100);
        requesters = Arrays.copyOf(requesters, Math.min(requesters.length, granted.length));
    }

    private void swap(int[] numbers, int a, int b) {
        int number = numbers[a];
        numbers[a] = numbers[b];
        numbers[b] = number;
        if (requesters.length > 1) {
            Requester gone = requesters[a];
            requesters[a] = requesters[b];
            requesters[b] = gone;
        }
    }

    private Requester requester(int slot) {
        return requesters[Math.min(slot, requesters.length - 1)];
    }

    private int grant(int slot) {
        return switch (what) {
            case SUBNETS ->
                (int) state.apply(new Command.RequestSubnet(requester(slot), Family.IPV4, 0))
                                .orElseThrow()
                                .base()
                                .low()
                        >>> 8;
            case IPV6_SUBNETS ->
                (int) state.apply(new Command.RequestSubnet(requester(slot), Family.IPV6, 0))
                        .orElseThrow()
                        .base()
                        .high();
            case ADDRESSES, NAMED_ADDRESSES ->
                (int) state.apply(new Command.RequestAddress(requester(slot), net, 0))
                        .orElseThrow()
                        .low();
        };
    }

    private Object release(int number, int slot) {
        return switch (what) {
            case SUBNETS ->
                state.apply(new Command.ReleaseSubnet(requester(slot), new Subnet(Address.ofIpv4(number << 8), 24), 0))
                        .orElseThrow();
            case IPV6_SUBNETS ->
                state.apply(new Command.ReleaseSubnet(
                                requester(slot), new Subnet(new Address(0xfdL << 56 | number, 0), 64), 0))
                        .orElseThrow();
            case ADDRESSES, NAMED_ADDRESSES ->
                state.apply(new Command.ReleaseAddress(requester(slot), net, Address.ofIpv4(number), 0))
                        .orElseThrow();
        };
    }

    /** One of the numbers that may be released and granted again, by its place among them, with room for so many behind it. */
    int randomSlot(int many) {
        return random.nextInt(granted.length - many + 1);
    }

    Object release(int slot) {
        return release(granted[slot], slot);
    }

    /** To who had it, another number most likely. */
    void grantAgain(int slot) {
        granted[slot] = grant(slot);
    }
}
