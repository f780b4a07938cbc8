package io.dunlin.node;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks this node's backends whether they serve, for as long as they are to be asked. Under the node's lock, but for the questions. */
final class HealthChecks {
    /** One that is asked. Equal to itself alone. */
    interface Asked {
        /** One question. Waits for the check's timeout at most. */
        boolean answers(HealthCheck how);

        /** It serves by now, or does so no longer, or is as it was. Under the node's lock. */
        void found(boolean serves);
    }

    private final Object lock;
    private final ScheduledExecutorService time;
    private final Executor questions;
    private final Map<Asked, Check> checks = new HashMap<>();

    /**
     * @param lock the node's
     * @param time says when to ask; see {@link #time}. Ends with {@link #stop}
     * @param questions runs each question, which waits; see {@link #questions}
     */
    HealthChecks(Object lock, ScheduledExecutorService time, Executor questions) {
        this.lock = lock;
        this.time = time;
        this.questions = questions;
    }

    /** A thread for the node of that name, which begins with the first check. */
    static ScheduledExecutorService time(String node) {
        var time = new ScheduledThreadPoolExecutor(1, task -> {
            var thread = new Thread(task, "dunlin-health-" + node);
            thread.setDaemon(true);
            return thread;
        });
        time.setRemoveOnCancelPolicy(true);
        return time;
    }

    /** A virtual thread for each. */
    static Executor questions() {
        return question -> Thread.ofVirtual().name("dunlin-health").start(question);
    }

    /** These are asked from now on, and no others. Those that were asked so before go on as they are. */
    void revise(Map<? extends Asked, HealthCheck> wanted) {
        if (time.isShutdown()) {
            return;
        }
        checks.entrySet().removeIf(each -> {
            boolean isOver = !each.getValue().how.equals(wanted.get(each.getKey()));
            if (isOver) {
                each.getValue().turns.cancel(false);
            }
            return isOver;
        });
        wanted.forEach((asked, how) -> checks.computeIfAbsent(asked, _ -> new Check(asked, how)));
    }

    /** Asks nobody any more. */
    void stop() {
        checks.clear();
        time.shutdownNow();
    }

    /** Of one, until it is to be asked no more, or otherwise. */
    private final class Check {
        private final Asked asked;
        private final HealthCheck how;
        private final Future<?> turns;

        /** Questions that are to be asked: one that is due while another is under way follows it at once; further ones are left out. */
        private final AtomicInteger due = new AtomicInteger();

        /** Questions in a row without an answer; nobody knows of those before the first. One thread at a time. */
        private int silent;

        Check(Asked asked, HealthCheck how) {
            this.asked = asked;
            this.how = how;
            this.silent = how.retries() - 1;
            this.turns = time.scheduleAtFixedRate(this::turn, 0, how.interval().toMillis(), TimeUnit.MILLISECONDS);
        }

        private void turn() {
            if (due.getAndUpdate(questionsDue -> Math.min(questionsDue + 1, 2)) == 0) {
                questions.execute(this::ask);
            }
        }

        private void ask() {
            do {
                boolean answers = asked.answers(how);
                silent = answers ? 0 : silent + 1;
                if (answers || silent >= how.retries()) {
                    found(answers);
                }
            } while (due.decrementAndGet() > 0);
        }

        /** What was asked before it was to be asked no more is nobody's answer. */
        private void found(boolean serves) {
            synchronized (lock) {
                if (equals(checks.get(asked))) {
                    asked.found(serves);
                }
            }
        }
    }
}
