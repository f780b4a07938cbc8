package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;

/**
 * Notices that this member itself stood still (a stopped process, a collector's pause, a sleeping laptop): a task that runs much later than
 * it was due. What seems to have been unanswered since then may lie unread in the socket's buffer, so whoever asks here gives it another
 * chance. Beyond Lifeguard, which must wait for missing answers to notice.
 */
final class PauseWatch {
    /** Of the probe timeout: what a busy scheduler may be late without being called a pause. */
    private static final int TOLERANCE_SHARE = 5;

    private final Clock clock;
    private final long toleranceNanos;

    PauseWatch(Clock clock, Profile profile, boolean enabled) {
        this.clock = clock;
        this.toleranceNanos = enabled ? profile.probeTimeout().toNanos() / TOLERANCE_SHARE : Long.MAX_VALUE;
    }

    /** Whether a task that runs now and was due at {@code dueNanos} is so late that this member must have stood still. */
    boolean stoodStill(long dueNanos) {
        return clock.nanoTime() - dueNanos > toleranceNanos;
    }
}
