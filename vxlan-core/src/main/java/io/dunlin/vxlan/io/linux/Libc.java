package io.dunlin.vxlan.io.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Links functions of the C library. The one class of the module that calls restricted methods; the classes {@code ...Calls} keep what it
 * returns in static final fields, where the compiler inlines it.
 *
 * <p><b>Calls on the data path are linked twice</b>, and their {@code errno} is asked for by making them again, which is harmless since
 * a call that failed did nothing. The JDK slices the segment that takes {@code errno} at each call, and where the compiler's budget for
 * inlining ends between the call and that slice, the slice is an object: 40 bytes for each call, in one JVM of thirty.
 */
@SuppressWarnings("restricted")
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState(CallState.ERRNO);

    private Libc() {}

    /** A function whose {@code errno} goes to the {@link CallState} that is passed before its own arguments. */
    static MethodHandle link(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), type, ERRNO);
    }

    /** The same for a variadic function: arguments from {@code fixed} on are the variable ones. */
    static MethodHandle linkVariadic(String name, int fixed, FunctionDescriptor type) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), type, ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    /** A function that tells that it failed, not why. Any thread may call it without a {@link CallState}; nothing is allocated. */
    static MethodHandle linkUnchecked(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), type);
    }

    /** For the catch clause that {@code invokeExact} demands: a linked function throws nothing of its own. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }
}
