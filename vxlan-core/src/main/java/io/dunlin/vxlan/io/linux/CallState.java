package io.dunlin.vxlan.io.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * Where a call leaves its {@code errno}. Whoever makes calls keeps one, so that no call allocates. Belongs to one thread at a time.
 *
 * <p>The memory is the garbage collector's: a downcall would have to acquire and release a closeable arena around each call.
 */
final class CallState {
    static final String ERRNO = "errno";

    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO_AT = LAYOUT.byteOffset(PathElement.groupElement(ERRNO));

    private final MemorySegment memory = Arena.ofAuto().allocate(LAYOUT);

    /** To be passed as the first argument of a linked function. */
    MemorySegment memory() {
        return memory;
    }

    /**
     * {@code result} of a call, which is at least -1, or the negative of its errno if it is -1. Without a branch: which way it goes
     * depends on what the kernel does meanwhile, and a compiler that bets on the one way compiles the data path anew after the other.
     */
    int orError(int result) {
        int failed = result >> (Integer.SIZE - 1);
        return failed & -memory.get(ValueLayout.JAVA_INT, ERRNO_AT) | ~failed & result;
    }
}
