package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;
import java.time.Duration;
import java.util.function.IntFunction;

/**
 * Where the parts of a flow table get room for their records, and whether they may ask for more. Before a JVM refuses direct memory it
 * collects garbage and waits for half a second, and whoever asks holds its part meanwhile; so once one part was refused, none asks for a while.
 * Any thread.
 */
final class FlowMemory {
    static final Duration PAUSE = Duration.ofMinutes(1);

    private static final int PAUSE_TICKS = FlowClock.ticks(PAUSE);

    private final IntFunction<Memory> source;
    private volatile boolean isRefused;
    private volatile int refusedTicks;

    /** @param source of zeros, by their number; throws {@link OutOfMemoryError} if it has no more */
    FlowMemory(IntFunction<Memory> source) {
        this.source = source;
    }

    /** @throws OutOfMemoryError there is no more */
    Memory allocate(int bytes) {
        return source.apply(bytes);
    }

    /** Whether it is worth while to ask for more. */
    boolean mayGrow(int ticks) {
        return !isRefused || ticks - refusedTicks >= PAUSE_TICKS;
    }

    /** A part could not grow. */
    void refused(int ticks) {
        refusedTicks = ticks;
        isRefused = true;
    }
}
