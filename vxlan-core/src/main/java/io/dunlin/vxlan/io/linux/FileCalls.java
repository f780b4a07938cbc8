package io.dunlin.vxlan.io.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Calls on any descriptor: open(2), close(2), read(2), write(2), ioctl(2), eventfd(2). */
final class FileCalls {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x8_0000;

    static final int EFD_NONBLOCK = O_NONBLOCK;
    static final int EFD_CLOEXEC = O_CLOEXEC;

    private static final LibcFunction OPEN = LibcFunction.named("open");
    private static final LibcFunction CLOSE = LibcFunction.named("close");
    private static final LibcFunction READ = LibcFunction.named("read");
    private static final LibcFunction WRITE = LibcFunction.named("write");
    private static final LibcFunction WRITEV = LibcFunction.named("writev");
    private static final LibcFunction IOCTL = LibcFunction.named("ioctl");
    private static final LibcFunction EVENTFD = LibcFunction.named("eventfd");

    private FileCalls() {}

    static int open(CallState state, String path, int flags) {
        try (var arena = Arena.ofConfined()) {
            return OPEN.call(state, arena.allocateFrom(path).address(), flags, 0);
        }
    }

    /** Errors are not reported: the descriptor is free in any case (close(2), "Dealing with error returns"). */
    static void close(int descriptor) {
        CLOSE.callUnchecked(descriptor, 0, 0, 0, 0);
    }

    static int read(CallState state, int descriptor, long address, int bytes) {
        return READ.call(state, descriptor, address, bytes);
    }

    /** Bytes read, or -1: {@link #read} tells why. */
    static int readUnchecked(int descriptor, long address, int bytes) {
        return READ.callUnchecked(descriptor, address, bytes, 0, 0);
    }

    static int write(CallState state, int descriptor, long address, int bytes) {
        return WRITE.callOften(state, descriptor, address, bytes, 0, 0);
    }

    /** write(2) for any thread, where failing does no harm. */
    static void writeUnchecked(int descriptor, long address, int bytes) {
        WRITE.callUnchecked(descriptor, address, bytes, 0, 0);
    }

    /** @param pieces address of {@code count} structures iovec, as {@link IovecArray} holds them */
    static int writev(CallState state, int descriptor, long pieces, int count) {
        return WRITEV.callOften(state, descriptor, pieces, count, 0, 0);
    }

    static int ioctl(CallState state, int descriptor, long request, MemorySegment argument) {
        return IOCTL.call(state, descriptor, request, argument.address());
    }

    static int eventfd(CallState state, int value, int flags) {
        return EVENTFD.call(state, value, flags, 0);
    }
}
