package io.dunlin.node;

import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An overlay network as it is asked for. Immutable; each method returns a changed copy.
 *
 * @param name the network's name
 * @param vni its VXLAN network identifier, the same on all nodes
 * @param subnets its address ranges, at most one of each IP version; the first host address of each is the gateway, which the node answers
 * @param isEncrypted whether its packets cross the underlay sealed, and are taken no other way; the same on all nodes
 * @param mtu the largest inner IP packet, in bytes, the same on all nodes; 0: as much as the underlay's MTU leaves room for
 */
public record NetworkSpec(String name, Vni vni, List<Cidr> subnets, boolean isEncrypted, int mtu) {
    /** The first VNI of networks that name none; as in Docker's overlay driver. */
    public static final int FIRST_VNI = 4096;

    public NetworkSpec {
        Names.check("network", name);
        subnets = List.copyOf(subnets);
        if (mtu != 0 && (mtu < 576 || mtu > 65_535)) {
            throw new IllegalArgumentException("network \"" + name + "\": MTU " + mtu
                    + ": allowed are 576 to 65535 (1280 with IPv6), or 0 for what the underlay leaves");
        }
        for (Cidr subnet : subnets) {
            int widest = subnet.base().bits() - 2;
            if (subnet.prefix() > widest) {
                throw new IllegalArgumentException("network \"" + name + "\": subnet " + subnet
                        + " has no room for a gateway and an endpoint: allowed are prefixes up to /" + widest);
            }
            if (!subnet.base().isIpv4() && mtu != 0 && mtu < 1280) {
                throw new IllegalArgumentException(
                        "network \"" + name + "\": MTU " + mtu + " is below the 1280 that IPv6 (" + subnet + ") needs");
            }
        }
        if (subnets.size() > 2
                || subnets.size() == 2
                        && subnets.get(0).base().isIpv4()
                                == subnets.get(1).base().isIpv4()) {
            throw new IllegalArgumentException(
                    "network \"" + name + "\": subnets " + subnets + ": at most one of each IP version");
        }
    }

    public static NetworkSpec named(String name) {
        return new NetworkSpec(name, new Vni(FIRST_VNI), List.of(), false, 0);
    }

    public NetworkSpec vni(int vni) {
        return new NetworkSpec(name, new Vni(vni), subnets, isEncrypted, mtu);
    }

    /** Adds a subnet. */
    public NetworkSpec subnet(String cidr) {
        var all = new ArrayList<>(subnets);
        all.add(Cidr.parse(cidr));
        return new NetworkSpec(name, vni, all, isEncrypted, mtu);
    }

    /** Nothing of it leaves in the clear. The node needs a security association with each VTEP that takes part: {@link OverlayNode#associate}. */
    public NetworkSpec encrypted() {
        return new NetworkSpec(name, vni, subnets, true, mtu);
    }

    public NetworkSpec mtu(int bytes) {
        return new NetworkSpec(name, vni, subnets, isEncrypted, bytes);
    }

    /** The subnet that has {@code address}, if one does. */
    Optional<Cidr> subnetOf(IpAddress address) {
        return subnets.stream().filter(subnet -> subnet.contains(address)).findFirst();
    }
}
