package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The flows of one part of all clients: records, and an index of them for each direction. Whoever uses it has it {@linkplain #lock locked}.
 *
 * <p>It has room for a number of <em>settled</em> flows, which both sides have taken part in, and beside it for some that are opening. One
 * that opens takes a free place, or that of the one that has been opening longest: never that of a settled one, so that no flood of SYNs
 * ends a connection. One that settles where there is no room takes the place of the least useful of a few.
 */
final class FlowShard {
    static final int NONE = FlowIndex.NONE;

    /** Records looked at to find one to evict. */
    private static final int SAMPLE = 32;

    private static final int FIRST_RECORDS = 64;

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

    private final boolean isShared;

    @SuppressWarnings("unused") // by LOCKED
    private boolean locked;

    private final long seed;
    private final int maxSettled;
    private final int maxRecords;
    private final FlowIndex byService = new FlowIndex();
    private final FlowIndex byBackend = new FlowIndex();

    private final FlowKey removed = new FlowKey();
    private Memory records = Memory.allocate(FIRST_RECORDS * FlowRecord.BYTES);
    private int capacity = FIRST_RECORDS;
    /** Records that were ever used: the others are free, and in no list. */
    private int used;

    /** Free records as a stack, and those that are opening as a queue, the oldest first. */
    private int firstFree = NONE;

    private int oldestOpening = NONE;
    private int youngestOpening = NONE;
    private int[] next = new int[FIRST_RECORDS];
    private int[] previous = new int[FIRST_RECORDS];
    private boolean[] isOpening = new boolean[FIRST_RECORDS];

    private int size;
    private int settled;
    private int hand;
    private long evictedOpening;
    private long evictedSettled;

    /** @param isShared whether several threads use it; else it has no lock */
    FlowShard(long seed, int maxSettled, int maxOpening, boolean isShared) {
        this.isShared = isShared;
        this.seed = seed;
        this.maxSettled = maxSettled;
        this.maxRecords = maxSettled + maxOpening;
    }

    /**
     * Waits until nobody else has it. It is held for as long as a lookup takes; a monitor would cost a second atomic operation, and what the
     * processor has begun of the next lookup.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing is right or wrong by it
    void lock() {
        if (isShared) {
            for (int spins = 0; !LOCKED.weakCompareAndSetAcquire(this, false, true); spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
        }
    }

    void unlock() {
        if (isShared) {
            LOCKED.setRelease(this, false); // pairs with lock()
        }
    }

    /** What {@link #at} counts in; another one after each {@link #insert}. */
    Memory records() {
        return records;
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

    /** Numbers of records that may be flows are below. */
    int used() {
        return used;
    }

    long evictedOpening() {
        return evictedOpening;
    }

    long evictedSettled() {
        return evictedSettled;
    }

    /** The client's flow to a port of a service; {@link #NONE} if there is none. */
    int findByService(FlowKey key, int service, int vipPort) {
        int hash = hashByService(key, service, vipPort);
        for (int slot = byService.find(hash, hash); slot != NONE; slot = byService.find(hash, slot + 1)) {
            int record = byService.record(slot);
            if (FlowRecord.isOf(records, at(record), key, service, vipPort)) {
                return record;
            }
        }
        return NONE;
    }

    /** The client's flow with a port of a backend; {@link #NONE} if there is none. */
    int findByBackend(FlowKey key, long backendHigh, long backendLow, int backendPort, boolean hairpin) {
        int hash = hashByBackend(key, backendHigh, backendLow, backendPort);
        for (int slot = byBackend.find(hash, hash); slot != NONE; slot = byBackend.find(hash, slot + 1)) {
            int record = byBackend.record(slot);
            if (FlowRecord.isWith(records, at(record), key, backendHigh, backendLow, backendPort, hairpin)) {
                return record;
            }
        }
        return NONE;
    }

    /** Adds a flow that is not there, as one that opens, after the {@link #victimOfInsert} is gone. */
    int insert(FlowKey key, int service, int vipPort, Member member, int backendPort, int ticks) {
        int record = takeFree();
        int at = at(record);
        FlowRecord.write(records, at, key, service, vipPort, member, backendPort);
        FlowRecord.setLastSeen(records, at, ticks);
        byService.add(hashByService(key, service, vipPort), record);
        byBackend.add(
                hashByBackend(
                        key, FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at), backendPort),
                record);
        enqueue(record);
        size++;
        return record;
    }

    /** The flow that has to be removed before another can come; {@link #NONE} if there is room. */
    int victimOfInsert() {
        if (firstFree != NONE || used < maxRecords) {
            return NONE;
        }
        evictedOpening++;
        return oldestOpening;
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
        for (int looked = 0; looked < used && sampled < SAMPLE; looked++) {
            hand = hand + 1 < used ? hand + 1 : 0;
            int at = at(hand);
            int state = FlowRecord.state(records, at);
            if (state == FlowState.FREE || isOpening[hand]) {
                continue;
            }
            sampled++;
            long idle = Integer.toUnsignedLong(ticks - FlowRecord.lastSeen(records, at));
            long worth = ((long) FlowState.usefulness(state, FlowRecord.protocol(records, at)) << 32) - idle;
            if (worth < least) {
                least = worth;
                victim = hand;
            }
        }
        return victim;
    }

    boolean isOpening(int record) {
        return isOpening[record];
    }

    /** Both sides have taken part now. There must be room. */
    void settle(int record) {
        dequeue(record);
        settled++;
    }

    void remove(int record) {
        int at = at(record);
        FlowKey key = removed.set(
                FlowRecord.vni(records, at),
                FlowRecord.protocol(records, at),
                FlowRecord.clientHigh(records, at),
                FlowRecord.clientLow(records, at),
                FlowRecord.clientPort(records, at));
        byService.remove(hashByService(key, FlowRecord.service(records, at), FlowRecord.vipPort(records, at)), record);
        byBackend.remove(
                hashByBackend(
                        key,
                        FlowRecord.backendHigh(records, at),
                        FlowRecord.backendLow(records, at),
                        FlowRecord.backendPort(records, at)),
                record);
        if (isOpening[record]) {
            dequeue(record);
        } else {
            settled--;
        }
        FlowRecord.setState(records, at, FlowState.FREE);
        next[record] = firstFree;
        firstFree = record;
        size--;
    }

    private int takeFree() {
        if (firstFree != NONE) {
            int record = firstFree;
            firstFree = next[record];
            return record;
        }
        if (used == capacity) {
            grow();
        }
        return used++;
    }

    private void grow() {
        int larger = Math.min(2 * capacity, maxRecords);
        Memory grown = Memory.allocate(larger * FlowRecord.BYTES);
        records.copyTo(grown, 0, 0, capacity * FlowRecord.BYTES);
        records = grown;
        next = Arrays.copyOf(next, larger);
        previous = Arrays.copyOf(previous, larger);
        isOpening = Arrays.copyOf(isOpening, larger);
        capacity = larger;
    }

    private void enqueue(int record) {
        isOpening[record] = true;
        next[record] = NONE;
        previous[record] = youngestOpening;
        if (youngestOpening == NONE) {
            oldestOpening = record;
        } else {
            next[youngestOpening] = record;
        }
        youngestOpening = record;
    }

    private void dequeue(int record) {
        isOpening[record] = false;
        int before = previous[record];
        int after = next[record];
        if (before == NONE) {
            oldestOpening = after;
        } else {
            next[before] = after;
        }
        if (after == NONE) {
            youngestOpening = before;
        } else {
            previous[after] = before;
        }
    }

    private int hashByService(FlowKey key, int service, int vipPort) {
        return folded(FlowHash.mix(key.hash(seed), (long) service << 32 | vipPort));
    }

    private int hashByBackend(FlowKey key, long backendHigh, long backendLow, int backendPort) {
        return folded(FlowHash.mix(key.hash(seed) ^ backendHigh, Long.rotateLeft(backendLow, 16) ^ backendPort));
    }

    private static int folded(long hash) {
        return (int) (hash ^ hash >>> 32);
    }
}
