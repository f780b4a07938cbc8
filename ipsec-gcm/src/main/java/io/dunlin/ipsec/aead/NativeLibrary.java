package io.dunlin.ipsec.aead;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Loads a library and links its functions. The one class of the module that calls restricted methods. */
@SuppressWarnings("restricted")
final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    /** For calls that take a microsecond at most and do not block: no transition of the thread's state. */
    private static final Linker.Option SHORT = Linker.Option.critical(false);

    private final SymbolLookup symbols;

    private NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /** The library of that file name, as the system's loader finds it; null if it does not. It stays loaded. */
    static @Nullable NativeLibrary load(String file) {
        try {
            return new NativeLibrary(SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    MethodHandle link(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(symbols.findOrThrow(name), type);
    }

    /** For a function that is called for each packet. */
    MethodHandle linkShort(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(symbols.findOrThrow(name), type, SHORT);
    }

    /** The same, where the address is known. */
    static MethodHandle linkShort(MemorySegment function, FunctionDescriptor type) {
        return LINKER.downcallHandle(function, type, SHORT);
    }

    /** The {@code size} bytes at an address that native code gave. */
    static MemorySegment memory(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    /** For the catch clause that {@code invokeExact} demands: a linked function throws nothing of its own. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }
}
