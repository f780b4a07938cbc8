package io.dunlin.gossip;

import java.time.Duration;

/**
 * Lifeguard's local health: a score of how far this member's own view is to be trusted. 0 is healthy; each sign that the fault may be its own
 * (no answer to a probe, not even a nack from those who were asked to help; being suspected itself) adds to it, each answered probe takes one
 * off. A member with a high score probes more slowly and waits longer.
 */
final class LocalHealth {
    private final int max;
    private volatile int score;

    /** Scores run from 0 to {@code awarenessMax} − 1; 1 switches it off. */
    LocalHealth(int awarenessMax) {
        this.max = awarenessMax - 1;
    }

    /** From any thread. */
    int score() {
        return score;
    }

    void worse(int by) {
        score = Math.min(max, score + by);
    }

    void better() {
        score = Math.max(0, score - 1);
    }

    /** {@code duration} stretched by the score, in nanoseconds. */
    long scale(Duration duration) {
        return duration.toNanos() * (score + 1);
    }
}
