package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.List;

/**
 * Who says which VNI and subnets a network has, and which addresses an endpoint: for as long as there are no managers the nodes among themselves,
 * {@link GossipedAddresses}. Any thread; not under the node's lock where it waits.
 */
interface AddressAuthority {
    /**
     * Takes part in a network; waits, where it lacks something.
     *
     * @return the same with what it lacked
     * @throws IllegalStateException if there is a network of that name which is not what is asked for, or nothing is free
     */
    NetworkSpec open(NetworkSpec asked);

    /** Does not take part any more. */
    void close(String network);

    /**
     * Addresses for an endpoint, or a service's {@link Names#holderOfVip VIPs}; waits, where it has none.
     *
     * @param wanted are the endpoint's in any case, and claimed as soon as may be; empty: one of each subnet
     * @throws IllegalStateException if nothing is free
     * @throws IOException if nobody answers who could grant them; nothing is left behind then
     */
    List<IpAddress> attach(String network, String endpoint, List<IpAddress> wanted) throws IOException;

    /** Addresses of an endpoint that is made known by hand are not to be granted to others. */
    void know(String network, String endpoint, List<IpAddress> addresses);

    /** An endpoint is no more, or no longer known. */
    void detach(String network, String endpoint);

    /**
     * Frees what a node had that will not be back.
     *
     * @return how many endpoints had it
     * @throws IllegalStateException if the node is there
     */
    int reclaim(String node);

    PoolsStatus status();
}
