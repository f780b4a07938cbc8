package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What a member told, in order; waits for more of it by events, never by time alone. */
final class EventLog {
    private final String whose;
    private final List<String> events = new ArrayList<>();

    EventLog(String whose) {
        this.whose = whose;
    }

    synchronized void add(String event) {
        events.add(event);
        notifyAll();
    }

    /** The first event that is such, however long ago or, within {@code patience}, to come. */
    synchronized String await(String what, Duration patience, Predicate<String> isSuch) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        int seen = 0;
        while (true) {
            for (; seen < events.size(); seen++) {
                if (isSuch.test(events.get(seen))) {
                    return events.get(seen);
                }
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            assertThat(left)
                    .as("%s: no %s within %s; it told: %s", whose, what, patience, events)
                    .isPositive();
            wait(left);
        }
    }

    /** Those that are such, up to now. */
    synchronized List<String> all(Predicate<String> isSuch) {
        return events.stream().filter(isSuch).toList();
    }
}
