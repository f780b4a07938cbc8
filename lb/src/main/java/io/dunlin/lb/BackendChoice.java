package io.dunlin.lb;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Which of several backends a new flow goes to. Any thread; allocates nothing. */
sealed interface BackendChoice {
    /** The chosen one's index, given the client's address. */
    int choose(long clientHigh, long clientLow);

    /**
     * The choice that a service asked for.
     *
     * @param candidates at least one
     * @param cursor the service's own, so that turns go on where they were when backends come and go
     */
    static BackendChoice of(Strategy strategy, Member[] candidates, AtomicLong cursor) {
        return switch (strategy) {
            case ROUND_ROBIN -> new RoundRobin(turns(candidates), cursor);
            case LEAST_FLOWS -> new LeastFlows(candidates, cursor);
            case CLIENT_HASH -> new ClientHash(candidates);
        };
    }

    /** In turns. The cursor is the one thing workers share, so that the counts are exact whoever asks. */
    final class RoundRobin implements BackendChoice {
        private final int[] turns;
        private final AtomicLong cursor;

        private RoundRobin(int[] turns, AtomicLong cursor) {
            this.turns = turns;
            this.cursor = cursor;
        }

        @Override
        public int choose(long clientHigh, long clientLow) {
            return turns[(int) (cursor.getAndIncrement() % turns.length)];
        }
    }

    /** Fewest flows for its weight. Among equals the turn decides: a rush of flows would else begin with the first on every node. */
    final class LeastFlows implements BackendChoice {
        private final Member[] candidates;
        private final AtomicLong cursor;

        private LeastFlows(Member[] candidates, AtomicLong cursor) {
            this.candidates = candidates;
            this.cursor = cursor;
        }

        @Override
        public int choose(long clientHigh, long clientLow) {
            int start = (int) (cursor.getAndIncrement() % candidates.length);
            int best = start;
            for (int k = 1; k < candidates.length; k++) {
                int other = (start + k) % candidates.length;
                if (isLess(candidates[other], candidates[best])) {
                    best = other;
                }
            }
            return best;
        }

        private static boolean isLess(Member one, Member other) {
            return (long) one.flows().get() * other.backend().weight()
                    < (long) other.flows().get() * one.backend().weight();
        }
    }

    /**
     * Rendezvous hashing (Thaler and Ravishankar 1998): each candidate draws a number from its name and the client's address, and the
     * highest wins; by weight as -w / ln(u). Costs a hash for each candidate of a new flow, where a Maglev table would cost 100 entries of
     * memory for each candidate of a service.
     */
    final class ClientHash implements BackendChoice {
        private final long[] names;
        private final int[] weights;
        private final boolean weighted;

        private ClientHash(Member[] candidates) {
            names = new long[candidates.length];
            weights = new int[candidates.length];
            for (int i = 0; i < candidates.length; i++) {
                names[i] = FlowHash.mix(candidates[i].backend().name().hashCode(), 0);
                weights[i] = candidates[i].backend().weight();
            }
            weighted = Arrays.stream(weights).anyMatch(weight -> weight != weights[0]);
        }

        @Override
        public int choose(long clientHigh, long clientLow) {
            int best = 0;
            double bestScore = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < names.length; i++) {
                double drawn = ((FlowHash.mix(names[i] ^ clientHigh, clientLow) >>> 11) + 0.5) * 0x1p-53;
                double score = weighted ? -weights[i] / Math.log(drawn) : drawn;
                if (score > bestScore) {
                    best = i;
                    bestScore = score;
                }
            }
            return best;
        }
    }

    /**
     * One round: each candidate as often as its weight says, as far apart as can be. The k-th of w turns lies at (k + 1/2) / w of the
     * round, and turns are taken in that order.
     */
    private static int[] turns(Member[] candidates) {
        int divisor = 0;
        for (Member candidate : candidates) {
            divisor = greatestCommonDivisor(candidate.backend().weight(), divisor);
        }
        record Turn(int candidate, int k, int weight) {
            double place() {
                return (k + 0.5) / weight;
            }
        }
        var queue = new PriorityQueue<>(Comparator.comparingDouble(Turn::place).thenComparingInt(Turn::candidate));
        int length = 0;
        for (int i = 0; i < candidates.length; i++) {
            int weight = candidates[i].backend().weight() / divisor;
            queue.add(new Turn(i, 0, weight));
            length += weight;
        }
        var turns = new int[length];
        for (int i = 0; i < length; i++) {
            Turn next = queue.remove();
            turns[i] = next.candidate();
            if (next.k() + 1 < next.weight()) {
                queue.add(new Turn(next.candidate(), next.k() + 1, next.weight()));
            }
        }
        return turns;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
