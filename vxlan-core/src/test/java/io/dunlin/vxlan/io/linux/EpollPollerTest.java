package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.io.Pollable;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A wake-up that is lost leaves a thread in native code, which no interrupt ends: so each test has a thread that may be abandoned. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpollPollerTest {
    private static final IpAddress LOCAL = IpAddress.parse("127.0.0.1");
    private static final long FOREVER = -1;

    private EpollPoller poller;

    @BeforeEach
    void open() throws IOException {
        poller = EpollPoller.open();
    }

    @AfterEach
    void close() {
        poller.close();
    }

    @Test
    void findsNothingWhenThereIsNothing() throws IOException {
        assertThat(poller.poll(0)).isZero();
        long before = System.nanoTime();
        assertThat(poller.poll(TimeUnit.MILLISECONDS.toNanos(3) + 1)).isZero();
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(3));
        assertThatThrownBy(() -> poller.ready(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void findsSocketReadyUntilItIsEmptied() throws IOException {
        try (var socket = LinuxUdpSocket.open(LOCAL, 0);
                var batch = new PacketBatch(4, 2048)) {
            Poller.Duty duty = now -> 1;
            poller.add(socket, duty);
            assertThat(poller.poll(0)).isZero();
            Packets.append(batch, LOCAL, "hello");
            socket.send(batch, 0, 1);
            assertThat(poller.poll(FOREVER)).isOne();
            assertThat(poller.poll(FOREVER)).isOne();
            assertThat(poller.ready(0)).isSameAs(duty);
            batch.clear();
            assertThat(socket.receive(batch)).isOne();
            assertThat(poller.poll(0)).isZero();
            poller.remove(socket);
        }
    }

    @Test
    void hearsNothingOfRemovedSources() throws IOException {
        try (var socket = LinuxUdpSocket.open(LOCAL, 0);
                var batch = new PacketBatch(4, 2048)) {
            var memory = new Memory();
            poller.add(socket, now -> 1);
            poller.add(memory, now -> 1);
            Packets.append(batch, LOCAL, "hello");
            socket.send(batch, 0, 1);
            memory.publish(1);
            assertThat(poller.poll(FOREVER)).isEqualTo(2);
            poller.remove(socket);
            poller.remove(memory);
            assertThat(poller.ready(0).run(0))
                    .as("duty of a source removed meanwhile")
                    .isZero();
            assertThat(poller.ready(1).run(0)).isZero();
            assertThat(poller.poll(0)).isZero();
            assertThatThrownBy(() -> poller.remove(socket)).isInstanceOf(IllegalArgumentException.class);
            poller.add(socket, now -> 1);
            assertThat(poller.poll(0)).isOne();
            assertThatThrownBy(() -> poller.add(socket, now -> 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void keepsRaiseThatCameBeforeThePoll() throws IOException {
        poller.raise();
        assertThat(poller.poll(FOREVER)).isZero();
        assertThat(poller.poll(TimeUnit.MILLISECONDS.toNanos(1))).isZero();
    }

    @Test
    void wakesForMemorySourceOfAnotherThread() throws Exception {
        var memory = new Memory();
        poller.add(memory, now -> memory.take());
        var producer = Thread.ofPlatform().start(() -> memory.publish(1));
        assertThat(poller.poll(FOREVER)).isOne();
        assertThat(poller.ready(0).run(0)).isOne();
        producer.join();
    }

    /** Each round waits for the other side's answer, so that one lost wake-up stops it for good. */
    @Test
    void losesNoWakeUpInPingPong() throws Exception {
        int rounds = 50_000;
        try (var other = EpollPoller.open()) {
            var ping = new Memory();
            var pong = new Memory();
            other.add(ping, now -> 0);
            poller.add(pong, now -> 0);
            var echo = Thread.ofPlatform().start(() -> {
                try {
                    for (int got = 0; got < rounds; ) {
                        other.poll(FOREVER);
                        int taken = ping.take();
                        got += taken;
                        if (taken > 0) {
                            pong.publish(taken);
                        }
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            int spurious = 0;
            for (int got = 0; got < rounds; ) {
                ping.publish(1);
                int taken = pong.take();
                while (taken == 0) {
                    spurious += poller.poll(FOREVER) == 0 ? 1 : 0;
                    taken = pong.take();
                }
                got += taken;
            }
            echo.join();
            assertThat(spurious).isLessThanOrEqualTo(rounds);
        }
    }

    @Test
    void losesNoWakeUpOfManyProducers() throws Exception {
        int each = 100_000;
        var memory = new Memory();
        poller.add(memory, now -> memory.take());
        var producers = new ArrayList<Thread>();
        for (int p = 0; p < 3; p++) {
            producers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    memory.publish(1);
                }
            }));
        }
        int got = 0;
        while (got < 3 * each) {
            if (poller.poll(FOREVER) > 0) {
                got += poller.ready(0).run(0);
            }
        }
        assertThat(got).isEqualTo(3 * each);
        for (var producer : producers) {
            producer.join();
        }
    }

    @Test
    void servesAllOfMoreSourcesThanItTakesAtOnce() throws IOException {
        var sockets = new ArrayList<LinuxUdpSocket>();
        try (var batch = new PacketBatch(1, 2048)) {
            var served = new HashSet<Integer>();
            for (int i = 0; i < 100; i++) {
                var socket = LinuxUdpSocket.open(LOCAL, 0, 1, true);
                sockets.add(socket);
                int number = i;
                poller.add(socket, now -> {
                    served.add(number);
                    return 1;
                });
                batch.clear();
                Packets.append(batch, LOCAL, "never taken");
                socket.send(batch, 0, 1);
            }
            for (int round = 0; round < 2; round++) {
                int ready = poller.poll(FOREVER);
                assertThat(ready).isEqualTo(64);
                for (int i = 0; i < ready; i++) {
                    poller.ready(i).run(0);
                }
            }
            assertThat(served).hasSize(100);
        } finally {
            sockets.forEach(LinuxUdpSocket::close);
        }
    }

    @Test
    void allocatesNothingWhenWarm() throws IOException {
        var memory = new Memory();
        poller.add(memory, now -> memory.take());
        long allocated = Allocation.whenWarm(() -> {
            poller.poll(0);
            memory.publish(1);
            poller.poll(FOREVER);
            poller.ready(0).run(0);
        });
        assertThat(allocated).isZero();
    }

    @Test
    void closesItsDescriptorsAndTakesRaisesAfterwards() throws IOException {
        long before = Packets.openDescriptors();
        var other = EpollPoller.open();
        assertThat(Packets.openDescriptors()).isEqualTo(before + 2);
        other.close();
        other.close();
        other.raise();
        other.raise();
        assertThat(Packets.openDescriptors()).isEqualTo(before);
    }

    /** A source in memory: a number of things to take. */
    private static final class Memory implements Pollable {
        private final AtomicInteger things = new AtomicInteger();
        private volatile @Nullable Signal signal;

        void publish(int count) {
            things.addAndGet(count);
            var to = signal;
            if (to != null) {
                to.raise();
            }
        }

        int take() {
            return things.getAndSet(0);
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return things.get() > 0;
        }

        @Override
        public void signalTo(Signal signal) {
            this.signal = signal;
        }
    }
}
