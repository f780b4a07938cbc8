package io.dunlin.ipam;

import static io.dunlin.ipam.StateFormat.check;

import java.util.List;

/**
 * Numbers, each granted to one requester at a time: what pools of subnets, addresses, VNIs and ports have in common. For one thread; time comes
 * in with each request.
 *
 * <p>A number is free, granted, in quarantine, or kept free. All but the free ones are <em>taken</em>, in one tree; what exactly a taken one is, is
 * seen in trees of its own that are empty where there is no such number. So a full pool without names costs two bits for each 64 parts that
 * are not full, and no search asks more than one tree. Numbers are unsigned, and {@link CellTree#MAX_CELL} at most.
 */
final class NumberPool {
    /** What became of a request, with the number it is about. */
    record Outcome(Kind kind, long number) {}

    enum Kind {
        GRANTED,
        /** It was the requester's already. */
        HELD,
        EXHAUSTED,
        /** No room for another requester's name. */
        INDEX_FULL,
        TAKEN,
        RESERVED,
        IN_QUARANTINE,
        /** The number is what the requester holds instead. */
        HOLDS_ANOTHER,
        NOT_HELD,
        RELEASED
    }

    private final Policy policy;
    private final List<Segment> segments;
    private CellTree taken;
    private final CellTree reserved;
    private final Quarantine quarantine;
    private final RequesterIndex index;

    /**
     * @param bits of the largest number
     * @param segments in the order in which they are used; other numbers are granted only to who asks for them by name
     * @param reserved numbers that are kept free for ever. It is read alone, so pools may share one
     */
    NumberPool(int bits, List<Segment> segments, CellTree reserved, Policy policy, long quarantineMillis) {
        this.policy = policy;
        this.segments = List.copyOf(segments);
        this.taken = new CellTree(bits);
        this.reserved = reserved;
        reserved.takenRuns(taken::take);
        for (Segment segment : segments) {
            segment.keepFree(reserved.count(segment.first(), segment.last()));
        }
        this.quarantine = new Quarantine(bits, quarantineMillis);
        this.index = new RequesterIndex(bits);
    }

    /** The next free number, or what the requester holds or held last. */
    Outcome request(Requester requester, long nowMillis) {
        tick(nowMillis);
        byte[] name = requester.utf8();
        if (!requester.isAnonymous()) {
            long held = index.find(name);
            if (held != CellTree.NONE) {
                return new Outcome(Kind.HELD, held);
            }
            if (!index.hasRoomFor(name)) {
                return new Outcome(Kind.INDEX_FULL, CellTree.NONE);
            }
            long before = quarantine.of(requester);
            if (before != CellTree.NONE) {
                return takeBack(before, requester, name);
            }
        }
        for (Segment segment : segments) {
            if (segment.hasFree()) {
                return grantNext(segment, name);
            }
        }
        return new Outcome(Kind.EXHAUSTED, CellTree.NONE);
    }

    private Outcome grantNext(Segment segment, byte[] name) {
        long from = policy == Policy.LOWEST_FIRST ? segment.first() : segment.cursor();
        long number = taken.nextFree(from, segment.last());
        if (number == CellTree.NONE) {
            number = taken.nextFree(segment.first(), segment.last());
        }
        segment.moveBehind(number);
        grant(number, name);
        return new Outcome(Kind.GRANTED, number);
    }

    private void grant(long number, byte[] name) {
        taken.take(number);
        use(number, number);
        if (name.length > 0) {
            index.put(name, number);
        }
    }

    private Outcome takeBack(long number, Requester requester, byte[] name) {
        quarantine.takeBack(requester);
        index.put(name, number);
        return new Outcome(Kind.GRANTED, number);
    }

    /** This number and no other. */
    Outcome claim(long number, Requester requester, long nowMillis) {
        tick(nowMillis);
        byte[] name = requester.utf8();
        if (!requester.isAnonymous()) {
            long held = index.find(name);
            if (held != CellTree.NONE) {
                return new Outcome(held == number ? Kind.HELD : Kind.HOLDS_ANOTHER, held);
            }
            if (!index.hasRoomFor(name)) {
                return new Outcome(Kind.INDEX_FULL, number);
            }
            if (quarantine.of(requester) == number) {
                return takeBack(number, requester, name);
            }
        }
        if (taken.isTaken(number)) {
            return new Outcome(kindOfTaken(number), number);
        }
        grant(number, name);
        return new Outcome(Kind.GRANTED, number);
    }

    private Kind kindOfTaken(long number) {
        if (reserved.isTaken(number)) {
            return Kind.RESERVED;
        }
        return quarantine.contains(number) ? Kind.IN_QUARANTINE : Kind.TAKEN;
    }

    /** Puts a number into quarantine, if the requester holds it. */
    Outcome release(long number, Requester requester, long nowMillis) {
        tick(nowMillis);
        if (!isHeld(number, requester)) {
            return new Outcome(Kind.NOT_HELD, number);
        }
        if (!requester.isAnonymous()) {
            index.remove(requester.utf8());
        }
        if (quarantine.millis() > 0) {
            quarantine.add(number, requester);
        } else {
            freeRange(number, number);
        }
        return new Outcome(Kind.RELEASED, number);
    }

    boolean isHeld(long number, Requester requester) {
        return requester.isAnonymous()
                ? taken.isTaken(number) && kindOfTaken(number) == Kind.TAKEN && !index.isHeld(number)
                : index.find(requester.utf8()) == number;
    }

    /** What a requester with a name holds, or {@link CellTree#NONE}. */
    long heldBy(Requester requester) {
        return requester.isAnonymous() ? CellTree.NONE : index.find(requester.utf8());
    }

    /** Ends the quarantines whose time is over. */
    void tick(long nowMillis) {
        for (var rest = quarantine.next(nowMillis); rest != null; rest = quarantine.next(nowMillis)) {
            freeRange(rest.first, rest.last);
        }
    }

    long nextTaken(long first) {
        return taken.nextTaken(first);
    }

    boolean isInQuarantine(long number) {
        return quarantine.contains(number);
    }

    boolean isGranted(long number) {
        return taken.isTaken(number) && kindOfTaken(number) == Kind.TAKEN;
    }

    boolean isReserved(long number) {
        return reserved.isTaken(number);
    }

    /** Whether all of them were granted, and to no requester with a name. */
    boolean isGrantedToNobody(long first, long last) {
        return taken.nextFree(first, last) == CellTree.NONE
                && reserved.count(first, last) == 0
                && quarantine.count(first, last) == 0
                && index.count(first, last) == 0;
    }

    /** Grants free numbers to nobody in particular, who answers for them until {@link #freeRange}. */
    void takeRange(long first, long last) {
        taken.take(first, last);
        use(first, last);
    }

    void freeRange(long first, long last) {
        taken.free(first, last);
        for (Segment segment : segments) {
            segment.unuse(segment.overlap(first, last));
        }
    }

    private void use(long first, long last) {
        for (Segment segment : segments) {
            segment.use(segment.overlap(first, last));
        }
    }

    /** Whether a request of this requester would be granted. */
    boolean canGrant(Requester requester, long nowMillis) {
        tick(nowMillis);
        byte[] name = requester.utf8();
        if (!requester.isAnonymous()) {
            if (index.find(name) != CellTree.NONE) {
                return true;
            }
            if (!index.hasRoomFor(name)) {
                return false;
            }
        }
        return quarantine.of(requester) != CellTree.NONE || segments.stream().anyMatch(Segment::hasFree);
    }

    List<Segment> segments() {
        return segments;
    }

    /** Of a segment's numbers, those in quarantine. */
    long inQuarantine(Segment segment) {
        return quarantine.count(segment.first(), segment.last());
    }

    long longestFreeRun(Segment segment) {
        return taken.longestFreeRun(segment.first(), segment.last());
    }

    long quarantineMillis() {
        return quarantine.millis();
    }

    /** How many are granted, of all segments and outside of them. */
    long granted() {
        return all(taken) - all(reserved) - all(quarantine.cells());
    }

    private static long all(CellTree tree) {
        return tree.count(0, CellTree.MAX_CELL);
    }

    CellTree taken() {
        return taken;
    }

    Quarantine quarantine() {
        return quarantine;
    }

    RequesterIndex index() {
        return index;
    }

    /**
     * Takes what was read, of which {@link Quarantine quarantines} and requesters are then told.
     *
     * @param first the lowest number that can be taken
     * @param last the highest
     * @throws IllegalArgumentException if other numbers are taken, or some that are kept free are not
     */
    void restore(CellTree read, long[] cursors, long first, long last) {
        boolean isWithin = read.nextTaken(last + 1) == CellTree.NONE && (first == 0 || read.count(0, first - 1) == 0);
        check(isWithin, "numbers are taken that are not in the pool");
        reserved.takenRuns((begin, end) ->
                check(read.nextFree(begin, end) == CellTree.NONE, "a number is free that is to be kept free"));
        taken = read;
        for (int i = 0; i < cursors.length; i++) {
            Segment segment = segments.get(i);
            long used = taken.count(segment.first(), segment.last()) - reserved.count(segment.first(), segment.last());
            segment.restore(used, cursors[i]);
        }
    }

    /** @throws IllegalArgumentException if one of the numbers is not granted, or the order of time is broken */
    void restore(Quarantine.Rest rest) {
        boolean isRange = Long.compareUnsigned(rest.first, rest.last) <= 0
                && (rest.first == rest.last || rest.requester.isAnonymous());
        check(isRange, "a quarantine of no numbers");
        boolean isGranted = taken.nextFree(rest.first, rest.last) == CellTree.NONE
                && reserved.count(rest.first, rest.last) == 0
                && quarantine.count(rest.first, rest.last) == 0;
        check(isGranted, "a quarantine of what was not granted");
        quarantine.restore(rest);
    }

    /** @throws IllegalArgumentException if the number is not granted, or either is of another holding */
    void restore(long number, Requester requester) {
        byte[] name = requester.utf8();
        check(isHeld(number, Requester.ANONYMOUS), "a requester of what is not granted");
        check(!requester.isAnonymous() && index.find(name) == CellTree.NONE, "a requester that holds two");
        index.put(name, number);
    }
}
