package io.dunlin.cli;

import io.dunlin.cli.config.PoolRanges;
import io.dunlin.ipam.IpamConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Address pools, as Docker's options of the same names give them. */
final class PoolOptions {
    private static final List<String> DEFAULT_POOLS = List.of("10.0.0.0/8");

    @Option(
            names = "--default-addr-pool",
            paramLabel = "CIDR",
            description =
                    "A range that is cut into subnets; may be given several times, and each is used up before the next"
                            + " (default: 10.0.0.0/8).")
    private @Nullable List<String> pools;

    @Option(
            names = "--default-addr-pool-mask-length",
            paramLabel = "LENGTH",
            description = "Prefix length of the subnets of all these pools (default: " + PoolRanges.IPV4_MASK
                    + " for IPv4, " + PoolRanges.IPV6_MASK + " for IPv6).")
    private @Nullable Integer maskLength;

    /** Whether any of them is given. */
    boolean areGiven() {
        return pools != null || maskLength != null;
    }

    /** @throws io.dunlin.cli.outcome.BadInput if one is no range; whether the pools can be is not checked */
    IpamConfig config() {
        return PoolRanges.of(pools == null ? DEFAULT_POOLS : pools, maskLength);
    }
}
