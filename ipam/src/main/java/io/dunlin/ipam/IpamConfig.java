package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import io.dunlin.ipam.Refusal.Overlaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What there is to hand out, and how. What Docker takes silently, as pools that overlap, {@link #refusal} refuses.
 *
 * @param pools cut into subnets; used in this order, each fully before the next of its family
 * @param exclusions networks in use elsewhere: routes of the host, networks of the data path. No subnet that touches one is granted
 * @param policy which of the free ones is granted: of subnets, addresses, VNIs and ports alike
 * @param quarantine how long what was released is not granted to another, so that it does not meet its old flows; in whole milliseconds, zero
 *     for not at all. Longer than any connection without traffic is kept open somewhere is safe, and keeps more addresses idle
 */
public record IpamConfig(List<AddressPool> pools, List<Subnet> exclusions, Policy policy, Duration quarantine) {
    /** Each request looks through them. */
    public static final int MAX_POOLS = 256;

    public static final int MAX_EXCLUSIONS = 65_536;

    public static final Duration MAX_QUARANTINE = Duration.ofDays(30);

    private static final Duration DEFAULT_QUARANTINE = Duration.ofMinutes(1);

    public IpamConfig {
        pools = List.copyOf(pools);
        exclusions = List.copyOf(exclusions);
    }

    /** 10.0.0.0/8 cut into /24, next-fit, a minute of quarantine. */
    public static IpamConfig defaults() {
        return of(AddressPool.DEFAULT);
    }

    /** These pools, next-fit, a minute of quarantine. */
    public static IpamConfig of(AddressPool... pools) {
        return new IpamConfig(List.of(pools), List.of(), Policy.NEXT_FIT, DEFAULT_QUARANTINE);
    }

    /** One more pool, like {@code pool("fd00::/8", 64)}. */
    public IpamConfig pool(String range, int subnetPrefix) {
        return pool(new AddressPool(Subnet.parse(range), subnetPrefix));
    }

    /** One more pool. */
    public IpamConfig pool(AddressPool pool) {
        var more = new ArrayList<>(pools);
        more.add(pool);
        return new IpamConfig(more, exclusions, policy, quarantine);
    }

    public IpamConfig exclude(Subnet... more) {
        var all = new ArrayList<>(exclusions);
        all.addAll(List.of(more));
        return new IpamConfig(pools, all, policy, quarantine);
    }

    public IpamConfig policy(Policy other) {
        return new IpamConfig(pools, exclusions, other, quarantine);
    }

    public IpamConfig quarantine(Duration other) {
        return new IpamConfig(pools, exclusions, policy, other);
    }

    List<AddressPool> pools(Family family) {
        return pools.stream().filter(pool -> pool.range().family() == family).toList();
    }

    /** Why this cannot be; empty: it can. Pools that exclusions leave empty are found when they are opened. */
    public Optional<Refusal> refusal() {
        if (pools.isEmpty() || pools.size() > MAX_POOLS) {
            return invalid(pools.size() + " address pools: allowed are 1 to " + MAX_POOLS);
        }
        if (exclusions.size() > MAX_EXCLUSIONS) {
            return invalid(exclusions.size() + " excluded networks: allowed are 0 to " + MAX_EXCLUSIONS);
        }
        if (quarantine.isNegative() || quarantine.compareTo(MAX_QUARANTINE) > 0) {
            return invalid("quarantine of " + quarantine + ": allowed are 0 to " + MAX_QUARANTINE);
        }
        for (int i = 0; i < pools.size(); i++) {
            Optional<Refusal> refusal = refusal(pools.get(i));
            for (int j = 0; j < i && refusal.isEmpty(); j++) {
                refusal = overlap(pools.get(i), pools.get(j));
            }
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return tooMany();
    }

    private Optional<Refusal> refusal(AddressPool pool) {
        Subnet range = pool.range();
        int longest = range.family().bits() - 1;
        int shortest = range.family() == Family.IPV6 ? AddressPlan.SHORTEST_IPV6 : 1;
        int prefix = pool.subnetPrefix();
        Optional<Refusal> special = SpecialRange.refusal(range);
        if (special.isPresent()) {
            return special;
        }
        if (range.prefix() > longest) {
            return invalid("pool " + range + " is a single address: it cannot be cut into subnets");
        }
        if (prefix < shortest) {
            return invalid("mask length " + prefix + " of pool " + range + " is too short: allowed are " + shortest
                    + " to " + longest);
        }
        if (prefix > longest) {
            return invalid("mask length " + prefix + " of pool " + range
                    + " leaves no usable address beside the gateway: allowed are " + shortest + " to " + longest);
        }
        if (prefix < range.prefix()) {
            return invalid("a /" + prefix + " subnet is larger than its pool " + range + ": allowed are "
                    + Math.max(shortest, range.prefix()) + " to " + longest);
        }
        if (pool.bits() > AddressPool.MAX_BITS) {
            return invalid(
                    "pool " + pool + " has 2^" + pool.bits() + " subnets: allowed are 2^" + AddressPool.MAX_BITS);
        }
        return exclusions.stream()
                .filter(exclusion -> exclusion.contains(range))
                .findFirst()
                .map(exclusion -> new Overlaps(range, exclusion, "and is all part of the excluded network"));
    }

    private static Optional<Refusal> overlap(AddressPool pool, AddressPool earlier) {
        return pool.range().overlaps(earlier.range())
                ? Optional.of(new Overlaps(pool.range(), earlier.range(), "the pool"))
                : Optional.empty();
    }

    private Optional<Refusal> tooMany() {
        for (Family family : Family.values()) {
            long most = 1L << (AddressPool.MAX_BITS + 1);
            long sum = 0;
            for (AddressPool pool : pools(family)) {
                sum += pool.size();
                if (sum > most) {
                    return invalid(
                            "all " + family + " pools together have " + sum + " subnets or more: allowed are " + most);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> invalid(String reason) {
        return Optional.of(new Invalid(reason));
    }
}
