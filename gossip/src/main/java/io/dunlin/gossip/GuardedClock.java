package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import java.util.function.BooleanSupplier;

/** A clock whose tasks cannot end its thread, as what one of them throws is counted and told to the observer, and which ends with its protocol. */
final class GuardedClock implements Clock {
    private final Clock clock;
    private final DropCounters drops;
    private final BooleanSupplier stopped;

    /** @param stopped whether no task is to run any more */
    GuardedClock(Clock clock, DropCounters drops, BooleanSupplier stopped) {
        this.clock = clock;
        this.drops = drops;
        this.stopped = stopped;
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public long currentTimeMillis() {
        return clock.currentTimeMillis();
    }

    @Override
    public void execute(Runnable task) {
        clock.execute(() -> run(task));
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        return clock.schedule(delayNanos, () -> run(task));
    }

    /** Runs {@code task} at once. */
    void run(Runnable task) {
        if (stopped.getAsBoolean()) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException e) {
            drops.count(DropReason.FAILED, e.toString(), null);
        }
    }
}
