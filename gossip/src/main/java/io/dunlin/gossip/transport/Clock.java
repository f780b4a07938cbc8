package io.dunlin.gossip.transport;

/**
 * Time, and the one thread that a member of a cluster lives on: its protocol runs in tasks of this clock and in callbacks of its {@link
 * Transport}, never two of them at once. In production that thread is an event loop; in a simulation it is virtual.
 */
public interface Clock {
    /** Monotonic, with any origin, in nanoseconds. */
    long nanoTime();

    /** Of the wall, in milliseconds since 1970; may step. Incarnations begin with it, nothing else depends on it. */
    long currentTimeMillis();

    /** Runs {@code task} on the protocol's thread as soon as it is free; from any thread. */
    void execute(Runnable task);

    /** Runs {@code task} on the protocol's thread after {@code delayNanos}; from the protocol's thread. */
    Timer schedule(long delayNanos, Runnable task);

    /** A task that waits. */
    interface Timer {
        /** Drops the task if it did not run yet; from the protocol's thread. */
        void cancel();
    }
}
