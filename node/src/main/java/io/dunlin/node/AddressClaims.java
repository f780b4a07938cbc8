package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who claims which address of which network. Under the node's lock. */
final class AddressClaims {
    private final Map<Vni, Map<IpAddress, TreeSet<Claim>>> claims = new HashMap<>();

    /** Enters a claim to one of its endpoint's addresses; returns one that it rivals, if there is one. */
    @Nullable
    Claim add(IpAddress address, Claim claim) {
        TreeSet<Claim> claimants = claims.computeIfAbsent(claim.endpoint().vni(), _ -> new HashMap<>())
                .computeIfAbsent(address, _ -> new TreeSet<>(Claim.BEST_FIRST));
        Claim rival = null;
        for (Claim other : claimants) {
            if (claim.rivals(other)) {
                rival = other;
                break;
            }
        }
        claimants.add(claim);
        return rival;
    }

    void remove(IpAddress address, Claim claim) {
        Vni vni = claim.endpoint().vni();
        Map<IpAddress, TreeSet<Claim>> network = claims.getOrDefault(vni, Map.of());
        TreeSet<Claim> claimants = network.get(address);
        if (claimants == null) {
            return;
        }
        claimants.remove(claim);
        if (claimants.isEmpty()) {
            network.remove(address);
            if (network.isEmpty()) {
                claims.remove(vni);
            }
        }
    }

    /** The one that has the address; null if nobody claims it. */
    @Nullable
    Claim best(Vni vni, IpAddress address) {
        TreeSet<Claim> claimants = claims.getOrDefault(vni, Map.of()).get(address);
        return claimants == null ? null : claimants.first();
    }

    /** All of a network by address, the best claim first; not to be changed. */
    Map<IpAddress, ? extends SortedSet<Claim>> of(Vni vni) {
        return claims.getOrDefault(vni, Map.of());
    }
}
