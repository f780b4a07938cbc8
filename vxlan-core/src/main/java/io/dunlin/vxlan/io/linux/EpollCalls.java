package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** The epoll(7) calls, and the layout of {@code struct epoll_event}. */
final class EpollCalls {
    static final int EPOLL_CLOEXEC = 0x8_0000;
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    static final int EPOLLIN = 1;

    // struct epoll_event { uint32_t events; uint64_t data; } is packed on x86-64 alone (linux/eventpoll.h,
    // EPOLL_PACKED).
    private static final boolean PACKED = Linux.isX86(System.getProperty("os.arch"));
    /** Bytes of a {@code struct epoll_event}. */
    static final int EVENT_SIZE = PACKED ? 12 : 16;
    /** Offset of its {@code data}; {@code events} stands at 0. */
    static final int EVENT_DATA = PACKED ? 4 : 8;

    private static final MethodHandle CREATE = Libc.link("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle CTL =
            Libc.link("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final FunctionDescriptor WAITS =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle WAIT = Libc.linkUnchecked("epoll_wait", WAITS);
    private static final MethodHandle WAIT_ERRNO = Libc.link("epoll_wait", WAITS);

    private EpollCalls() {}

    static int create(CallState state) {
        try {
            return state.orError((int) CREATE.invokeExact(state.memory(), EPOLL_CLOEXEC));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** @param event address of a {@code struct epoll_event} */
    static int control(CallState state, int epoll, int operation, int descriptor, long event) {
        try {
            return state.orError((int) CTL.invokeExact(state.memory(), epoll, operation, descriptor, event));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /**
     * A signal ends it early, with what is there then.
     *
     * @param events address of room for {@code count} events
     * @param milliseconds -1: without end
     */
    static int await(CallState state, int epoll, long events, int count, int milliseconds) {
        try {
            int ready = (int) WAIT.invokeExact(epoll, events, count, milliseconds);
            return ready >= 0
                    ? ready
                    : state.orError((int) WAIT_ERRNO.invokeExact(state.memory(), epoll, events, count, 0));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
