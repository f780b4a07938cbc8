package io.dunlin.node;

import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An overlay network as it is asked for. Immutable; each method returns a changed copy.
 *
 * @param name the network's name
 * @param vni its VXLAN network identifier, the same on all nodes. Null: that of the cluster's network of this name, and if there is none, one
 *     from the pool
 * @param subnets its address ranges, at most one of each IP version; the first host address of each is the gateway, which the node answers.
 *     None: those of the cluster's network of this name, and if there is none, from the pools ({@link PoolsConfig})
 * @param isEncrypted whether its packets cross the underlay sealed, and are taken no other way; the same on all nodes. A network that lacks VNI
 *     or subnet, and is there, is as it is
 * @param isInternal whether nothing beyond it is asked for names that it does not know: they do not exist. Whoever joins an
 *     internal network has it internal, too
 * @param mtu the largest inner IP packet, in bytes, the same on all nodes; 0: as much as the underlay's MTU leaves room for
 */
public record NetworkSpec(
        String name, @Nullable Vni vni, List<Cidr> subnets, boolean isEncrypted, boolean isInternal, int mtu) {
    /** The first VNI of the pool; as in Docker's overlay driver. */
    public static final int FIRST_VNI = 4096;

    /** Of a subnet with a gateway and an endpoint beside its first address and, in IPv4, its last. */
    static final int LEAST_HOST_BITS = 2;

    public NetworkSpec {
        Names.check("network", name);
        subnets = List.copyOf(subnets);
        if (mtu != 0 && (mtu < 576 || mtu > 65_535)) {
            throw new IllegalArgumentException("network \"" + name + "\": MTU " + mtu
                    + ": allowed are 576 to 65535 (1280 with IPv6), or 0 for what the underlay leaves");
        }
        for (Cidr subnet : subnets) {
            int widest = subnet.base().bits() - LEAST_HOST_BITS;
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
        return new NetworkSpec(name, null, List.of(), false, false, 0);
    }

    public NetworkSpec vni(int vni) {
        return new NetworkSpec(name, new Vni(vni), subnets, isEncrypted, isInternal, mtu);
    }

    /** Adds a subnet. */
    public NetworkSpec subnet(String cidr) {
        var all = new ArrayList<>(subnets);
        all.add(Cidr.parse(cidr));
        return new NetworkSpec(name, vni, all, isEncrypted, isInternal, mtu);
    }

    /** Nothing of it leaves in the clear. The node needs a security association with each VTEP that takes part: {@link OverlayNode#associate}. */
    public NetworkSpec encrypted() {
        return new NetworkSpec(name, vni, subnets, true, isInternal, mtu);
    }

    /** What its names do not say is not asked for elsewhere. */
    public NetworkSpec internal() {
        return new NetworkSpec(name, vni, subnets, isEncrypted, true, mtu);
    }

    public NetworkSpec mtu(int bytes) {
        return new NetworkSpec(name, vni, subnets, isEncrypted, isInternal, bytes);
    }

    /** Whether it lacks neither VNI nor subnet. */
    boolean isWhole() {
        return vni != null && !subnets.isEmpty();
    }

    /** With what it lacked. */
    NetworkSpec as(NetworkRecord record) {
        boolean isClosed = isInternal || record.isInternal(); // what either keeps to itself is not asked for
        return new NetworkSpec(name, record.vni(), record.subnets(), record.isEncrypted(), isClosed, mtu);
    }

    /** The subnet that has {@code address}, if one does. */
    Optional<Cidr> subnetOf(IpAddress address) {
        return subnets.stream().filter(subnet -> subnet.contains(address)).findFirst();
    }
}
