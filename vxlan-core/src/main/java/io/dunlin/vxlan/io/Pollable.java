package io.dunlin.vxlan.io;

/** Something a worker waits for: a device or a socket. */
public interface Pollable {
    /** Value of {@link #descriptor} for a source that lives in memory and {@linkplain Signal signals} by itself. */
    int NO_DESCRIPTOR = -1;

    /** File descriptor that becomes readable when there is something to receive, or {@link #NO_DESCRIPTOR}. */
    int descriptor();

    /**
     * Whether there is something to receive; asked only of sources without a descriptor, by the worker.
     */
    boolean isReady();

    /**
     * Where a source without a descriptor says that it became ready. Called once, before the first {@link #isReady}, by the thread that
     * adds the source to a poller; sources with a descriptor have no use for it.
     */
    void signalTo(Signal signal);
}
