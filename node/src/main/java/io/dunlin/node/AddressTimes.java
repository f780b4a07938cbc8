package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long things take, in nanoseconds.
 *
 * @param startedAt when the node started
 * @param isAlone there is no cluster
 * @param hasSeeds there are members to join through
 * @param settleNanos in which news reaches all members: who has heard nothing by then is taken to be alone with it
 * @param patienceNanos in which a request fails
 * @param reclaimNanos after which what belongs to a failed node is free
 */
record AddressTimes(
        long startedAt, boolean isAlone, boolean hasSeeds, long settleNanos, long patienceNanos, long reclaimNanos) {
    static final long NEVER = Long.MIN_VALUE;

    /** With fan-out 3 each round reaches four times as many: a thousand members in five. */
    private static final int ROUNDS = 5;

    private static final Duration SLOW_DISK = Duration.ofSeconds(10);

    /** Than which no decision takes longer: to hear of the others, to find two networks taken, and to ask in vain. */
    Duration longest() {
        return Duration.ofNanos(2 * patienceNanos + 10 * settleNanos).plus(SLOW_DISK);
    }

    static AddressTimes of(PoolsConfig pools, @Nullable GossipConfig gossip, long startedAt) {
        Duration settle = gossip == null
                ? Duration.ZERO
                : gossip.profile().gossipInterval().multipliedBy(ROUNDS);
        return new AddressTimes(
                startedAt,
                gossip == null,
                gossip != null && !gossip.seeds().isEmpty(),
                settle.toNanos(),
                pools.patience().toNanos(),
                pools.reclaimAfter().toNanos());
    }
}
