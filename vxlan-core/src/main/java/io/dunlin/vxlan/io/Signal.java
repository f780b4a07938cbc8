package io.dunlin.vxlan.io;

/** Wakes a worker that may be blocked in {@link Poller#poll}. Cheap when it is not. Any thread. */
@FunctionalInterface
public interface Signal {
    /** To be called after what the worker is to find has been published. */
    void raise();
}
