package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library, linked. The one class of the module that calls restricted methods; the classes {@code ...Calls} keep theirs
 * in static final fields, where the compiler inlines them.
 *
 * <p><b>All have one shape</b>: five words in, an {@code int} out. Integers and pointers travel in a register each, and a function looks
 * at no more registers than it has parameters, and at no more bits than their types have (System V ABI for x86-64 section 3.2.3, AAPCS64
 * section 6.8). Variadic ones want one register more, which others do not look at, so all are called as if they were. Each shape of its own
 * costs the JVM a dozen classes: 20 of them took 135 ms of a node's start, and as much again of the compiler's time just when traffic came;
 * these two take 50. What a call returns here, a descriptor or a count of bytes below 2 GiB, fits an {@code int}.
 *
 * <p>Memory is passed as its address: a segment's arena would be acquired and released around each call. Whoever calls keeps it alive.
 *
 * @param plain the function by itself
 * @param capturing the same, which leaves {@code errno} in the segment that it takes first
 */
record LibcFunction(MethodHandle plain, MethodHandle capturing) {
    private static final SymbolLookup SYMBOLS = Linker.nativeLinker().defaultLookup();
    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    /** Of open(2) and ioctl(2), the third. */
    private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(2);

    private static final Linker.Option ERRNO = Linker.Option.captureCallState(CallState.ERRNO);

    @SuppressWarnings("restricted")
    static LibcFunction named(String name) {
        var linker = Linker.nativeLinker();
        MemorySegment function = SYMBOLS.findOrThrow(name);
        return new LibcFunction(
                linker.downcallHandle(function, SHAPE, VARIADIC),
                linker.downcallHandle(function, SHAPE, VARIADIC, ERRNO));
    }

    /** What the function returns, or the negative of its errno where that is -1. */
    int call(CallState state, long a, long b, long c, long d, long e) {
        try {
            return state.orError((int) capturing.invokeExact(state.memory(), a, b, c, d, e));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    int call(CallState state, long a, long b, long c) {
        return call(state, a, b, c, 0, 0);
    }

    /**
     * The same for the data path, for a function that has done nothing when it failed: errno is asked for by a second call.
     *
     * <p>The JDK slices the segment for errno at each call, and where the compiler's budget for inlining ends between the call and that
     * slice, the slice is an object: 40 bytes a call, in one JVM of fifty.
     */
    int callOften(CallState state, long a, long b, long c, long d, long e) {
        int result = callUnchecked(a, b, c, d, e);
        return result == -1 ? call(state, a, b, c, d, e) : result;
    }

    /** What the function returns. Any thread may call it without a {@link CallState}. */
    int callUnchecked(long a, long b, long c, long d, long e) {
        try {
            return (int) plain.invokeExact(a, b, c, d, e);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** For the catch clause that {@code invokeExact} demands: a linked function throws nothing of its own. */
    private static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }
}
