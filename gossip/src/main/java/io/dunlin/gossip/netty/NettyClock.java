package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.Clock;
import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of an event loop, whose thread is the protocol's. Tasks given when the loop has ended, or that wait then, never run; what a task
 * throws goes no further than Netty's log.
 */
public final class NettyClock implements Clock {
    private static final Timer NEVER = () -> {};

    private final EventLoop loop;
    private final LongSupplier nanoTime;
    private final LongSupplier currentTimeMillis;

    /**
     * @param nanoTime monotonic
     * @param currentTimeMillis of the wall
     */
    public NettyClock(EventLoop loop, LongSupplier nanoTime, LongSupplier currentTimeMillis) {
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.currentTimeMillis = currentTimeMillis;
    }

    @Override
    public long nanoTime() {
        return nanoTime.getAsLong();
    }

    @Override
    public long currentTimeMillis() {
        return currentTimeMillis.getAsLong();
    }

    @Override
    public void execute(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // the loop has ended, and with it the protocol
        }
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        try {
            var waiting = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
            return () -> waiting.cancel(false);
        } catch (RejectedExecutionException e) {
            return NEVER;
        }
    }
}
