package io.dunlin.node;

import io.dunlin.vxlan.io.Pollable;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.Signal;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;

/**
 * The platform thread of the data path: a duty cycle that waits for devices and sockets, and takes one batch of each that is ready
 * through its path. It blocks when there is nothing to do. What other threads want of it comes as tasks, which run between two batches:
 * when {@link #call} returns, no batch that began before is under way any more.
 */
final class Worker implements AutoCloseable {
    private static final long WITHOUT_END = -1;

    /** What is due at a time of its own, rather than when a source is ready. Worker's thread. */
    interface Alarm {
        boolean isSet();

        /** By the worker's clock; asked only if it is set. */
        long dueNanos();

        /** The time has come. */
        void ring(long nowNanos);
    }

    private final Poller poller;
    private final LongSupplier nanoClock;
    private final Alarm[] alarms;
    private final ErrorLog errors;
    private final Thread thread;
    private final Tasks tasks = new Tasks();

    // worker's thread
    private final Set<Pollable> watched = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean stopped;

    /**
     * @param poller becomes the worker's own, and is closed with it
     * @param nanoClock what it tells the time by; monotonic
     */
    Worker(String name, Poller poller, LongSupplier nanoClock, List<? extends Alarm> alarms, ErrorLog errors)
            throws IOException {
        this.poller = poller;
        this.nanoClock = nanoClock;
        this.alarms = alarms.toArray(Alarm[]::new);
        this.errors = errors;
        this.thread = Thread.ofPlatform().name("dunlin-" + name).daemon().unstarted(this::run);
        try {
            poller.add(tasks, tasks);
        } catch (IOException | RuntimeException e) {
            poller.close();
            throw e;
        }
    }

    void start() {
        thread.start();
    }

    /**
     * Lets the worker wait for a source. Where the source fails for good it is removed, and the failure recorded; the rest goes on.
     *
     * @param what the source, for the record
     */
    void add(String what, Pollable source, Poller.Duty duty) throws IOException {
        call(() -> {
            poller.add(source, now -> {
                try {
                    return duty.run(now);
                } catch (IOException e) {
                    errors.record(what + " failed and is not used any more", e);
                    letGoOf(source);
                    return 0;
                }
            });
            watched.add(source);
            return true;
        });
    }

    /** When it returns, the worker has let go of the source. Harmless if it was removed before. */
    void remove(Pollable source) throws IOException {
        call(() -> {
            letGoOf(source);
            return true;
        });
    }

    private void letGoOf(Pollable source) throws IOException {
        if (watched.remove(source)) {
            poller.remove(source);
        }
    }

    /**
     * Runs a task on the worker's thread, between two batches, and waits for it. An interrupt does not end the wait, which is short, but
     * is kept: who gave up waiting would close a device that the worker still uses.
     *
     * @throws IOException the task's own
     * @throws IllegalStateException if the worker has stopped
     */
    <T> T call(Callable<T> task) throws IOException {
        var future = new FutureTask<>(task);
        tasks.submit(future);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (CancellationException e) {
            throw new IllegalStateException("the node's worker has ended", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException("worker's task failed", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** An alarm may be due sooner than it was. Any thread; harmless if the worker has stopped. */
    void wake() {
        tasks.wake();
    }

    /** Has a task run on the worker's thread, between two batches, soon; or never, if the worker has ended by then. Does not wait. */
    void post(Runnable task) {
        tasks.offer(new FutureTask<>(() -> runPosted(task), true));
    }

    /** Nobody waits for the task to fail. */
    private void runPosted(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            errors.record("worker", e);
        }
    }

    private void run() {
        try {
            while (!stopped) {
                runReady();
            }
        } finally {
            tasks.end(); // also where an Error ends the thread: nobody is to wait for it
        }
    }

    private void runReady() {
        try {
            int ready = poller.poll(timeout());
            long now = nanoClock.getAsLong();
            for (Alarm alarm : alarms) {
                if (alarm.isSet() && now - alarm.dueNanos() >= 0) {
                    alarm.ring(now);
                }
            }
            for (int i = 0; i < ready; i++) {
                poller.ready(i).run(now);
            }
        } catch (IOException | RuntimeException e) {
            // A batch is lost, the node is not: whatever a packet did to us, the next may be a good one.
            errors.record("worker", e);
        }
    }

    private long timeout() {
        long timeout = WITHOUT_END;
        for (Alarm alarm : alarms) {
            if (alarm.isSet()) {
                long left = Math.max(0, alarm.dueNanos() - nanoClock.getAsLong());
                timeout = timeout == WITHOUT_END ? left : Math.min(timeout, left);
            }
        }
        return timeout;
    }

    /** Ends the thread after the batch under way, and closes the poller. */
    @Override
    public void close() {
        boolean interrupted = false;
        try {
            if (thread.getState() != Thread.State.NEW) {
                tasks.stop();
                while (thread.isAlive()) {
                    try {
                        thread.join();
                    } catch (InterruptedException e) {
                        interrupted = true; // the memory the thread uses is freed next: it must have ended
                    }
                }
            }
        } finally {
            poller.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What other threads want: one more source for the poller. */
    private final class Tasks implements Pollable, Poller.Duty {
        private final Queue<FutureTask<?>> queue = new ConcurrentLinkedQueue<>();
        private boolean ended; // under this

        void submit(FutureTask<?> task) {
            if (!offer(task)) {
                throw new IllegalStateException("the node is closed");
            }
        }

        /** Whether it is taken. */
        synchronized boolean offer(FutureTask<?> task) {
            if (!ended) {
                queue.add(task);
                poller.raise();
            }
            return !ended;
        }

        synchronized void wake() {
            if (!ended) {
                poller.raise();
            }
        }

        /** Refuses tasks from now on, and gives up those that wait. */
        synchronized void end() {
            ended = true;
            for (FutureTask<?> task = queue.poll(); task != null; task = queue.poll()) {
                task.cancel(false);
            }
        }

        synchronized void stop() {
            if (!ended) {
                ended = true;
                queue.add(new FutureTask<>(() -> stopped = true));
                poller.raise();
            }
        }

        @Override
        public int run(long nowNanos) {
            int done = 0;
            for (FutureTask<?> task = queue.poll(); task != null; task = queue.poll()) {
                task.run();
                done++;
            }
            return done;
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return !queue.isEmpty();
        }

        @Override
        public void signalTo(Signal signal) {
            // submit() raises the poller's signal itself
        }
    }
}
