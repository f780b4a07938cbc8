package io.dunlin.vxlan.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PacketRingTest {
    private static final int BYTES = 1 << 18;

    /** Non-negative: offers a packet of that length; negative: takes that many. */
    @Property(tries = 200)
    void isAQueueOfPackets(@ForAll("operations") List<Integer> operations) {
        try (var ring = new PacketRing(BYTES)) {
            var model = new ArrayDeque<byte[]>();
            int number = 0;
            for (int operation : operations) {
                if (operation >= 0) {
                    byte[] packet = packet(operation, ++number);
                    if (ring.offer(MemorySegment.ofArray(packet), 0, operation)) {
                        model.add(packet);
                    } else {
                        assertThat(used(model) + 2 * record(operation))
                                .as("a packet of %d bytes was refused with %d in the ring", operation, used(model))
                                .isGreaterThan(BYTES - record(65_535));
                    }
                } else {
                    for (int i = 0; i < -operation; i++) {
                        byte[] expected = model.poll();
                        assertThat(ring.nextLength()).isEqualTo(expected == null ? -1 : expected.length);
                        if (expected != null) {
                            assertThat(take(ring)).isEqualTo(expected);
                        }
                    }
                }
                assertThat(ring.isEmpty()).isEqualTo(model.isEmpty());
            }
            while (!model.isEmpty()) {
                assertThat(take(ring)).isEqualTo(model.poll());
            }
            assertThat(ring.nextLength()).isEqualTo(-1);
        }
    }

    @Provide
    Arbitrary<List<Integer>> operations() {
        return Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(4, Arbitraries.integers().between(0, 2000)),
                        net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(60_000, 65_535)),
                        net.jqwik.api.Tuple.of(4, Arbitraries.integers().between(-5, -1)))
                .list()
                .ofMaxSize(400);
    }

    private static byte[] packet(int length, int number) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    private static int record(int length) {
        return length + 8 + 7 & ~7;
    }

    private static int used(ArrayDeque<byte[]> packets) {
        return packets.stream().mapToInt(packet -> record(packet.length)).sum();
    }

    private static byte[] take(PacketRing ring) {
        var into = new byte[ring.nextLength()];
        ring.take(MemorySegment.ofArray(into), 0);
        return into;
    }

    @Test
    void fillsToTheLastByteAndNoFurther() {
        try (var ring = new PacketRing(BYTES)) {
            var packet = MemorySegment.ofArray(new byte[1016]); // with its length 1,024 bytes
            for (int i = 0; i < BYTES / 1024; i++) {
                assertThat(ring.offer(packet, 0, 1016)).isTrue();
            }
            assertThat(ring.offer(packet, 0, 0)).isFalse();
            take(ring);
            assertThat(ring.offer(packet, 0, 1016)).isTrue();
            assertThat(ring.offer(packet, 0, 0)).isFalse();
        }
    }

    @Test
    void refusesSizesThatCannotBe() {
        assertThatThrownBy(() -> new PacketRing(100_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a ring of 100000 bytes: must be a power of two and hold two packets");
        assertThatThrownBy(() -> new PacketRing(1 << 16)).isInstanceOf(IllegalArgumentException.class);
        try (var ring = new PacketRing(BYTES)) {
            var large = MemorySegment.ofArray(new byte[65_536]);
            assertThatThrownBy(() -> ring.offer(large, 0, 65_536))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("packet of 65536 bytes: allowed are up to 65535");
            assertThat(ring.isEmpty()).isTrue();
        }
    }

    @Test
    @Timeout(60)
    void carriesPacketsWholeAndInOrderFromOneThreadToAnother() throws InterruptedException {
        int count = 300_000;
        var failure = new AtomicReference<Throwable>();
        try (var ring = new PacketRing(BYTES)) {
            var producer = new Thread(() -> {
                var random = new Random(42);
                var packet = new byte[3000];
                var segment = MemorySegment.ofArray(packet);
                for (int n = 0; n < count; n++) {
                    int length = random.nextInt(packet.length);
                    Arrays.fill(packet, 0, length, (byte) n);
                    while (!ring.offer(segment, 0, length) && failure.get() == null) {
                        Thread.onSpinWait();
                    }
                }
            });
            producer.setUncaughtExceptionHandler((_, e) -> failure.set(e));
            producer.start();
            try {
                var random = new Random(42);
                var into = new byte[3000];
                var segment = MemorySegment.ofArray(into);
                for (int n = 0; n < count; n++) {
                    int length;
                    while ((length = ring.nextLength()) < 0 && failure.get() == null) {
                        Thread.onSpinWait();
                    }
                    assertThat(length).isEqualTo(random.nextInt(into.length));
                    ring.take(segment, 0);
                    for (int i = 0; i < length; i++) {
                        if (into[i] != (byte) n) {
                            throw new AssertionError("packet " + n + ": byte " + i + " is " + into[i]);
                        }
                    }
                }
            } catch (AssertionError e) {
                failure.set(e);
                throw e;
            } finally {
                producer.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(ring.isEmpty()).isTrue();
        }
    }
}
