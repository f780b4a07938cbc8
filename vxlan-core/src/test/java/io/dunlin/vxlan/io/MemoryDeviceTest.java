package io.dunlin.vxlan.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryDeviceTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final MemoryDevice device = new MemoryDevice("web", 1450);
    private final PacketBatch batch = new PacketBatch(4, 65_535);

    @AfterEach
    void close() {
        device.close();
        batch.close();
    }

    private static byte[] packet(int length, int content) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    /** What the worker does with a packet for the device. */
    private void send(byte[] packet) {
        batch.clear();
        batch.memory().put(batch.nextStart(), packet);
        batch.append(packet.length);
        device.send(batch, 0, 1);
    }

    @Test
    void handsWrittenPacketsToTheWorkerInOrder() {
        var raised = new AtomicInteger();
        device.signalTo(raised::incrementAndGet);
        assertThat(device.isReady()).isFalse();
        var buffer = ByteBuffer.wrap(packet(100, 1)).position(10);
        assertThat(device.write(buffer)).isTrue();
        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(device.write(ByteBuffer.allocateDirect(5))).isTrue();
        assertThat(device.write(ByteBuffer.wrap(packet(7, 3)).asReadOnlyBuffer()))
                .isTrue();
        assertThat(raised).hasValue(3);
        assertThat(device.isReady()).isTrue();

        assertThat(device.receive(batch)).isEqualTo(3);
        assertThat(batch.length(0)).isEqualTo(90);
        assertThat((byte) batch.memory().u8(batch.start(0))).isEqualTo((byte) 1);
        assertThat(batch.length(1)).isEqualTo(5);
        assertThat(batch.length(2)).isEqualTo(7);
        assertThat(device.isReady()).isFalse();
        assertThat(device.receive(batch)).isZero();
    }

    @Test
    void fillsABatchAndKeepsTheRest() {
        for (int i = 0; i < 6; i++) {
            device.write(ByteBuffer.wrap(packet(60, i)));
        }
        assertThat(device.receive(batch)).isEqualTo(4);
        batch.clear();
        assertThat(device.receive(batch)).isEqualTo(2);
        assertThat((byte) batch.memory().u8(batch.start(0))).isEqualTo((byte) 4);
    }

    @Test
    void saysSoWhenTheQueueIsFullAndTakesPacketsAgainAfterwards() {
        int taken = 0;
        while (device.write(ByteBuffer.wrap(packet(60_000, 1)))) {
            taken++;
        }
        assertThat(taken).isEqualTo(8);
        var refused = ByteBuffer.wrap(packet(60_000, 2));
        assertThat(device.write(refused)).isFalse();
        assertThat(refused.remaining()).isEqualTo(60_000);
        device.receive(batch);
        assertThat(device.write(refused)).isTrue();
    }

    @Test
    void handsOutTheSegmentsOfASuperPacketThatWasCut() {
        appendCut(40, 100, 250);
        device.send(batch, 0, 1);
        assertThat(batch.isDropped(0)).isFalse();
        int[] payloads = {100, 100, 50};
        for (int k = 0; k < payloads.length; k++) {
            var into = ByteBuffer.allocate(1450);
            assertThat(device.read(into)).isEqualTo(20 + payloads[k]);
            assertThat(into.get(0)).as("segment %d's head", k).isEqualTo((byte) k);
            assertThat(into.get(20)).as("its payload").isEqualTo((byte) (40 + 100 * k));
            assertThat(into.get(20 + payloads[k] - 1)).isEqualTo((byte) (40 + 100 * k + payloads[k] - 1));
        }
        assertThat(device.read(ByteBuffer.allocate(1450))).isZero();
    }

    @Test
    void dropsASuperPacketWhoseSegmentsDoNotAllFit() {
        boolean dropped = false;
        for (int i = 0; i < 20 && !dropped; i++) {
            appendCut(40, 1400, 60_000);
            device.send(batch, 0, 1);
            dropped = batch.isDropped(0);
        }
        assertThat(batch.dropReason(0)).isEqualTo(DropReason.DEVICE_FULL);
        int read = 0;
        var into = ByteBuffer.allocate(1450);
        while (device.read(into.clear()) > 0) {
            read++;
        }
        assertThat(read).isGreaterThan(43 * 8); // whole segments, and some of the last super-packet
    }

    /** A packet whose bytes count up, cut into segments of {@code size}, with heads of 20 bytes that begin with their number. */
    private void appendCut(int headers, int size, int payload) {
        batch.clear();
        var packet = new byte[headers + payload];
        for (int i = 0; i < packet.length; i++) {
            packet[i] = (byte) i;
        }
        batch.memory().put(batch.nextStart(), packet);
        int index = batch.append(packet.length);
        batch.setSegmentSize(index, size);
        batch.cut(index, headers, 20);
        for (int k = 0; k < batch.segments(index); k++) {
            batch.memory().u8(batch.head(index, k), k);
        }
    }

    @Test
    void dropsWhatNobodyReads() {
        int sent = 0;
        do {
            send(packet(60_000, 1));
            sent++;
        } while (!batch.isDropped(0));
        assertThat(batch.dropReason(0)).isEqualTo(DropReason.DEVICE_FULL);
        assertThat(sent).isEqualTo(9);
    }

    @Test
    void givesNothingToReadOfAPacketThatWasDroppedBefore() {
        batch.append(40);
        batch.drop(0, DropReason.MARTIAN);
        device.send(batch, 0, 1);
        assertThat(device.read(ByteBuffer.allocate(100))).isZero();
    }

    @Test
    void refusesWhatIsNoPacketAndKeepsWhatDoesNotFitTheBuffer() {
        assertThatThrownBy(() -> device.write(ByteBuffer.allocate(65_536)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("packet of 65536 bytes: allowed are up to 65535");
        send(packet(1450, 5));
        assertThatThrownBy(() -> device.read(ByteBuffer.allocate(100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device \"web\": packet of 1450 bytes, room for 100: a buffer of 1450 holds any");
        var into = ByteBuffer.allocate(1460).position(10);
        assertThat(device.read(into)).isEqualTo(1450);
        assertThat(into.position()).isEqualTo(1460);
        assertThat(into.get(10)).isEqualTo((byte) 5);
    }

    @Test
    void returnsZeroWhenNothingCameInTime() throws InterruptedException {
        assertThat(device.read(ByteBuffer.allocate(1450), Duration.ofMillis(1))).isZero();
        assertThat(device.read(ByteBuffer.allocate(1450), Duration.ZERO)).isZero();
    }

    @Test
    void wakesEachOfSeveralReaders() throws Exception {
        int readers = 3;
        var reads = new ArrayList<FutureTask<Integer>>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            var read = new FutureTask<>(() -> device.read(ByteBuffer.allocate(1450), LONG));
            reads.add(read);
            threads.add(Thread.ofPlatform().daemon().start(read));
        }
        for (Thread thread : threads) {
            awaitWaiting(thread);
        }
        // One packet at a time: the reader that leaves must not make the worker forget those that stay.
        for (int left = readers; left > 0; left--) {
            send(packet(left, 1));
            int expected = left - 1;
            spinWhile(() -> threads.stream().filter(Thread::isAlive).count() > expected);
            for (Thread thread : threads) {
                awaitWaiting(thread);
            }
        }
        var lengths = new ArrayList<Integer>();
        for (FutureTask<Integer> read : reads) {
            lengths.add(read.get(10, TimeUnit.SECONDS));
        }
        assertThat(lengths).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void endsAReadThatWaitsWhenItIsClosed() {
        var read = new FutureTask<>(() -> device.read(ByteBuffer.allocate(1450), LONG));
        var thread = Thread.ofPlatform().daemon().start(read);
        awaitWaiting(thread);
        device.close();
        assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("device \"web\" is closed");
    }

    /** For ten seconds at most: a reader that nobody woke would wait for ten minutes. */
    private static void spinWhile(BooleanSupplier condition) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("nanoseconds beyond ten seconds")
                    .isNegative();
            Thread.onSpinWait();
        }
    }

    private static void awaitWaiting(Thread thread) {
        spinWhile(() -> thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING);
    }

    @Test
    void refusesReadersAndWritersOnceClosed() {
        device.write(ByteBuffer.allocate(40));
        device.close();
        device.close();
        assertThat(device.isReady()).isFalse();
        assertThatThrownBy(() -> device.write(ByteBuffer.allocate(40)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("device \"web\" is closed");
        assertThatThrownBy(() -> device.read(ByteBuffer.allocate(40)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("device \"web\" is closed");
    }
}
