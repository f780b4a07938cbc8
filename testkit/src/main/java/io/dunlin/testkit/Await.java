package io.dunlin.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what other threads, processes or kernels bring about, and leaves them the processor. */
public final class Await {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(1);

    private Await() {}

    /**
     * Returns as soon as it is so.
     *
     * @throws AssertionError if it is not within a minute
     */
    public static void await(BooleanSupplier condition) {
        await(() -> "", condition);
    }

    /**
     * Returns as soon as it is so.
     *
     * @param state what is there instead, for who reads the failure
     * @throws AssertionError if it is not within a minute
     */
    public static void await(Supplier<String> state, BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within a minute: " + state.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
