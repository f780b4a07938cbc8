package io.dunlin.gossip;

import java.time.Instant;

/**
 * The numbers that order what is said of a member. They begin at the wall clock's seconds since 2020, so that a member that restarts says more
 * than anything that still goes round about it; each refutation and change of metadata adds one. They are 32 bits on the wire: the clock fills
 * them in 2156. memberlist's own begin at 1, and learn from their peers what they said before.
 *
 * <p>A forged number near 2^32 would leave its victim nothing greater to say. So what runs ahead of the clock by more than {@link #ALLOWANCE}
 * is ignored, by the victim and by everybody else alike, unless it is what is known already or a few steps above it: whatever number is
 * believed can be answered, and the answer is believed as well. Clocks may be wrong by decades, as those of machines without a battery are at
 * boot (1970). Memberlist's own agents believe all; there a victim is locked out until they have forgotten it.
 */
final class Incarnations {
    /** The largest on the wire. */
    static final long MAX = 0xFFFF_FFFFL;
    /** 34 years, in seconds. */
    static final long ALLOWANCE = 1L << 30;
    /**
     * How far an alive message may step beyond what is known, wherever the clock is. It is the answer to an accusation which the receiver may
     * not have heard, or to a few; who missed more believes it when the clock has come so far, a second later for each.
     */
    static final int STEPS = 16;

    private static final long EPOCH_SECONDS =
            Instant.parse("2020-01-01T00:00:00Z").getEpochSecond();

    private Incarnations() {}

    /** What a member that starts now begins with: never 0, which says nothing. */
    static long atStart(long wallMillis) {
        return Math.clamp(wallMillis / 1000 - EPOCH_SECONDS, 1, MAX);
    }

    /** The one that overrules {@code said}. At the very end there is none, and the largest has to do. */
    static long after(long said) {
        return Math.min(said + 1, MAX);
    }

    /** Whether to believe that a member speaks with {@code incarnation}; {@code known} is 0 for one that is unknown. */
    static boolean plausibleAlive(long incarnation, long known, long wallMillis) {
        return incarnation <= Math.max(known + STEPS, atStart(wallMillis) + ALLOWANCE);
    }

    /** Whether to believe an accusation of a member with {@code incarnation}. */
    static boolean plausibleAccusation(long incarnation, long known, long wallMillis) {
        return incarnation <= Math.max(known, atStart(wallMillis) + ALLOWANCE);
    }
}
