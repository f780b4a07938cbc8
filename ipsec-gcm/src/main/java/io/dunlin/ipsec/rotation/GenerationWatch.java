package io.dunlin.ipsec.rotation;

import java.time.Duration;

/**
 * Notices that this machine may have been set back to a snapshot, after which a node must not go on with the sequence numbers it had: by the
 * generation that the hypervisor tells (VMGENID), or by the wall clock, which moved otherwise than the monotonic one. A clock that was merely
 * put right looks the same; beginning anew is always safe.
 *
 * <p>Belongs to one thread.
 */
public final class GenerationWatch {
    private final long toleranceNanos;
    private boolean isStarted;
    private long aheadNanos;
    private long lastGeneration;

    /** @param tolerance what the clocks may drift apart between two looks, like a few seconds */
    public GenerationWatch(Duration tolerance) {
        this.toleranceNanos = tolerance.toNanos();
    }

    /**
     * To be asked often, and before anything is sealed after a pause.
     *
     * @param nowNanos the monotonic clock
     * @param wallMillis the wall clock
     * @param generation what the hypervisor tells; always the same where none does
     * @return whether something happened since it was asked last, so that the node needs a new boot id
     */
    public boolean isSetBack(long nowNanos, long wallMillis, long generation) {
        long ahead = wallMillis * 1_000_000 - nowNanos; // may wrap; only differences count
        long drift = ahead - aheadNanos;
        boolean jumped = drift > toleranceNanos || drift < -toleranceNanos || generation != lastGeneration;
        boolean isSetBack = isStarted && jumped;
        isStarted = true;
        aheadNanos = ahead;
        lastGeneration = generation;
        return isSetBack;
    }
}
