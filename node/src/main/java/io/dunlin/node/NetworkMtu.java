package io.dunlin.node;

import io.dunlin.vxlan.InnerMtu;

/** The largest inner packet of a network. */
final class NetworkMtu {
    private static final int LEAST_IPV6 = 1280;

    private NetworkMtu() {}

    /**
     * What was asked for, or else as much as the underlay leaves.
     *
     * @throws IllegalArgumentException if that does not fit
     */
    static int of(NetworkSpec network, int underlayMtu, boolean isUnderlayIpv4) {
        int largest = InnerMtu.of(underlayMtu, isUnderlayIpv4, network.isEncrypted());
        int overhead = underlayMtu - largest;
        int least = network.subnets().stream().allMatch(subnet -> subnet.base().isIpv4()) ? InnerMtu.LEAST : LEAST_IPV6;
        if (largest < least) {
            throw new IllegalArgumentException("network \"" + network.name() + "\" needs an MTU of at least " + least
                    + ", and the underlay's " + underlayMtu + " − " + overhead + " leaves " + largest);
        }
        if (network.mtu() > largest) {
            throw new IllegalArgumentException("network \"" + network.name() + "\": MTU " + network.mtu()
                    + " does not fit: the underlay's " + underlayMtu + " − " + overhead + " leaves " + largest);
        }
        return network.mtu() != 0 ? network.mtu() : largest;
    }
}
