package io.dunlin.vxlan.io.linux;

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

    private static final LibcFunction CREATE = LibcFunction.named("epoll_create1");
    private static final LibcFunction CTL = LibcFunction.named("epoll_ctl");
    private static final LibcFunction WAIT = LibcFunction.named("epoll_wait");

    private EpollCalls() {}

    static int create(CallState state) {
        return CREATE.call(state, EPOLL_CLOEXEC, 0, 0);
    }

    /** @param event address of a {@code struct epoll_event} */
    static int control(CallState state, int epoll, int operation, int descriptor, long event) {
        return CTL.call(state, epoll, operation, descriptor, event, 0);
    }

    /**
     * A signal ends it early, with what is there then.
     *
     * @param events address of room for {@code count} events
     * @param milliseconds -1: without end
     */
    static int await(CallState state, int epoll, long events, int count, int milliseconds) {
        int ready = WAIT.callUnchecked(epoll, events, count, milliseconds, 0);
        return ready == -1 ? WAIT.call(state, epoll, events, count, 0, 0) : ready;
    }
}
