package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dunlin.vxlan.io.Pollable;
import io.dunlin.vxlan.io.Poller;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits with epoll(7), level-triggered: a source that is not emptied is ready again next time, so a batch may end when it is full. An
 * eventfd wakes it for sources in memory.
 *
 * <p><b>No wake-up is lost.</b> One word, {@code phase}, has two writers: the worker moves it RUNNING → WAITING before it blocks and back
 * to RUNNING after; {@link #raise} swaps in RAISED. All changes of a word have one order, so there are two cases. The raise comes before the
 * worker's RUNNING → WAITING: that fails, and the worker does not block. It comes after: the raiser gets WAITING back, and writes the
 * eventfd. Either way the worker, when it swaps RAISED out, sees what the raiser published (its acquire pairs with the raiser's
 * release), and looks at its sources in memory after that. A raise between two calls of {@link #poll} is kept for the next.
 *
 * <p>Rejected: a "waiting" flag which the raiser only reads. That is cheaper by a few nanoseconds, but right only if each publisher
 * orders its publication before that read by a full fence, and a raise before the flag is set would be lost to a worker that has
 * nothing in memory to look at again.
 *
 * <p>Nothing is allocated in {@link #poll}. Run by a platform thread: it blocks in native code.
 */
public final class EpollPoller implements Poller {
    /** Events taken per call. The kernel puts a level-triggered source it reported behind the others, so the rest comes next time. */
    private static final int MAX_EVENTS = 64;

    private static final int RUNNING = 0;
    private static final int WAITING = 1;
    private static final int RAISED = 2;

    /** {@code data} of the eventfd's events; those of sources are their slots. */
    private static final long WAKE_UP = -1;

    private static final ValueLayout.OfLong EVENT_DATA = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final Duty REMOVED = nowNanos -> 0;

    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(EpollPoller.class, "phase", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CallState state = new CallState();
    private final Arena arena = Arena.ofShared(); // built by one thread, used by the worker
    private final MemorySegment events = arena.allocate((long) MAX_EVENTS * EpollCalls.EVENT_SIZE, 8);
    /** A counter as eventfd(2) reads and writes it: where the worker drains to. */
    private final MemorySegment drained = arena.allocate(JAVA_LONG);

    private final MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
    private final int wakeUp;
    private int epoll;

    @SuppressWarnings("UnusedVariable") // through PHASE
    private volatile int phase = RUNNING;

    /** Slot by slot; null where a source was removed. */
    private @Nullable Pollable[] sources = new Pollable[8];

    private Duty[] duties = new Duty[8];
    private int slots;
    private int[] readySlots = new int[MAX_EVENTS + 8];
    private int readyCount;
    private boolean closed; // guarded by this

    private EpollPoller(int epoll, int wakeUp) {
        this.epoll = epoll;
        this.wakeUp = wakeUp;
    }

    /**
     * Opens one that watches nothing yet.
     *
     * @throws LinuxException the kernel refused; nothing stays open
     */
    public static EpollPoller open() throws IOException {
        var state = new CallState();
        int epoll = LinuxException.check(EpollCalls.create(state), "epoll_create1", "poller");
        int wakeUp = FileCalls.eventfd(state, 0, FileCalls.EFD_NONBLOCK | FileCalls.EFD_CLOEXEC);
        if (wakeUp < 0) {
            FileCalls.close(epoll);
            throw new LinuxException("eventfd", "poller", -wakeUp);
        }
        var poller = new EpollPoller(epoll, wakeUp);
        try {
            poller.watch(wakeUp, WAKE_UP);
            return poller;
        } catch (Throwable t) {
            poller.close();
            throw t;
        }
    }

    @Override
    public void add(Pollable source, Duty duty) throws IOException {
        if (slotOf(source) >= 0) {
            throw new IllegalArgumentException(source + " is watched already");
        }
        int slot = freeSlot();
        if (source.descriptor() == Pollable.NO_DESCRIPTOR) {
            source.signalTo(this);
        } else {
            watch(source.descriptor(), slot);
        }
        sources[slot] = source;
        duties[slot] = duty;
    }

    private int freeSlot() {
        for (int slot = 0; slot < slots; slot++) {
            if (sources[slot] == null) {
                return slot;
            }
        }
        if (slots == sources.length) {
            sources = Arrays.copyOf(sources, 2 * slots);
            duties = Arrays.copyOf(duties, 2 * slots);
            readySlots = Arrays.copyOf(readySlots, MAX_EVENTS + 2 * slots);
        }
        return slots++;
    }

    private void watch(int descriptor, long data) throws LinuxException {
        events.set(JAVA_INT, 0, EpollCalls.EPOLLIN); // errors are reported unasked
        events.set(EVENT_DATA, EpollCalls.EVENT_DATA, data);
        int result = EpollCalls.control(state, epoll, EpollCalls.EPOLL_CTL_ADD, descriptor, events.address());
        LinuxException.check(result, "epoll_ctl", "descriptor " + descriptor);
    }

    @Override
    public void remove(Pollable source) throws IOException {
        int slot = slotOf(source);
        if (slot < 0) {
            throw new IllegalArgumentException(source + " is not watched");
        }
        sources[slot] = null;
        duties[slot] = REMOVED; // also for whoever is still walking through the last poll's ready sources
        int descriptor = source.descriptor();
        if (descriptor != Pollable.NO_DESCRIPTOR) {
            int result = EpollCalls.control(state, epoll, EpollCalls.EPOLL_CTL_DEL, descriptor, events.address());
            LinuxException.check(result, "epoll_ctl", "descriptor " + descriptor);
        }
    }

    /** Where the source is, or -1. */
    @SuppressWarnings("ReferenceEquality") // sources are told apart by identity: a record may be watched twice, as two
    private int slotOf(Pollable source) {
        for (int slot = 0; slot < slots; slot++) {
            if (sources[slot] == source) {
                return slot;
            }
        }
        return -1;
    }

    @Override
    public int poll(long timeoutNanos) throws IOException {
        readyCount = 0;
        boolean raised = phase == RAISED && takeRaise();
        askMemory();
        int milliseconds = raised || readyCount > 0 ? 0 : milliseconds(timeoutNanos);
        boolean waiting = milliseconds != 0 && PHASE.compareAndSet(this, RUNNING, WAITING);
        int count = EpollCalls.await(state, epoll, events.address(), MAX_EVENTS, waiting ? milliseconds : 0);
        if (milliseconds != 0 && takeRaise()) {
            askMemory(); // found nothing before, or there would have been no wait
        }
        if (count < 0) {
            throw new LinuxException("epoll_wait", "poller", -count);
        }
        for (int i = 0; i < count; i++) {
            long data = events.get(EVENT_DATA, (long) i * EpollCalls.EVENT_SIZE + EpollCalls.EVENT_DATA);
            if (data == WAKE_UP) {
                FileCalls.readUnchecked(wakeUp, drained.address(), Long.BYTES);
            } else {
                readySlots[readyCount++] = (int) data;
            }
        }
        return readyCount;
    }

    /** Back to RUNNING. What was published before a raise that this takes is visible from here on. */
    private boolean takeRaise() {
        return (int) PHASE.getAndSet(this, RUNNING) == RAISED;
    }

    private void askMemory() {
        for (int slot = 0; slot < slots; slot++) {
            Pollable source = sources[slot];
            if (source != null && source.descriptor() == Pollable.NO_DESCRIPTOR && source.isReady()) {
                readySlots[readyCount++] = slot;
            }
        }
    }

    /** Rounded up, so that a deadline has passed when its wait is over. */
    private static int milliseconds(long timeoutNanos) {
        if (timeoutNanos < 0) {
            return -1;
        }
        long rounded = timeoutNanos / 1_000_000 + (timeoutNanos % 1_000_000 == 0 ? 0 : 1);
        return (int) Math.min(rounded, TimeUnit.DAYS.toMillis(1));
    }

    @Override
    public Duty ready(int index) {
        if (index >= readyCount) {
            throw new IndexOutOfBoundsException("source " + index + " of " + readyCount + " ready ones");
        }
        return duties[readySlots[index]];
    }

    @Override
    public void raise() {
        if ((int) PHASE.getAndSet(this, RAISED) == WAITING) {
            wakeUp();
        }
    }

    /** Rare: the worker slept. Locked against {@link #close}, after which the descriptor's number may be another file's. */
    private synchronized void wakeUp() {
        if (!closed) {
            FileCalls.writeUnchecked(wakeUp, one.address(), Long.BYTES);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(wakeUp);
            FileCalls.close(epoll);
            epoll = Pollable.NO_DESCRIPTOR;
            arena.close();
        }
    }
}
