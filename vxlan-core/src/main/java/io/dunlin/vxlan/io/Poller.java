package io.dunlin.vxlan.io;

import java.io.IOException;

/**
 * Waits until one of several devices and sockets has something to receive. All methods but {@link #raise} are for the worker's thread
 * alone (before it runs: for the thread that builds it).
 */
public interface Poller extends Signal, AutoCloseable {
    /** Watches {@code source}; {@link #ready} will return {@code duty} when it has something to receive. */
    void add(Pollable source, Duty duty) throws IOException;

    /**
     * Stops watching {@code source}. To be called before the source is closed. From here on its duty is not run any more, also not by who
     * is still walking through the sources that the last {@link #poll} found ready.
     */
    void remove(Pollable source) throws IOException;

    /**
     * Waits until a source is ready, {@link #raise} is called, or the time is over.
     *
     * @param timeoutNanos 0: only looks; negative: waits without end
     * @return how many sources are ready
     */
    int poll(long timeoutNanos) throws IOException;

    /** The duty of the {@code index}-th source that the last {@link #poll} found ready. */
    Duty ready(int index);

    @Override
    void close();

    /** What a worker does when a source is ready. */
    @FunctionalInterface
    interface Duty {
        /**
         * Takes one batch through the path.
         *
         * @return packets it took
         * @throws IOException the source failed for good, and is to be removed
         */
        int run(long nowNanos) throws IOException;
    }
}
