package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.Cidr;
import java.util.List;

/**
 * What names of a network are answered like. Immutable; each method returns a changed copy.
 *
 * @param network the network's name, which each name may end with
 * @param subnets its address ranges: what address has which name is for us to say, also that one has none
 * @param isInternal whether nothing beyond the network is asked for what it does not know
 * @param ttlSeconds how long an answer may be kept: 0 to 604,800, a week. Shorter: what is gone is sooner not asked for; longer: fewer questions
 */
public record ZoneSpec(String network, List<Cidr> subnets, boolean isInternal, int ttlSeconds) {
    /** Long enough that a client which asks for each connection asks once for many; shorter than anybody waits. */
    public static final int DEFAULT_TTL_SECONDS = 5;

    /** RFC 8767 section 4: no answer is worth keeping longer. */
    private static final int MAX_TTL_SECONDS = 604_800;

    public ZoneSpec {
        subnets = List.copyOf(subnets);
        if (DnsName.encode(network).length == 0) {
            throw new IllegalArgumentException("network name \"" + network
                    + "\" is no DNS name: allowed are up to 253 ASCII characters, dots between labels of 1 to 63");
        }
        if (ttlSeconds < 0 || ttlSeconds > MAX_TTL_SECONDS) {
            throw new IllegalArgumentException(
                    "time to live of " + ttlSeconds + " s: allowed are 0 to " + MAX_TTL_SECONDS + " s");
        }
    }

    public static ZoneSpec named(String network) {
        return new ZoneSpec(network, List.of(), false, DEFAULT_TTL_SECONDS);
    }

    public ZoneSpec subnets(List<Cidr> subnets) {
        return new ZoneSpec(network, subnets, isInternal, ttlSeconds);
    }

    /** What the network does not know does not exist. */
    public ZoneSpec internal() {
        return new ZoneSpec(network, subnets, true, ttlSeconds);
    }

    public ZoneSpec ttlSeconds(int seconds) {
        return new ZoneSpec(network, subnets, isInternal, seconds);
    }
}
