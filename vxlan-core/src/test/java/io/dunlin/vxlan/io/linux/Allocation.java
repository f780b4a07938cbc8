package io.dunlin.vxlan.io.linux;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * What calls allocate once they are compiled. Before that each call into the system allocates its arguments, and how soon the compiler comes
 * round depends on what else the machine does: so this goes on until nothing is allocated any more, for some seconds at
 * most.
 */
final class Allocation {
    private static final int MAX_ROUNDS = 5_000;
    private static final int CALLS_PER_ROUND = 100;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** Something that the calling thread does. */
    @FunctionalInterface
    interface Calls {
        void run() throws IOException;
    }

    /** Bytes that a hundred of {@code calls} allocate at last. */
    static long whenWarm(Calls calls) throws IOException {
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < MAX_ROUNDS && allocated != 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS_PER_ROUND; i++) {
                calls.run();
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        return allocated;
    }
}
