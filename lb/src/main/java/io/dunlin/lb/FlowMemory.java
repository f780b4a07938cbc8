package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/** Where the parts of a flow table get room for their records and for the indexes of those, and whether they may ask for more. Any thread. */
final class FlowMemory {
    static final Duration PAUSE = Duration.ofMinutes(1);

    private static final int PAUSE_TICKS = FlowClock.ticks(PAUSE);

    private final IntFunction<Memory> records;
    private final IntFunction<long[]> words;
    private final Refusals ofRecords = new Refusals();
    private final Refusals ofWords = new Refusals();

    /**
     * Before a JVM refuses memory it collects garbage, and waits for half a second if it is direct memory; whoever asks holds its part meanwhile.
     * So once one part was refused, none asks for a while.
     */
    static final class Refusals {
        private final AtomicLong count = new AtomicLong();
        private volatile boolean isRefused;
        private volatile int refusedTicks;

        /** Whether it is worth while to ask for more. */
        boolean allow(int ticks) {
            return !isRefused || ticks - refusedTicks >= PAUSE_TICKS;
        }

        /** A part could not grow. */
        void add(int ticks) {
            refusedTicks = ticks;
            isRefused = true;
            count.incrementAndGet();
        }
    }

    /**
     * Both give zeros, by their number, and throw {@link OutOfMemoryError} if they have no more.
     *
     * @param records of bytes, off the heap
     * @param words on the heap
     */
    FlowMemory(IntFunction<Memory> records, IntFunction<long[]> words) {
        this.records = records;
        this.words = words;
    }

    /** @throws OutOfMemoryError there is no more */
    Memory allocate(int bytes) {
        return records.apply(bytes);
    }

    /** @throws OutOfMemoryError there is no more */
    long[] allocateWords(int count) {
        return words.apply(count);
    }

    /** Of memory for more records. */
    Refusals ofRecords() {
        return ofRecords;
    }

    /** Of memory to find more of the records that there are. */
    Refusals ofWords() {
        return ofWords;
    }

    long refusals() {
        return ofRecords.count.get() + ofWords.count.get();
    }
}
