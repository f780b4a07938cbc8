package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The flows of one part of all clients. Whoever uses it has it {@linkplain #lock locked}.
 *
 * <p>It has room for a number of <em>settled</em> flows, which both sides have taken part in, and beside it for some that are opening. One
 * that opens takes a free place, or that of the one that has been opening longest: never that of a settled one, so that no flood of SYNs
 * ends a connection. One that settles where there is no room takes the place of the least useful of a few.
 *
 * <p>It grows as flows come. Where there is no memory to grow, there is no room for more than it has.
 *
 * <p>A flow is looked for among the records of its client's {@linkplain FlowGroups group}, and where there are strays in an index of those
 * for each direction.
 */
final class FlowShard {
    /** No record. */
    static final int NONE = -1;

    /** Records looked at to find one to evict. */
    private static final int SAMPLE = 32;

    private static final int FIRST_GROUPS = 4;

    private static final VarHandle LOCKED;

    static {
        try {
            LOCKED = MethodHandles.lookup().findVarHandle(FlowShard.class, "locked", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Tries before a thread lets another have its core, which may be the one that holds the lock. */
    private static final int SPINS = 100;

    @SuppressWarnings("unused") // by LOCKED
    private boolean locked;

    private final FlowKey moved;
    private final FlowMemory memory;
    private final int mostSettled;
    private final int mostRecords;
    private final int mostGroups;
    /** Both are what was asked for, or as much as it has memory for. */
    private int maxSettled;

    private int maxRecords;
    private FlowGroups groups;
    private OpeningQueue opening;
    private FlowIndex straysByService;
    private FlowIndex straysByBackend;

    private int size;
    private int settled;
    private int hand;
    private long evictedOpening;
    private long evictedSettled;

    /** @param seed of the keys it will see */
    FlowShard(long seed, int maxSettled, int maxOpening, FlowMemory memory) {
        this.moved = new FlowKey(seed);
        this.memory = memory;
        this.mostSettled = maxSettled;
        this.mostRecords = maxSettled + maxOpening;
        this.mostGroups = FlowGroups.countFor(mostRecords);
        this.maxSettled = mostSettled;
        this.maxRecords = mostRecords;
        this.groups = new FlowGroups(Math.min(FIRST_GROUPS, mostGroups), memory);
        this.opening = new OpeningQueue(groups.capacity());
        this.straysByService = new FlowIndex(memory);
        this.straysByBackend = new FlowIndex(memory);
    }

    /**
     * Waits until nobody else has it. It is held for as long as a lookup takes; a monitor would cost a second atomic operation, and what the
     * processor has begun of the next lookup.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing is right or wrong by it
    void lock() {
        for (int spins = 0; !LOCKED.weakCompareAndSetAcquire(this, false, true); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    void unlock() {
        LOCKED.setRelease(this, false); // pairs with lock()
    }

    /** For {@link FlowFetch}, which does not lock it: what is reached through final fields alone is whole, if not the newest. */
    FlowGroups groups() {
        return groups;
    }

    /** What {@link #at} counts in; another one after each {@link #insert}. */
    Memory records() {
        return groups.records();
    }

    /** Where a record is in {@link #records}. */
    static int at(int record) {
        return record * FlowRecord.BYTES;
    }

    int size() {
        return size;
    }

    int settled() {
        return settled;
    }

    /** Numbers of records are below; each has another after it has grown. */
    int capacity() {
        return groups.capacity();
    }

    long evictedOpening() {
        return evictedOpening;
    }

    long evictedSettled() {
        return evictedSettled;
    }

    /** The client's flow to a port of a service; {@link #NONE} if there is none. */
    int findByService(FlowKey key, int service, int vipPort) {
        Memory records = groups.records();
        int group = groups.group(key.hash);
        for (long set = groups.candidates(group, key.hash); set != 0; set &= set - 1) {
            int record = FlowGroups.first(group, set);
            if (FlowRecord.isOf(records, at(record), key, service, vipPort)) {
                return record;
            }
        }
        return straysByService.isEmpty() ? NONE : findStrayByService(key, service, vipPort);
    }

    private int findStrayByService(FlowKey key, int service, int vipPort) {
        int hash = hashByService(key, service, vipPort);
        for (int slot = straysByService.find(hash, hash);
                slot != FlowIndex.NONE;
                slot = straysByService.find(hash, slot + 1)) {
            int record = straysByService.record(slot);
            if (FlowRecord.isOf(records(), at(record), key, service, vipPort)) {
                return record;
            }
        }
        return NONE;
    }

    /** The client's flow with a port of a backend; {@link #NONE} if there is none. */
    int findByBackend(FlowKey key, long backendHigh, long backendLow, int backendPort, boolean hairpin) {
        Memory records = groups.records();
        int group = groups.group(key.hash);
        for (long set = groups.candidates(group, key.hash); set != 0; set &= set - 1) {
            int record = FlowGroups.first(group, set);
            if (FlowRecord.isWith(records, at(record), key, backendHigh, backendLow, backendPort, hairpin)) {
                return record;
            }
        }
        return straysByBackend.isEmpty()
                ? NONE
                : findStrayByBackend(key, backendHigh, backendLow, backendPort, hairpin);
    }

    private int findStrayByBackend(FlowKey key, long backendHigh, long backendLow, int backendPort, boolean hairpin) {
        int hash = hashByBackend(key, backendHigh, backendLow, backendPort);
        for (int slot = straysByBackend.find(hash, hash);
                slot != FlowIndex.NONE;
                slot = straysByBackend.find(hash, slot + 1)) {
            int record = straysByBackend.record(slot);
            if (FlowRecord.isWith(records(), at(record), key, backendHigh, backendLow, backendPort, hairpin)) {
                return record;
            }
        }
        return NONE;
    }

    /**
     * Adds a flow that is not there, as one that opens, after the {@link #victimOfInsert} is gone; {@link #NONE} if it were a stray and there is
     * no memory to find it by.
     */
    int insert(FlowKey key, int service, int vipPort, Member member, int backendPort, int ticks) {
        if (size >= groups.enough() && groups.count() < mostGroups) {
            grow(ticks);
        }
        int record = groups.take(key.hash);
        if (groups.isStray(record) && !hasRoomForStray(ticks)) {
            groups.free(record);
            return NONE;
        }
        FlowRecord.write(records(), at(record), key, service, vipPort, member, backendPort, ticks);
        if (groups.isStray(record)) {
            indexStray(key, record);
        }
        opening.add(record);
        size++;
        return record;
    }

    /** The flow that has to be removed before another can come; {@link #NONE} if there is room. */
    int victimOfInsert() {
        if (size < maxRecords) {
            return NONE;
        }
        evictedOpening++;
        return opening.oldest();
    }

    /** The flow that has to be removed before another can settle; {@link #NONE} if there is room. */
    int victimOfSettling(int ticks) {
        if (settled < maxSettled) {
            return NONE;
        }
        evictedSettled++;
        int victim = NONE;
        long least = Long.MAX_VALUE;
        int sampled = 0;
        for (int looked = 0; looked < capacity() && sampled < SAMPLE; looked++) {
            hand = hand + 1 < capacity() ? hand + 1 : 0;
            int at = at(hand);
            int state = FlowRecord.state(records(), at);
            if (state == FlowState.FREE || opening.contains(hand)) {
                continue;
            }
            sampled++;
            long idle = Integer.toUnsignedLong(ticks - FlowRecord.lastSeen(records(), at));
            long worth = ((long) FlowState.usefulness(state, FlowRecord.protocol(records(), at)) << 32) - idle;
            if (worth < least) {
                least = worth;
                victim = hand;
            }
        }
        return victim;
    }

    boolean isOpening(int record) {
        return opening.contains(record);
    }

    /** Both sides have taken part now. There must be room. */
    void settle(int record) {
        opening.remove(record);
        settled++;
    }

    void remove(int record) {
        if (groups.isStray(record)) {
            forgetStray(FlowRecord.key(records(), at(record), moved), record);
        }
        if (opening.contains(record)) {
            opening.remove(record);
        } else {
            settled--;
        }
        FlowRecord.setState(records(), at(record), FlowState.FREE);
        groups.free(record);
        size--;
    }

    /** To twice the size; or not at all, if there is no memory. */
    private void grow(int ticks) {
        if (!memory.ofRecords().allow(ticks)) {
            stay();
            return;
        }
        FlowGroups old = groups;
        OpeningQueue queue = opening;
        FlowIndex byService = straysByService;
        FlowIndex byBackend = straysByBackend;
        try {
            var grown = new FlowGroups(Math.min(2 * old.count(), mostGroups), memory);
            opening = new OpeningQueue(grown.capacity());
            straysByService = new FlowIndex(memory);
            straysByBackend = new FlowIndex(memory);
            groups = grown;
            moveAll(old, queue);
            maxSettled = mostSettled;
            maxRecords = mostRecords;
        } catch (OutOfMemoryError e) { // a smaller table serves, a worker's thread that ends does not
            groups = old;
            opening = queue;
            straysByService = byService;
            straysByBackend = byBackend;
            memory.ofRecords().add(ticks);
            stay();
        }
    }

    /** What settles has room for as much as is there by now; a sixteenth of all places is left for what opens. */
    private void stay() {
        maxSettled = Math.min(mostSettled, groups.enough());
        maxRecords = Math.min(mostRecords, groups.enough() + groups.capacity() / 16);
    }

    private void moveAll(FlowGroups old, OpeningQueue queue) {
        for (int record = queue.oldest(); record != NONE; record = queue.next(record)) {
            opening.add(move(old, record));
        }
        for (int record = 0; record < old.capacity(); record++) {
            if (!queue.contains(record) && FlowRecord.state(old.records(), at(record)) != FlowState.FREE) {
                move(old, record);
            }
        }
    }

    private int move(FlowGroups old, int oldRecord) {
        FlowKey key = FlowRecord.key(old.records(), at(oldRecord), moved);
        int record = groups.take(key.hash);
        old.records().copyTo(records(), at(oldRecord), at(record), FlowRecord.BYTES);
        if (groups.isStray(record)) {
            straysByService.makeRoom();
            straysByBackend.makeRoom();
            indexStray(key, record);
        }
        return record;
    }

    /** Whether one more can be indexed. Where there is no memory to grow, indexes get crowded, but not full. */
    private boolean hasRoomForStray(int ticks) {
        if (memory.ofWords().allow(ticks)) {
            try {
                straysByService.makeRoom();
                straysByBackend.makeRoom();
            } catch (OutOfMemoryError e) {
                memory.ofWords().add(ticks);
            }
        }
        return !straysByService.isCrowded() && !straysByBackend.isCrowded();
    }

    private void indexStray(FlowKey key, int record) {
        straysByService.add(hashByService(key, record), record);
        straysByBackend.add(hashByBackend(key, record), record);
    }

    private void forgetStray(FlowKey key, int record) {
        straysByService.remove(hashByService(key, record), record);
        straysByBackend.remove(hashByBackend(key, record), record);
    }

    private int hashByService(FlowKey key, int record) {
        Memory records = records();
        return hashByService(key, FlowRecord.service(records, at(record)), FlowRecord.vipPort(records, at(record)));
    }

    private int hashByBackend(FlowKey key, int record) {
        Memory records = records();
        int at = at(record);
        return hashByBackend(
                key,
                FlowRecord.backendHigh(records, at),
                FlowRecord.backendLow(records, at),
                FlowRecord.backendPort(records, at));
    }

    private static int hashByService(FlowKey key, int service, int vipPort) {
        return folded(FlowHash.mix(key.hash, (long) service << 32 | vipPort));
    }

    private static int hashByBackend(FlowKey key, long backendHigh, long backendLow, int backendPort) {
        return folded(FlowHash.mix(key.hash ^ backendHigh, Long.rotateLeft(backendLow, 16) ^ backendPort));
    }

    private static int folded(long hash) {
        return (int) (hash ^ hash >>> 32);
    }
}
