package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Exhausted;
import io.dunlin.ipam.Refusal.HoldsAnother;
import io.dunlin.ipam.Refusal.InQuarantine;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Refusal.Overlaps;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who holds which subnet, by lists of subnets and loops over them alone. Refusals are told by their class: the texts are tested elsewhere. */
final class SlowIpam {
    private final IpamConfig config;
    private final Map<Subnet, Requester> granted = new TreeMap<>();
    private final Map<Subnet, Long> restingUntil = new TreeMap<>();
    private final Map<Requester, Subnet> lastReleased = new HashMap<>();
    private final Map<AddressPool, Integer> cursors = new HashMap<>();
    private long now = Long.MIN_VALUE;

    SlowIpam(IpamConfig config) {
        this.config = config;
    }

    private void tick(long nowMillis) {
        now = Math.max(now, nowMillis);
        for (var rest : Map.copyOf(restingUntil).entrySet()) {
            if (rest.getValue() <= now) {
                restingUntil.remove(rest.getKey());
                lastReleased.values().remove(rest.getKey());
            }
        }
    }

    private @Nullable Subnet held(Requester requester) {
        return granted.entrySet().stream()
                .filter(entry -> entry.getValue().equals(requester) && !requester.isAnonymous())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private boolean isFree(Subnet subnet) {
        return granted.keySet().stream().noneMatch(subnet::overlaps)
                && restingUntil.keySet().stream().noneMatch(subnet::overlaps)
                && config.exclusions().stream().noneMatch(subnet::overlaps);
    }

    private static List<Subnet> subnets(AddressPool pool) {
        var subnets = new ArrayList<Subnet>();
        for (int i = 0; i < pool.size(); i++) {
            subnets.add(pool.subnet(i));
        }
        return subnets;
    }

    Result<Subnet> request(Requester requester, long nowMillis) {
        tick(nowMillis);
        Subnet held = held(requester);
        if (held != null) {
            return new Granted<>(held);
        }
        Subnet before = lastReleased.get(requester);
        if (before != null) {
            return takeBack(before, requester);
        }
        for (AddressPool pool : config.pools()) {
            List<Subnet> subnets = subnets(pool);
            int from = config.policy() == Policy.NEXT_FIT ? cursors.getOrDefault(pool, 0) : 0;
            for (int i = 0; i < subnets.size(); i++) {
                int at = (from + i) % subnets.size();
                if (isFree(subnets.get(at))) {
                    cursors.put(pool, (at + 1) % subnets.size());
                    granted.put(subnets.get(at), requester);
                    return new Granted<>(subnets.get(at));
                }
            }
        }
        return new Refused<>(new Exhausted("", 0, 0));
    }

    private Result<Subnet> takeBack(Subnet subnet, Requester requester) {
        lastReleased.remove(requester);
        restingUntil.remove(subnet);
        granted.put(subnet, requester);
        return new Granted<>(subnet);
    }

    Result<Subnet> claim(Subnet wanted, Requester requester, long nowMillis) {
        tick(nowMillis);
        Subnet held = held(requester);
        if (held != null) {
            return held.equals(wanted) ? new Granted<>(held) : new Refused<>(new HoldsAnother(requester, "", ""));
        }
        boolean isExcluded = config.exclusions().stream().anyMatch(wanted::overlaps);
        boolean isOther = granted.keySet().stream().anyMatch(subnet -> !isOwn(subnet) && wanted.overlaps(subnet));
        if (isExcluded || isOther) {
            return new Refused<>(new Overlaps(wanted, wanted, ""));
        }
        if (wanted.equals(lastReleased.get(requester))) {
            return takeBack(wanted, requester);
        }
        var touched = Stream.concat(granted.keySet().stream(), restingUntil.keySet().stream())
                .filter(wanted::overlaps)
                .sorted()
                .findFirst();
        if (touched.isPresent()) {
            return new Refused<>(
                    granted.containsKey(touched.get())
                            ? new Overlaps(wanted, touched.get(), "")
                            : new InQuarantine("", 0));
        }
        granted.put(wanted, requester);
        return new Granted<>(wanted);
    }

    private boolean isOwn(Subnet subnet) {
        return config.pools().stream()
                .anyMatch(pool -> pool.range().contains(subnet) && pool.subnetPrefix() == subnet.prefix());
    }

    Result<Subnet> release(Subnet subnet, Requester requester, long nowMillis) {
        tick(nowMillis);
        if (!requester.equals(granted.get(subnet))) {
            return new Refused<>(new NotHeld(requester, ""));
        }
        granted.remove(subnet);
        if (isOwn(subnet) && !config.quarantine().isZero()) {
            restingUntil.put(subnet, now + config.quarantine().toMillis());
            if (!requester.isAnonymous()) {
                lastReleased.put(requester, subnet);
            }
        }
        return new Granted<>(subnet);
    }

    Map<Subnet, Requester> granted() {
        return granted;
    }
}
