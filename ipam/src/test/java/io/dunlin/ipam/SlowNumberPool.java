package io.dunlin.ipam;

import io.dunlin.ipam.NumberPool.Kind;
import io.dunlin.ipam.NumberPool.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a {@link NumberPool} does, with sets and loops over them alone. */
final class SlowNumberPool {
    record Range(long first, long last) {}

    private record Resting(long untilMillis) {}

    private final List<Range> segments;
    private final Policy policy;
    private final long quarantineMillis;
    private final Map<Range, Long> cursors = new HashMap<>();
    private final Set<Long> reserved = new TreeSet<>();
    private final Map<Long, Requester> granted = new TreeMap<>();
    private final Map<Long, Resting> resting = new TreeMap<>();
    private final Map<Requester, Long> lastReleased = new HashMap<>();
    private long now = Long.MIN_VALUE;

    SlowNumberPool(List<Range> segments, Policy policy, long quarantineMillis) {
        this.segments = segments;
        this.policy = policy;
        this.quarantineMillis = quarantineMillis;
    }

    void reserve(long number) {
        reserved.add(number);
    }

    private void tick(long nowMillis) {
        now = Math.max(now, nowMillis);
        for (var rest : Map.copyOf(resting).entrySet()) {
            if (rest.getValue().untilMillis <= now) {
                resting.remove(rest.getKey());
                lastReleased.values().remove(rest.getKey());
            }
        }
    }

    private @Nullable Long held(Requester requester) {
        if (requester.isAnonymous()) {
            return null;
        }
        for (var entry : granted.entrySet()) {
            if (entry.getValue().equals(requester)) {
                return entry.getKey();
            }
        }
        return null;
    }

    private boolean isFree(long number) {
        return !reserved.contains(number) && !granted.containsKey(number) && !resting.containsKey(number);
    }

    Outcome request(Requester requester, long nowMillis) {
        tick(nowMillis);
        Long held = held(requester);
        if (held != null) {
            return new Outcome(Kind.HELD, held);
        }
        Long before = lastReleased.get(requester);
        if (before != null) {
            return takeBack(before, requester);
        }
        for (Range segment : segments) {
            long size = segment.last - segment.first + 1;
            long from = policy == Policy.NEXT_FIT ? cursors.getOrDefault(segment, segment.first) : segment.first;
            for (long i = 0; i < size; i++) {
                long number = segment.first + (from - segment.first + i) % size;
                if (isFree(number)) {
                    cursors.put(segment, segment.first + (number + 1 - segment.first) % size);
                    granted.put(number, requester);
                    return new Outcome(Kind.GRANTED, number);
                }
            }
        }
        return new Outcome(Kind.EXHAUSTED, CellTree.NONE);
    }

    private Outcome takeBack(long number, Requester requester) {
        lastReleased.remove(requester);
        resting.remove(number);
        granted.put(number, requester);
        return new Outcome(Kind.GRANTED, number);
    }

    Outcome claim(long number, Requester requester, long nowMillis) {
        tick(nowMillis);
        Long held = held(requester);
        if (held != null) {
            return new Outcome(held == number ? Kind.HELD : Kind.HOLDS_ANOTHER, held);
        }
        Long before = lastReleased.get(requester);
        if (before != null && before == number) {
            return takeBack(number, requester);
        }
        if (isFree(number)) {
            granted.put(number, requester);
            return new Outcome(Kind.GRANTED, number);
        }
        Kind kind = reserved.contains(number)
                ? Kind.RESERVED
                : resting.containsKey(number) ? Kind.IN_QUARANTINE : Kind.TAKEN;
        return new Outcome(kind, number);
    }

    Outcome release(long number, Requester requester, long nowMillis) {
        tick(nowMillis);
        if (!requester.equals(granted.get(number))) {
            return new Outcome(Kind.NOT_HELD, number);
        }
        granted.remove(number);
        if (quarantineMillis > 0) {
            resting.put(number, new Resting(now + quarantineMillis));
            if (!requester.isAnonymous()) {
                lastReleased.put(requester, number);
            }
        }
        return new Outcome(Kind.RELEASED, number);
    }

    Map<Long, Requester> granted() {
        return granted;
    }

    /** As {@link Usage}, of all segments. */
    List<Usage> usage() {
        return segments.stream().map(this::usage).toList();
    }

    private Usage usage(Range segment) {
        long size = 0;
        long used = 0;
        long waiting = 0;
        long run = 0;
        long longest = 0;
        for (long number = segment.first; number <= segment.last; number++) {
            size += reserved.contains(number) ? 0 : 1;
            used += granted.containsKey(number) ? 1 : 0;
            waiting += resting.containsKey(number) ? 1 : 0;
            run = isFree(number) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return new Usage(segment.toString(), size, used, waiting, longest);
    }
}
