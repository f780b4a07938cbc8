package io.dunlin.ipam;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Cells that were released and wait, first in, first out, as all wait equally long. Whoever released one by name may have it back: the old flows
 * that a new holder must not meet are its own.
 */
final class Quarantine {
    /** Cells that were released at one time; more than one only of anonymous requesters. */
    static final class Rest {
        final long first;
        long last;
        final long untilMillis;
        Requester requester;
        private boolean isOver;

        Rest(long first, long last, long untilMillis, Requester requester) {
            this.first = first;
            this.last = last;
            this.untilMillis = untilMillis;
            this.requester = requester;
        }
    }

    private final long millis;
    /** The last one is not over: the next may join it. */
    private final ArrayDeque<Rest> rests = new ArrayDeque<>(1); // there are many pools in which nothing waits

    private final Map<Requester, Rest> ofRequester = new HashMap<>(1);
    private final CellTree cells;
    /** The latest time that was told: it does not go back. */
    private long nowMillis = Long.MIN_VALUE;

    /** @param millis how long cells wait; 0: not at all */
    Quarantine(int bits, long millis) {
        this.millis = millis;
        this.cells = new CellTree(bits);
    }

    long millis() {
        return millis;
    }

    long nowMillis() {
        return nowMillis;
    }

    boolean contains(long cell) {
        return cells.isTaken(cell);
    }

    CellTree cells() {
        return cells;
    }

    long count(long first, long last) {
        return cells.count(first, last);
    }

    /** The cell that the requester released last, while it waits, or {@link CellTree#NONE}. */
    long of(Requester requester) {
        Rest rest = ofRequester.get(requester);
        return rest == null ? CellTree.NONE : rest.first;
    }

    /** Lets the time go on to {@code now}, and gives the next cells whose time is over; null: no more. */
    @Nullable
    Rest next(long now) {
        nowMillis = Math.max(nowMillis, now);
        for (Rest rest = rests.peek(); rest != null && rest.untilMillis <= nowMillis; rest = rests.peek()) {
            rests.remove();
            if (!rest.isOver) {
                ofRequester.remove(rest.requester, rest);
                cells.free(rest.first, rest.last);
                return rest;
            }
        }
        return null;
    }

    void add(long cell, Requester requester) {
        long until = nowMillis > Long.MAX_VALUE - millis ? Long.MAX_VALUE : nowMillis + millis;
        add(new Rest(cell, cell, until, requester));
    }

    /** As the last. */
    void add(Rest rest) {
        cells.take(rest.first, rest.last);
        Rest before = rests.peekLast();
        if (rest.requester.isAnonymous()) {
            if (before != null
                    && before.requester.isAnonymous()
                    && before.untilMillis == rest.untilMillis
                    && before.last + 1 == rest.first) {
                before.last = rest.last;
                return;
            }
        } else {
            Rest earlier = ofRequester.put(rest.requester, rest);
            if (earlier != null) {
                earlier.requester = Requester.ANONYMOUS;
            }
        }
        rests.add(rest);
    }

    /** Gives a requester back what it released last. */
    void takeBack(Requester requester) {
        Rest rest = ofRequester.remove(requester);
        if (rest != null) {
            rest.isOver = true;
            cells.free(rest.first, rest.last);
            for (Rest tail = rests.peekLast(); tail != null && tail.isOver; tail = rests.peekLast()) {
                rests.removeLast();
            }
        }
    }

    /** All that wait, the first to be free first. */
    List<Rest> rests() {
        return rests.stream().filter(rest -> !rest.isOver).toList();
    }

    /** For a quarantine that is read, before its rests. */
    void restoreTime(long now) {
        nowMillis = now;
    }

    /** @throws IllegalArgumentException if it could not have been put behind those that are there */
    void restore(Rest rest) {
        Rest before = rests.peekLast();
        boolean isInOrder = millis > 0
                && rest.untilMillis > nowMillis
                && (before == null || before.untilMillis <= rest.untilMillis)
                && !ofRequester.containsKey(rest.requester);
        StateFormat.check(isInOrder, "a quarantine out of order");
        int count = rests.size();
        add(rest);
        StateFormat.check(rests.size() > count, "a quarantine in two pieces");
    }
}
