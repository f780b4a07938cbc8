package io.dunlin.node;

import io.dunlin.ipam.Usage;
import java.util.List;

/**
 * What a node knows of pools and networks.
 *
 * @param pools of subnets and VNIs: what is out of circulation at this node
 * @param networks those that are known, by name
 */
public record PoolsStatus(List<Usage> pools, List<Network> networks) {
    public PoolsStatus {
        pools = List.copyOf(pools);
        networks = List.copyOf(networks);
    }

    /**
     * A network.
     *
     * @param owner the node that grants its addresses
     * @param usage of its subnets, where this node is the owner; else empty
     */
    public record Network(
            String name,
            int vni,
            List<String> subnets,
            boolean isEncrypted,
            boolean isInternal,
            String owner,
            List<Usage> usage) {
        public Network {
            subnets = List.copyOf(subnets);
            usage = List.copyOf(usage);
        }
    }
}
