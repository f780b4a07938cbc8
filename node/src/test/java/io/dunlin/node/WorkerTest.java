package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.NioPoller;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.linux.EpollPoller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerTest {
    private static final Worker.Alarm NEVER = new Worker.Alarm() {
        @Override
        public boolean isSet() {
            return false;
        }

        @Override
        public long dueNanos() {
            throw new AssertionError("not set");
        }

        @Override
        public void ring(long nowNanos) {
            throw new AssertionError("not set");
        }
    };

    /** Nobody else wakes the worker. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAlarmRingsWhenItsTimeHasComeThoughNothingElseHappens(boolean linux) throws Exception {
        var rang = new CompletableFuture<Long>();
        long due = System.nanoTime() + 50_000_000;
        var alarm = new Worker.Alarm() {
            @Override
            public boolean isSet() {
                return !rang.isDone();
            }

            @Override
            public long dueNanos() {
                return due;
            }

            @Override
            public void ring(long nowNanos) {
                rang.complete(nowNanos);
            }
        };
        Poller poller = linux ? EpollPoller.open() : new NioPoller();
        try (var worker = new Worker("test", poller, System::nanoTime, List.of(alarm), new ErrorLog("test"))) {
            worker.start();
            assertThat(rang.get(10, TimeUnit.SECONDS) - due).isNotNegative();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void letsGoOfASourceThatFailedAndThenOfItsOwnerWithoutComplaint(boolean linux) throws Exception {
        var errors = new ErrorLog("test");
        var failed = new CountDownLatch(1);
        Poller poller = linux ? EpollPoller.open() : new NioPoller();
        try (var worker = new Worker("test", poller, System::nanoTime, List.of(NEVER), errors);
                var device = new MemoryDevice("web", 1450)) {
            worker.start();
            worker.add("endpoint \"web\"", device, _ -> {
                failed.countDown();
                throw new IOException("gone");
            });
            device.write(ByteBuffer.allocate(40));
            assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
            worker.remove(device);
            worker.remove(device);
            assertThat(errors.snapshot())
                    .containsOnlyKeys("endpoint \"web\" failed and is not used any more: java.io.IOException: gone");
            assertThatThrownBy(() -> worker.call(() -> {
                        throw new IOException("a task's own");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("a task's own");
        }
    }

    @Test
    void nobodyWaitsForAWorkerThatAnErrorHasEnded() throws IOException, InterruptedException {
        var errors = new ErrorLog("test");
        var running = new CountDownLatch(1);
        try (var worker = new Worker("test", new NioPoller(), System::nanoTime, List.of(NEVER), errors);
                var device = new MemoryDevice("web", 1450)) {
            worker.start();
            worker.add("endpoint \"web\"", device, _ -> {
                Thread.currentThread().setUncaughtExceptionHandler((_, _) -> running.countDown());
                throw new StackOverflowError("a packet's doing");
            });
            device.write(ByteBuffer.allocate(40));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> worker.call(() -> true))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the node is closed");
        }
    }

    @Test
    void aPostedTaskRunsAndItsFailureIsRecorded() throws Exception {
        var errors = new ErrorLog("test");
        var ran = new CountDownLatch(1);
        var worker = new Worker("test", new NioPoller(), System::nanoTime, List.of(), errors);
        worker.start();
        worker.post(() -> {
            throw new IllegalStateException("a task's doing");
        });
        worker.post(ran::countDown);
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(errors.snapshot()).containsOnlyKeys("worker: java.lang.IllegalStateException: a task's doing");
        worker.close();
        worker.post(() -> errors.record("after the end", new AssertionError()));
        assertThat(errors.snapshot()).hasSize(1);
    }
}
