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

    /** {@code result} of a call, or the negative of its errno if it is -1. */
    int orError(int result) {
        return result == -1 ? -memory.get(ValueLayout.JAVA_INT, ERRNO_AT) : result;
    }
}
