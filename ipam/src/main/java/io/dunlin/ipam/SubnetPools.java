package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.InQuarantine;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Refusal.Overlaps;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All pools of one family. Their subnets are numbered through, pool after pool, so one {@link NumberPool} serves them all. Subnets that were
 * asked for by name and are none of the pools' own, as they have another length or lie elsewhere, are kept beside it, and take the pools'
 * subnets that they touch out of circulation.
 */
final class SubnetPools implements ValuePool.Meaning<Subnet> {
    /** A pool, and the numbers of its subnets. */
    private record Cut(AddressPool pool, Segment segment) {
        Subnet subnet(long number) {
            return pool.subnet(number - segment.first());
        }

        long numberOf(Address address) {
            return segment.first() + pool.numberOf(address);
        }
    }

    /** Numbers of a pool's subnets that a subnet touches. */
    private record Touched(long first, long last) {}

    private final Family family;
    private final List<Cut> cuts = new ArrayList<>();
    private final ValuePool<Subnet> subnets;
    private final DisjointSubnets<Boolean> excluded = new DisjointSubnets<>();
    private final DisjointSubnets<Requester> others = new DisjointSubnets<>();
    private final Map<Requester, Subnet> otherOf = new HashMap<>();

    /** @param config one without a refusal */
    SubnetPools(Family family, IpamConfig config) {
        this.family = family;
        long next = 0;
        for (AddressPool pool : config.pools(family)) {
            cuts.add(new Cut(pool, new Segment(next, next + pool.size() - 1)));
            next += pool.size();
        }
        int bits = Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(next));
        var segments = cuts.stream().map(Cut::segment).toList();
        var reserved = new CellTree(bits);
        exclude(config.exclusions(), reserved);
        var numbers = new NumberPool(
                bits, segments, reserved, config.policy(), config.quarantine().toMillis());
        this.subnets = new ValuePool<>(numbers, this);
    }

    private void exclude(List<Subnet> exclusions, CellTree reserved) {
        // shortest first, so that whatever is part of another is seen to be
        exclusions.stream()
                .filter(exclusion -> exclusion.family() == family)
                .sorted((a, b) -> Integer.compare(a.prefix(), b.prefix()))
                .filter(exclusion -> excluded.overlapping(exclusion) == null)
                .forEach(exclusion -> {
                    excluded.put(exclusion, true);
                    touched(exclusion).forEach(touched -> reserved.take(touched.first(), touched.last()));
                });
    }

    /** A pool of which exclusions leave nothing. */
    Optional<Refusal> refusal() {
        return cuts.stream()
                .filter(cut -> cut.segment().size() == 0)
                .findFirst()
                .map(cut -> new Refusal.Invalid("pool " + cut.pool() + " is empty: all of its "
                        + cut.pool().size() + " subnets touch excluded networks"));
    }

    ValuePool<Subnet> pool() {
        return subnets;
    }

    private Cut cutOf(long number) {
        for (Cut cut : cuts) {
            if (cut.segment().contains(number)) {
                return cut;
            }
        }
        throw new IllegalArgumentException("no " + family + " subnet has number " + number);
    }

    @Override
    public Subnet valueOf(long number) {
        return cutOf(number).subnet(number);
    }

    @Override
    public String name() {
        return cuts.isEmpty()
                ? "the empty list of " + family + " pools"
                : cuts.stream().map(cut -> cut.pool().toString()).collect(Collectors.joining(", "));
    }

    @Override
    public String nameOf(Segment segment) {
        return cutOf(segment.first()).pool().toString();
    }

    boolean canGrant(Requester requester, long nowMillis) {
        return otherOf.containsKey(requester) || subnets.numbers().canGrant(requester, nowMillis);
    }

    Result<Subnet> request(Requester requester, long nowMillis) {
        subnets.numbers().tick(nowMillis);
        Subnet other = otherOf.get(requester);
        return other == null ? subnets.request(requester, nowMillis) : new Granted<>(other);
    }

    Result<Subnet> claim(Subnet wanted, Requester requester, long nowMillis) {
        subnets.numbers().tick(nowMillis);
        Optional<Subnet> held = heldBy(requester);
        if (held.isPresent()) {
            return held.get().equals(wanted)
                    ? new Granted<>(wanted)
                    : new Refused<>(
                            new Refusal.HoldsAnother(requester, held.get().toString(), wanted.toString()));
        }
        var exclusion = excluded.overlapping(wanted);
        if (exclusion != null) {
            return new Refused<>(new Overlaps(wanted, exclusion.getKey(), "the excluded network"));
        }
        var other = others.overlapping(wanted);
        if (other != null) {
            return new Refused<>(new Overlaps(wanted, other.getKey(), "the granted subnet"));
        }
        for (Cut cut : cuts) {
            if (isOf(cut, wanted)) {
                return claimOwn(cut.numberOf(wanted.base()), wanted, requester, nowMillis);
            }
        }
        return claimOther(wanted, requester);
    }

    private static boolean isOf(Cut cut, Subnet subnet) {
        return cut.pool().subnetPrefix() == subnet.prefix()
                && cut.pool().range().contains(subnet);
    }

    private Result<Subnet> claimOwn(long number, Subnet wanted, Requester requester, long nowMillis) {
        Result<Subnet> result = subnets.claim(number, requester, nowMillis);
        return result instanceof Refused<Subnet>(Refusal.Taken _)
                ? new Refused<>(new Overlaps(wanted, wanted, "the granted subnet"))
                : result;
    }

    private Result<Subnet> claimOther(Subnet wanted, Requester requester) {
        NumberPool numbers = subnets.numbers();
        List<Touched> touched = touched(wanted);
        for (Touched range : touched) {
            long taken = numbers.nextTaken(range.first());
            if (taken == CellTree.NONE || taken > range.last() || isShared(taken, wanted)) {
                continue;
            }
            Subnet with = valueOf(taken);
            return new Refused<>(
                    numbers.isInQuarantine(taken)
                            ? new InQuarantine(with.toString(), numbers.quarantineMillis())
                            : new Overlaps(wanted, with, "the granted subnet"));
        }
        for (Touched range : touched) {
            if (numbers.nextTaken(range.first()) != range.first()) { // else it is one that is shared
                numbers.takeRange(range.first(), range.last());
            }
        }
        others.put(wanted, requester);
        if (!requester.isAnonymous()) {
            otherOf.put(requester, wanted);
        }
        return new Granted<>(wanted);
    }

    /** Whether a pool's subnet is out of circulation only for parts of it other than {@code wanted}, which is smaller. */
    private boolean isShared(long number, Subnet wanted) {
        Subnet whole = valueOf(number);
        return whole.prefix() < wanted.prefix()
                && (subnets.numbers().isReserved(number) || others.overlapping(whole) != null);
    }

    Result<Subnet> release(Subnet subnet, Requester requester, long nowMillis) {
        subnets.numbers().tick(nowMillis);
        var other = others.overlapping(subnet);
        if (other != null) {
            if (!other.getKey().equals(subnet) || !other.getValue().equals(requester)) {
                return new Refused<>(new NotHeld(requester, subnet.toString()));
            }
            releaseOther(subnet, requester);
            return new Granted<>(subnet);
        }
        for (Cut cut : cuts) {
            if (isOf(cut, subnet)) {
                return subnets.release(cut.numberOf(subnet.base()), requester, nowMillis);
            }
        }
        return new Refused<>(new NotHeld(requester, subnet.toString()));
    }

    private void releaseOther(Subnet subnet, Requester requester) {
        others.remove(subnet);
        otherOf.remove(requester, subnet);
        for (Touched range : touched(subnet)) {
            if (!isShared(range.first(), subnet)) {
                subnets.numbers().freeRange(range.first(), range.last());
            }
        }
    }

    /** In each pool the numbers of subnets that have an address in common with that one. */
    private List<Touched> touched(Subnet subnet) {
        var touched = new ArrayList<Touched>();
        for (Cut cut : cuts) {
            Subnet range = cut.pool().range();
            if (subnet.contains(range)) {
                touched.add(new Touched(cut.segment().first(), cut.segment().last()));
            } else if (range.contains(subnet)) {
                touched.add(new Touched(cut.numberOf(subnet.base()), cut.numberOf(subnet.last())));
            }
        }
        return touched;
    }

    private Optional<Subnet> heldBy(Requester requester) {
        Subnet other = otherOf.get(requester);
        if (other != null) {
            return Optional.of(other);
        }
        long number = subnets.numbers().heldBy(requester);
        return number == CellTree.NONE ? Optional.empty() : Optional.of(valueOf(number));
    }

    boolean isHeld(Subnet subnet, Requester requester) {
        var other = others.overlapping(subnet);
        if (other != null) {
            return other.getKey().equals(subnet) && other.getValue().equals(requester);
        }
        return cuts.stream()
                .anyMatch(cut -> isOf(cut, subnet) && subnets.numbers().isHeld(cut.numberOf(subnet.base()), requester));
    }

    boolean isGranted(Subnet subnet) {
        var other = others.overlapping(subnet);
        if (other != null) {
            return other.getKey().equals(subnet);
        }
        return cuts.stream()
                .anyMatch(cut -> isOf(cut, subnet) && subnets.numbers().isGranted(cut.numberOf(subnet.base())));
    }

    /** Subnets that are none of the pools' own, in the order of their addresses. */
    Map<Subnet, Requester> others() {
        return Collections.unmodifiableMap(others.all());
    }

    /** How many subnets all pools have. */
    long size() {
        return cuts.isEmpty() ? 0 : cuts.getLast().segment().last() + 1;
    }

    /**
     * Takes another subnet that was read, when the pools have been.
     *
     * @throws IllegalArgumentException if it could not have been granted
     */
    void restore(Subnet subnet, Requester requester) {
        boolean isOther = subnet.family() == family
                && AddressPlan.of(subnet).refusal().isEmpty()
                && cuts.stream().noneMatch(cut -> isOf(cut, subnet))
                && excluded.overlapping(subnet) == null
                && others.overlapping(subnet) == null;
        StateFormat.check(isOther, subnet + " cannot have been granted");
        StateFormat.check(requester.isAnonymous() || heldBy(requester).isEmpty(), requester + " holds two");
        NumberPool numbers = subnets.numbers();
        for (Touched range : touched(subnet)) {
            StateFormat.check(
                    numbers.isGrantedToNobody(range.first(), range.last()) || isShared(range.first(), subnet),
                    "subnets of the pools are free that " + subnet + " touches");
        }
        others.put(subnet, requester);
        if (!requester.isAnonymous()) {
            otherOf.put(requester, subnet);
        }
    }
}
