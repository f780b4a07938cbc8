package io.dunlin.gossip;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * How long a member stays suspect before it is declared dead. Lifeguard's dynamic timeout: it starts at a multiple of SWIM's, and falls with
 * the logarithm of the number of others that suspect it as well, down to SWIM's when {@code k} do. Who suspects alone may be the one that is
 * cut off.
 */
final class Suspicion {
    private final int k;
    private final long minNanos;
    private final long maxNanos;
    private final long startNanos;
    /** Who suspects; the first accuser confirms nothing. */
    private final Set<String> accusers = new HashSet<>();

    /**
     * @param accuser who suspected first
     * @param members how many are alive or suspect
     */
    Suspicion(Profile profile, String accuser, int members, long nowNanos) {
        int confirmations = profile.suspicionMult() - 2;
        // Where there are not so many others, nobody waits for them.
        this.k = members - 2 < confirmations ? 0 : Math.max(0, confirmations);
        this.minNanos = minimum(profile.probeInterval(), profile.suspicionMult(), members);
        this.maxNanos = k == 0 ? minNanos : minNanos * profile.suspicionMaxTimeoutMult();
        this.startNanos = nowNanos;
        accusers.add(accuser);
    }

    /** SWIM's timeout: long enough for the accusation to reach the accused, and for its answer to come back, by gossip. */
    static long minimum(Duration probeInterval, int suspicionMult, int members) {
        return (long) (suspicionMult * Math.max(1, StrictMath.log10(Math.max(1, members))) * probeInterval.toNanos());
    }

    /** Takes one more accusation; whether it was a new one that counts, which is to be passed on. */
    boolean confirm(String accuser) {
        return confirmations() < k && accusers.add(accuser);
    }

    int confirmations() {
        return accusers.size() - 1;
    }

    /** When the member is to be declared dead, in the clock's time, as far as is known now. */
    long deadlineNanos() {
        if (k == 0) {
            return startNanos + minNanos;
        }
        double share = StrictMath.log(confirmations() + 1) / StrictMath.log(k + 1);
        return startNanos + Math.max(minNanos, (long) (maxNanos - share * (maxNanos - minNanos)));
    }
}
