package io.dunlin.node;

import io.dunlin.lb.Backend;
import io.dunlin.lb.NamedEndpoint;
import io.dunlin.lb.Service;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is called what, and stands behind which service. Where several endpoints have one name the longest-standing one is called so, and is the backend.
 * A backend whose node failed is unhealthy: it gets no flows, and those it had end. Under the node's lock.
 */
final class EndpointClaims {
    private static final Comparator<Claim> BY_NAME =
            Comparator.comparing(Claim::key).thenComparing(Claim.BEST_FIRST);

    private final Map<NameInNetwork, TreeSet<Claim>> byName = new HashMap<>();
    private final Map<NameInNetwork, TreeSet<Claim>> byService = new HashMap<>();
    private final Map<Drained, Drain> drains = new HashMap<>();
    private final Map<Drained, NameInNetwork> leftDraining = new HashMap<>();

    private record Drained(String owner, String key) {}

    private record Drain(ServiceRole role, long untilNanos) {}

    static NameInNetwork nameOf(Claim claim) {
        return NameInNetwork.of(claim.endpoint().vni(), text(claim));
    }

    private static String text(Claim claim) {
        return RowKey.name(claim.key());
    }

    /** @param changed gets the services that may have other backends now */
    void enter(Claim claim, long nowNanos, Set<NameInNetwork> changed) {
        if (!Names.isLegal(text(claim))) {
            return;
        }
        NameInNetwork name = nameOf(claim);
        byName.computeIfAbsent(name, _ -> new TreeSet<>(Claim.BEST_FIRST)).add(claim);
        ServiceRole role = claim.endpoint().role();
        if (role != null) {
            byService
                    .computeIfAbsent(serviceOf(claim, role), _ -> new TreeSet<>(BY_NAME))
                    .add(claim);
            noteDrain(claim, role, nowNanos);
        }
        touchServices(name, changed);
    }

    /** The time runs from when it is heard first. */
    private void noteDrain(Claim claim, ServiceRole role, long nowNanos) {
        var drained = new Drained(claim.owner(), claim.key());
        Drain before = drains.get(drained);
        if (role.state() != Backend.State.DRAINING) {
            drains.remove(drained);
        } else if (before == null || !before.role().equals(role)) {
            drains.put(drained, new Drain(role, nowNanos + role.drain().toNanos()));
        }
    }

    /** @param changed gets the services that may have other backends now */
    void leave(Claim claim, Set<NameInNetwork> changed) {
        NameInNetwork name = nameOf(claim);
        touchServices(name, changed);
        remove(byName, name, claim);
        ServiceRole role = claim.endpoint().role();
        if (role != null) {
            remove(byService, serviceOf(claim, role), claim);
            if (role.state() == Backend.State.DRAINING) {
                leftDraining.put(new Drained(claim.owner(), claim.key()), name);
            }
        }
    }

    /** Drains of endpoints that have left since the last time, and are not back, are over: the next one is another. */
    void forgetDrained() {
        leftDraining.forEach((drained, name) -> {
            boolean isBack = claimsOf(name).stream()
                    .anyMatch(claim ->
                            claim.owner().equals(drained.owner()) && claim.key().equals(drained.key()));
            if (!isBack) {
                drains.remove(drained);
            }
        });
        leftDraining.clear();
    }

    /** Who is called so may be another now, and so whose backend it is. */
    private void touchServices(NameInNetwork name, Set<NameInNetwork> changed) {
        for (Claim claim : claimsOf(name)) {
            ServiceRole role = claim.endpoint().role();
            if (role != null) {
                changed.add(serviceOf(claim, role));
            }
        }
    }

    private static NameInNetwork serviceOf(Claim claim, ServiceRole role) {
        return NameInNetwork.of(claim.endpoint().vni(), role.service());
    }

    private static <S extends Set<Claim>> void remove(Map<NameInNetwork, S> all, NameInNetwork name, Claim claim) {
        all.computeIfPresent(name, (_, claims) -> {
            claims.remove(claim);
            return claims.isEmpty() ? null : claims;
        });
    }

    private Set<Claim> claimsOf(NameInNetwork name) {
        TreeSet<Claim> claims = byName.get(name);
        return claims == null ? Set.of() : claims;
    }

    Set<NameInNetwork> namesIn(Vni vni) {
        var names = new HashSet<NameInNetwork>();
        byName.keySet().forEach(name -> {
            if (name.vni().equals(vni)) {
                names.add(name);
            }
        });
        return names;
    }

    /** @param network says which addresses endpoints can have */
    List<Backend> backendsOf(NameInNetwork service, GossipedPeers.Addresses network) {
        var all = new ArrayList<Backend>();
        for (Claim claim : byService.getOrDefault(service, new TreeSet<>(BY_NAME))) {
            Backend backend = backend(claim, network);
            if (backend != null && all.size() < Service.MAX_BACKENDS) {
                all.add(backend);
            }
        }
        return all;
    }

    /** Null if it is none: it is not the one called so, or could not be reached. */
    private @Nullable Backend backend(Claim claim, GossipedPeers.Addresses network) {
        ServiceRole role = claim.endpoint().role();
        TreeSet<Claim> called = byName.get(nameOf(claim));
        List<IpAddress> addresses = reachable(claim, network);
        boolean isCalledSo = called != null && called.first().equals(claim);
        if (role == null || !isCalledSo || addresses.isEmpty() || !Names.isLegal(claim.owner())) {
            return null;
        }
        Drain drain = drains.get(new Drained(claim.owner(), claim.key()));
        long until = drain == null || claim.isHeld() ? 0 : drain.untilNanos();
        Backend.State state = claim.isHeld() ? Backend.State.UNHEALTHY : role.state();
        return new Backend(text(claim), addresses, claim.owner(), role.weight(), state, until);
    }

    /** The endpoint of that name, by which it can be asked for; null if there is none, or its node failed. */
    @Nullable
    NamedEndpoint named(NameInNetwork name, GossipedPeers.Addresses network) {
        TreeSet<Claim> claims = byName.get(name);
        if (claims == null || claims.first().isHeld()) {
            return null;
        }
        List<IpAddress> addresses = reachable(claims.first(), network);
        return addresses.isEmpty() ? null : new NamedEndpoint(name.vni(), text(claims.first()), addresses);
    }

    /** Its first address of each IP version, as far as endpoints of the network can have it. */
    private static List<IpAddress> reachable(Claim claim, GossipedPeers.Addresses network) {
        var addresses = new ArrayList<IpAddress>();
        for (IpAddress address : claim.endpoint().addresses()) {
            boolean isFirst = addresses.stream().noneMatch(other -> other.isIpv4() == address.isIpv4());
            if (isFirst && network.admits(address)) {
                addresses.add(address);
            }
        }
        return addresses;
    }
}
