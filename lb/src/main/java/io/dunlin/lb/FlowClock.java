package io.dunlin.lb;

import java.time.Duration;

/**
 * The time that flows are stamped with: nanoseconds by 2^20, about a millisecond, in 32 bits. It wraps after seven weeks, so only
 * differences mean anything, and no timeout comes near.
 */
final class FlowClock {
    private static final int SHIFT = 20;

    private FlowClock() {}

    static int ticks(long nanos) {
        return (int) (nanos >> SHIFT);
    }

    static int ticks(Duration duration) {
        return (int) (duration.toNanos() >> SHIFT);
    }

    /** {@link FlowTimeouts} in ticks. */
    record Timeouts(int established, int opening, int halfClosed, int closed, int udp, int echo) {
        /** Of nearly all services, which so share one that is always near the processor. */
        private static final Timeouts DEFAULT = convert(FlowTimeouts.DEFAULT);

        static Timeouts of(FlowTimeouts timeouts) {
            return timeouts.equals(FlowTimeouts.DEFAULT) ? DEFAULT : convert(timeouts);
        }

        private static Timeouts convert(FlowTimeouts timeouts) {
            return new Timeouts(
                    ticks(timeouts.established()),
                    ticks(timeouts.opening()),
                    ticks(timeouts.halfClosed()),
                    ticks(timeouts.closed()),
                    ticks(timeouts.udp()),
                    ticks(timeouts.echo()));
        }
    }
}
