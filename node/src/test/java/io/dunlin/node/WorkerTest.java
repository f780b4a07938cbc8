package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.NioPoller;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.linux.EpollPoller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void letsGoOfASourceThatFailedAndThenOfItsOwnerWithoutComplaint(boolean linux) throws Exception {
        var errors = new ErrorLog("test");
        var failed = new CountDownLatch(1);
        Poller poller = linux ? EpollPoller.open() : new NioPoller();
        try (var worker = new Worker("test", poller, System::nanoTime, errors);
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
        try (var worker = new Worker("test", new NioPoller(), System::nanoTime, errors);
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
}
