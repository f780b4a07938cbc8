package io.dunlin.cli.control;

import io.dunlin.ipam.Usage;
import io.dunlin.node.PoolsStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * How full pools and networks are, as it travels.
 *
 * @param pools of subnets and VNIs: what is out of circulation at this node
 * @param networks those that the node knows of
 */
public record PoolsReply(List<Figures> pools, List<Network> networks) {
    public PoolsReply {
        pools = List.copyOf(pools);
        networks = List.copyOf(networks);
    }

    /** Numbers are texts, as some have no room in what scripts take for numbers. */
    public record Figures(String pool, String size, String granted, String quarantined, String longestFreeRun) {
        static Figures of(Usage usage) {
            return new Figures(
                    usage.pool(),
                    Long.toUnsignedString(usage.size()),
                    Long.toUnsignedString(usage.granted()),
                    Long.toUnsignedString(usage.inQuarantine()),
                    Long.toUnsignedString(usage.longestFreeRun()));
        }

        String text() {
            return pool + ": " + granted + " of " + size + " granted, " + quarantined + " in quarantine";
        }
    }

    /**
     * A network.
     *
     * @param usage of its subnets, where this node is the owner; else empty
     */
    public record Network(
            String name,
            int vni,
            List<String> subnets,
            boolean encrypted,
            boolean internal,
            String owner,
            List<Figures> usage) {
        public Network {
            subnets = List.copyOf(subnets);
            usage = List.copyOf(usage);
        }
    }

    static PoolsReply of(PoolsStatus status) {
        return new PoolsReply(
                status.pools().stream().map(Figures::of).toList(),
                status.networks().stream()
                        .map(network -> new Network(
                                network.name(),
                                network.vni(),
                                network.subnets(),
                                network.isEncrypted(),
                                network.isInternal(),
                                network.owner(),
                                network.usage().stream().map(Figures::of).toList()))
                        .toList());
    }

    /** For people. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        pools.forEach(pool -> lines.add(pool.text()));
        for (Network network : networks) {
            lines.add("network " + network.name() + ": VNI " + network.vni() + ", " + network.subnets() + ", owner "
                    + network.owner() + (network.encrypted() ? ", encrypted" : "")
                    + (network.internal() ? ", internal" : ""));
            network.usage().forEach(subnet -> lines.add("  " + subnet.text()));
        }
        return lines;
    }
}
