package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls on any descriptor: open(2), close(2), read(2), write(2), ioctl(2), eventfd(2).
 *
 * <p>The hot ones take memory as an address: passing a segment would acquire and release its arena around each call. Whoever calls
 * keeps the memory alive.
 */
final class FileCalls {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x8_0000;

    static final int EFD_NONBLOCK = O_NONBLOCK;
    static final int EFD_CLOEXEC = O_CLOEXEC;

    private static final MethodHandle OPEN =
            Libc.linkVariadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = Libc.linkUnchecked("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final FunctionDescriptor TRANSFER = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READ_ERRNO = Libc.link("read", TRANSFER);
    private static final MethodHandle READ = Libc.linkUnchecked("read", TRANSFER);
    private static final MethodHandle WRITE = Libc.linkUnchecked("write", TRANSFER);
    private static final MethodHandle WRITE_ERRNO = Libc.link("write", TRANSFER);
    private static final FunctionDescriptor GATHERING = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle WRITEV = Libc.linkUnchecked("writev", GATHERING);
    private static final MethodHandle WRITEV_ERRNO = Libc.link("writev", GATHERING);
    private static final MethodHandle IOCTL =
            Libc.linkVariadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle EVENTFD =
            Libc.link("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private FileCalls() {}

    static int open(CallState state, String path, int flags) {
        try (var arena = Arena.ofConfined()) {
            return state.orError((int) OPEN.invokeExact(state.memory(), arena.allocateFrom(path), flags, 0));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Errors are not reported: the descriptor is free in any case (close(2), "Dealing with error returns"). */
    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Bytes read, or -1: {@link #read} tells why. */
    static long readUnchecked(int descriptor, long address, long bytes) {
        try {
            return (long) READ.invokeExact(descriptor, address, bytes);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static long read(CallState state, int descriptor, long address, long bytes) {
        try {
            return state.orError((long) READ_ERRNO.invokeExact(state.memory(), descriptor, address, bytes));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static long write(CallState state, int descriptor, long address, long bytes) {
        try {
            long taken = (long) WRITE.invokeExact(descriptor, address, bytes);
            return taken >= 0
                    ? taken
                    : state.orError((long) WRITE_ERRNO.invokeExact(state.memory(), descriptor, address, bytes));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** @param pieces address of {@code count} structures iovec, as {@link IovecArray} holds them */
    static long writev(CallState state, int descriptor, long pieces, int count) {
        try {
            long taken = (long) WRITEV.invokeExact(descriptor, pieces, count);
            return taken >= 0
                    ? taken
                    : state.orError((long) WRITEV_ERRNO.invokeExact(state.memory(), descriptor, pieces, count));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** write(2) for any thread, where failing does no harm. */
    static void writeUnchecked(int descriptor, long address, long bytes) {
        try {
            long ignored = (long) WRITE.invokeExact(descriptor, address, bytes);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int ioctl(CallState state, int descriptor, long request, MemorySegment argument) {
        try {
            return state.orError((int) IOCTL.invokeExact(state.memory(), descriptor, request, argument));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int eventfd(CallState state, int value, int flags) {
        try {
            return state.orError((int) EVENTFD.invokeExact(state.memory(), value, flags));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
