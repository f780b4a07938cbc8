package io.dunlin.node;

import io.dunlin.ipam.AddressPool;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.Refusal;
import io.dunlin.ipam.Result;
import io.dunlin.ipam.UsageListener;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where networks without a subnet take one from, and endpoints without an address. Immutable.
 *
 * @param ranges the pools, best the same at all nodes; the node's own data-path address is excluded by itself. They may change from one start
 *     to the next: what is granted stays so
 * @param stateFile where the node keeps what it granted, with mode 0600, in a directory that is there. Null: in memory alone; after a restart
 *     it takes what the others announce for granted, and what those do not announce that are cut off at that moment it grants again
 * @param patience how long a request waits for its answer before it fails. An owner that restarts takes some seconds
 * @param reclaimAfter how long the addresses of a node that failed stay its own: longer than any failure that it may come back from with its
 *     endpoints, or be cut off with them; and shorter than it takes to run out of addresses
 */
public record PoolsConfig(IpamConfig ranges, @Nullable Path stateFile, Duration patience, Duration reclaimAfter) {
    private static final Duration LONGEST_PATIENCE = Duration.ofHours(1);
    private static final Duration LONGEST_RECLAIM = Duration.ofDays(3650);

    /** 10.0.0.0/8 cut into /24, in memory; five seconds, and a day. */
    public static final PoolsConfig DEFAULT =
            new PoolsConfig(IpamConfig.defaults(), null, Duration.ofSeconds(5), Duration.ofDays(1));

    public PoolsConfig {
        if (IpamState.of(ranges, UsageListener.NONE) instanceof Result.Refused<IpamState>(Refusal why)) {
            throw new IllegalArgumentException("address pools: " + why.message());
        }
        for (AddressPool pool : ranges.pools()) {
            int longest = pool.range().family().bits() - NetworkSpec.LEAST_HOST_BITS;
            if (pool.subnetPrefix() > longest) {
                throw new IllegalArgumentException("address pools: mask length " + pool.subnetPrefix() + " of pool "
                        + pool.range() + " makes subnets that no network can have: allowed are up to " + longest);
            }
        }
        check("patience", patience, LONGEST_PATIENCE);
        check("reclaimAfter", reclaimAfter, LONGEST_RECLAIM);
    }

    private static void check(String what, Duration given, Duration longest) {
        if (given.isNegative() || given.isZero() || given.compareTo(longest) > 0) {
            throw new IllegalArgumentException(
                    "address pools: " + what + " " + given + ": allowed is more than zero, up to " + longest);
        }
    }

    public PoolsConfig ranges(IpamConfig pools) {
        return new PoolsConfig(pools, stateFile, patience, reclaimAfter);
    }

    public PoolsConfig stateFile(Path file) {
        return new PoolsConfig(ranges, file, patience, reclaimAfter);
    }

    public PoolsConfig patience(Duration time) {
        return new PoolsConfig(ranges, stateFile, time, reclaimAfter);
    }

    public PoolsConfig reclaimAfter(Duration time) {
        return new PoolsConfig(ranges, stateFile, patience, time);
    }
}
