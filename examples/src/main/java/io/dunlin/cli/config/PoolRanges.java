package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.ipam.AddressPool;
import io.dunlin.ipam.Family;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.Refusal;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import io.dunlin.ipam.Subnet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Address pools as a person gives them: ranges, and one mask length for all. */
public final class PoolRanges {
    public static final int IPV4_MASK = 24;
    public static final int IPV6_MASK = 64;

    private PoolRanges() {}

    /**
     * The pools, in this order; whether they can be is not checked.
     *
     * @param maskLength null: {@value #IPV4_MASK} for IPv4, {@value #IPV6_MASK} for IPv6
     * @throws BadInput if one is no range
     */
    public static IpamConfig of(List<String> ranges, @Nullable Integer maskLength) {
        IpamConfig config = IpamConfig.of();
        for (String text : ranges) {
            switch (Subnet.read(text)) {
                case Granted<Subnet>(Subnet range) -> {
                    int usual = range.family() == Family.IPV4 ? IPV4_MASK : IPV6_MASK;
                    config = config.pool(new AddressPool(range, maskLength == null ? usual : maskLength));
                }
                case Refused<Subnet>(Refusal why) -> throw new BadInput(why.message());
            }
        }
        return config;
    }
}
