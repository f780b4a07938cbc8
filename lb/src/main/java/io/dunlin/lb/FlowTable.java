package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;
import java.util.random.RandomGenerator;

/**
 * The flows of a node's workloads with services: which backend each was given. One for all workers of a node: where a flow's answers come in
 * is not where its packets went out.
 *
 * <p>Bounded: it has room for the flows it is asked to hold, once both sides have taken part in them, and a sixteenth beside for those that
 * are opening. It grows as they come, to some 110 bytes for each, most of them in direct memory, and does not shrink. Nothing else is
 * allocated. Where the JVM has no memory for it to grow, it goes on with the room it has, as when it is full, and tries again a minute later;
 * the attempt may hold workers up for half a second.
 *
 * <p>Any thread: it is in {@value #SHARDS} parts by the client's address and port, which packets of both directions show, so that each packet
 * locks one of them, for as long as a lookup takes.
 */
public final class FlowTable {
    public static final int DEFAULT_MAX_FLOWS = 1 << 20;

    public static final int LEAST_FLOWS = 1024;
    public static final int MOST_FLOWS = 1 << 24;
    private static final int SHARDS = 64;
    /** Records that take more than a processor's second cache, as they come these years. */
    private static final int LARGE = 1 << 15;
    /** Standard deviations from the mean that a part has room for, as chance fills some before the others. */
    private static final int CHANCE = 6;
    /** Of the settled flows: as many may be opening, at the least. */
    private static final int OPENING_SHARE = 16;

    private final long seed;
    private final FlowMemory memory;
    private final FlowShard[] shards = new FlowShard[SHARDS];
    private final FragmentTable fragments = new FragmentTable();
    /** Whether there ever was a flow: where no service is used, no packet is looked at. */
    private volatile boolean isUsed;

    /**
     * @param maxFlows {@value #LEAST_FLOWS} to {@value #MOST_FLOWS}
     * @param random what nobody can guess, so that nobody can choose flows that collide
     */
    public FlowTable(int maxFlows, RandomGenerator random) {
        this(maxFlows, random, new FlowMemory(Memory::allocate, long[]::new));
    }

    FlowTable(int maxFlows, RandomGenerator random, FlowMemory memory) {
        if (maxFlows < LEAST_FLOWS || maxFlows > MOST_FLOWS) {
            throw new IllegalArgumentException(
                    "table of " + maxFlows + " flows: allowed are " + LEAST_FLOWS + " to " + MOST_FLOWS);
        }
        this.memory = memory;
        seed = random.nextLong();
        int mean = maxFlows / SHARDS;
        int share = mean + (int) (CHANCE * Math.sqrt(mean));
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new FlowShard(seed, share, Math.max(1, share / OPENING_SHARE), memory);
        }
    }

    /** Flows it holds, those that are opening included. */
    public int size() {
        int size = 0;
        for (FlowShard shard : shards) {
            shard.lock();
            try {
                size += shard.size();
            } finally {
                shard.unlock();
            }
        }
        return size;
    }

    /** Flows that both sides have taken part in. */
    public int settled() {
        int settled = 0;
        for (FlowShard shard : shards) {
            shard.lock();
            try {
                settled += shard.settled();
            } finally {
                shard.unlock();
            }
        }
        return settled;
    }

    /** Flows that were opening and had to go, as there was no room. */
    public long evictedOpening() {
        long evicted = 0;
        for (FlowShard shard : shards) {
            shard.lock();
            try {
                evicted += shard.evictedOpening();
            } finally {
                shard.unlock();
            }
        }
        return evicted;
    }

    /** Flows that both sides had taken part in, and that had to go as there was no room. */
    public long evictedSettled() {
        long evicted = 0;
        for (FlowShard shard : shards) {
            shard.lock();
            try {
                evicted += shard.evictedSettled();
            } finally {
                shard.unlock();
            }
        }
        return evicted;
    }

    /** How often the JVM had no memory for it to grow, or for one more flow. */
    public long memoryRefused() {
        return memory.refusals();
    }

    /** Whether its records are more than stay near the processor, so that it is worth while to {@linkplain FlowFetch fetch} some. */
    boolean isLarge() {
        return shards[0].groups().capacity() >= LARGE / SHARDS; // each part has about as many
    }

    /** A key for this table, to be used again and again by one thread. */
    FlowKey newKey() {
        return new FlowKey(seed);
    }

    /** The part that has the client's flows, to be locked. */
    FlowShard shard(FlowKey key) {
        return shards[(int) (key.hash >>> 58)];
    }

    boolean isUsed() {
        return isUsed;
    }

    int shards() {
        return SHARDS;
    }

    FlowShard shard(int number) {
        return shards[number];
    }

    FragmentTable fragments() {
        return fragments;
    }

    /** Adds a flow that is not there to a shard that the caller holds; {@link FlowShard#NONE} if there is no memory for it. */
    int begin(
            FlowShard shard,
            FlowKey key,
            int service,
            int vipPort,
            Member member,
            int backendPort,
            int ticks,
            ServiceTable services) {
        if (!isUsed) {
            isUsed = true; // before the first packet is on its way, and so before an answer to it
        }
        int victim = shard.victimOfInsert();
        if (victim != FlowShard.NONE) {
            end(shard, victim, services);
        }
        int record = shard.insert(key, service, vipPort, member, backendPort, ticks);
        if (record != FlowShard.NONE) {
            member.flows().incrementAndGet();
        }
        return record;
    }

    /**
     * Whether no flow of a shard that the caller holds has the client's port at a backend's. One that is over gives way, and is gone then, as in
     * Linux' conntrack: it would go on to rewrite the answers of whatever comes after it.
     */
    static boolean isFree(
            FlowShard shard,
            FlowKey key,
            long backendHigh,
            long backendLow,
            int backendPort,
            boolean hairpin,
            long nowNanos,
            ServiceTable services) {
        int record = shard.findByBackend(key, backendHigh, backendLow, backendPort, hairpin);
        if (record == FlowShard.NONE) {
            return true;
        }
        Memory records = shard.records();
        int at = FlowShard.at(record);
        VirtualService service = services.virtualService(FlowRecord.service(records, at));
        boolean isOver = FlowRecord.state(records, at) == FlowState.CLOSED
                || service != null && service.hasForgotten(records, at, nowNanos);
        if (isOver) {
            end(shard, record, services);
        }
        return isOver;
    }

    /** Removes a flow of a shard that the caller holds. */
    static void end(FlowShard shard, int record, ServiceTable services) {
        Member member = services.member(FlowRecord.member(shard.records(), FlowShard.at(record)));
        if (member != null) {
            member.flows().decrementAndGet();
        }
        shard.remove(record);
    }

    /** Counts a packet in, and lets the flow take its next step. */
    static void advance(FlowShard shard, int record, int state, int ticks, ServiceTable services) {
        int at = FlowShard.at(record);
        FlowRecord.setLastSeen(shard.records(), at, ticks);
        if (state == FlowRecord.state(shard.records(), at)) {
            return;
        }
        FlowRecord.setState(shard.records(), at, state);
        if (shard.isOpening(record) && FlowState.isSettled(state)) {
            int victim = shard.victimOfSettling(ticks);
            if (victim != FlowShard.NONE) {
                end(shard, victim, services);
            }
            shard.settle(record);
        }
    }
}
