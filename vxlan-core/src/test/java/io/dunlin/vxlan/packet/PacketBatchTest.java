package io.dunlin.vxlan.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketBatchTest {
    private static final int SLOTS = 3;
    private static final int ROOM = 600;

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1025, Integer.MAX_VALUE})
    void refusesSlotsOutOfRange(int slots) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PacketBatch(slots, 1500, 2000))
                .withMessage("batch of " + slots + " slots: allowed are 1 to 1024");
    }

    @ParameterizedTest
    @ValueSource(ints = {130, 0, -1, 16_385, Integer.MAX_VALUE})
    void refusesACapacityOutOfRange(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PacketBatch(SLOTS, ROOM, capacity))
                .withMessage("batch of 3 slots for " + capacity + " packets: allowed are 131 to 16384");
    }

    @ParameterizedTest
    @ValueSource(ints = {575, 0, -1, 65_536, Integer.MAX_VALUE})
    void refusesARoomOutOfRange(int room) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PacketBatch(1, room))
                .withMessage("batch for packets of " + room + " bytes: allowed are 576 to 65535");
    }

    @Test
    void takesTheSmallestAndTheLargest() {
        try (var smallest = new PacketBatch(1, 576);
                var largest = new PacketBatch(1024, 65_535)) {
            assertThat(smallest.slots()).isEqualTo(1);
            assertThat(smallest.capacity()).isEqualTo(1 + PacketBatch.MAX_SEGMENTS);
            assertThat(smallest.room()).isEqualTo(576);
            assertThat(largest.slotStart(1023) + 65_535L + PacketBatch.TAILROOM)
                    .isLessThanOrEqualTo(largest.memory().size());
        }
    }

    @Test
    void receivesEachPacketOnACacheLineWithItsRoomBehindIt() {
        try (var batch = new PacketBatch(SLOTS, 577)) {
            assertThat(batch.memory().address() % 64).isZero();
            for (int i = 0; i < SLOTS; i++) {
                assertThat(batch.nextStart()).isEqualTo(batch.slotStart(i));
                assertThat(batch.slotStart(i) % 64).isZero();
                assertThat(batch.append(577)).isEqualTo(i);
                assertThat(batch.start(i)).isEqualTo(batch.slotStart(i));
                assertThat(batch.address(i)).isEqualTo(batch.memory().address() + batch.start(i));
            }
            assertThat(batch.isFull()).isTrue();
        }
    }

    @Test
    void countsItsPacketsUntilItIsFull() {
        try (var batch = new PacketBatch(SLOTS, ROOM)) {
            for (int i = 0; i < SLOTS; i++) {
                assertThat(batch.count()).isEqualTo(i);
                assertThat(batch.isFull()).isFalse();
                batch.append(i);
            }
            assertThat(batch.count()).isEqualTo(SLOTS);
            assertThat(batch.isFull()).isTrue();
            assertThatIllegalStateException().isThrownBy(() -> batch.append(1)).withMessage("batch of 3 slots is full");
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(batch::nextStart);
            assertThat(batch.count()).isEqualTo(SLOTS);
            batch.clear();
            assertThat(batch.count()).isZero();
            assertThat(batch.nextStart()).isEqualTo(batch.slotStart(0));
        }
    }

    @Test
    void refusesAPacketLargerThanItsRoom() {
        try (var batch = new PacketBatch(1, ROOM)) {
            for (int bytes : new int[] {-1, ROOM + 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> batch.append(bytes))
                        .withMessage("packet of " + bytes + " bytes in a slot of 600");
            }
            assertThat(batch.count()).isZero();
            batch.append(ROOM);
            assertThat(batch.length(0)).isEqualTo(ROOM);
        }
    }

    @Test
    void growsAtTheFrontByItsHeadroomAndNoFurther() {
        try (var batch = new PacketBatch(SLOTS, ROOM)) {
            for (int i = 0; i < SLOTS; i++) {
                int index = batch.append(100);
                assertThat(batch.prepend(index, PacketBatch.HEADROOM)).isEqualTo(batch.slotStart(index) - 128);
                assertThat(batch.length(index)).isEqualTo(228);
                for (int bytes : new int[] {1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> batch.prepend(index, bytes))
                            .withMessage("no headroom for " + bytes + " bytes");
                }
                assertThat(batch.start(index)).isEqualTo(batch.slotStart(index) - 128);
                assertThat(batch.length(index)).isEqualTo(228);
            }
        }
    }

    @Test
    void shrinksAtTheFrontDownToNothing() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(100);
            assertThat(batch.strip(0, 14)).isEqualTo(batch.slotStart(0) + 14);
            assertThat(batch.length(0)).isEqualTo(86);
            for (int bytes : new int[] {87, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> batch.strip(0, bytes))
                        .withMessage("cannot strip " + bytes + " of 86 bytes");
            }
            batch.strip(0, 86);
            assertThat(batch.length(0)).isZero();
            assertThat(batch.prepend(0, 100 + PacketBatch.HEADROOM)).isEqualTo(batch.slotStart(0) - 128);
        }
    }

    @Test
    void growsAtTheEndByItsTailroomAndNeverIntoTheNextSlot() {
        try (var batch = new PacketBatch(SLOTS, ROOM)) {
            for (int i = 0; i < SLOTS; i++) {
                int index = batch.append(ROOM);
                batch.resize(index, ROOM + PacketBatch.TAILROOM);
                assertThat(batch.length(index)).isEqualTo(664);
                int most = batch.slotStart(1) - batch.slotStart(0) - PacketBatch.HEADROOM;
                batch.resize(index, most);
                for (int bytes :
                        new int[] {most + 1, Integer.MAX_VALUE, Integer.MAX_VALUE - 128, -1, Integer.MIN_VALUE}) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> batch.resize(index, bytes))
                            .withMessage("no room for a packet of " + bytes + " bytes");
                }
                assertThat(batch.length(index)).isEqualTo(most);
                batch.resize(index, 0);
                assertThat(batch.length(index)).isZero();
            }
        }
    }

    @Test
    void keepsTheFirstReasonOfADrop() {
        try (var batch = new PacketBatch(2, ROOM)) {
            batch.append(1);
            batch.append(2);
            assertThat(batch.isDropped(0)).isFalse();
            assertThat(batch.dropReason(0)).isNull();
            batch.drop(0, DropReason.MARTIAN);
            batch.drop(0, DropReason.TOO_BIG);
            assertThat(batch.isDropped(0)).isTrue();
            assertThat(batch.dropReason(0)).isEqualTo(DropReason.MARTIAN);
            assertThat(batch.isDropped(1)).isFalse();
            assertThat(batch.count()).isEqualTo(2);
        }
    }

    @Test
    void forgetsAllOfAPacketWhenItsSlotIsUsedAgain() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(10);
            batch.setFlow(0, 7);
            batch.setPeer(0, 8, 9);
            assertThat(List.of((long) batch.flow(0), batch.peerHigh(0), batch.peerLow(0)))
                    .containsExactly(7L, 8L, 9L);
            batch.setTransport(0, 255, 1234);
            assertThat(batch.protocol(0)).isEqualTo(255);
            batch.strip(0, 5);
            assertThat(batch.transport(0)).isEqualTo(1234);
            batch.drop(0, DropReason.MARTIAN);
            batch.clear();
            batch.append(20);
            assertThat(List.of((long) batch.flow(0), batch.peerHigh(0), batch.peerLow(0)))
                    .containsExactly(0L, 0L, 0L);
            assertThat(batch.protocol(0)).isZero();
            assertThat(batch.transport(0)).isEqualTo(PacketBatch.NO_TRANSPORT);
            assertThat(batch.dropReason(0)).isNull();
            assertThat(batch.start(0)).isEqualTo(batch.slotStart(0));
            assertThat(batch.length(0)).isEqualTo(20);
        }
    }

    @Test
    void letsGoOfItsMemoryWhenClosed() {
        var batch = new PacketBatch(1, ROOM);
        int packet = batch.start(batch.append(1));
        assertThat(batch.memory().u8(packet)).isZero();
        batch.close();
        assertThatThrownBy(() -> batch.memory().u8(packet)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /**
     * The batch against a byte array for each packet: whatever is prepended, stripped and resized, each packet holds what the model holds,
     * thus no packet ever writes into another's slot.
     */
    @Property
    void keepsEachPacketInItsOwnSlot(@ForAll("steps") List<Step> steps) {
        try (var batch = new PacketBatch(SLOTS, ROOM)) {
            var model = new byte[SLOTS][];
            var front = new int[SLOTS]; // bytes before the packet, in its slot
            int slot = batch.slotStart(1) - batch.slotStart(0);
            for (int i = 0; i < SLOTS; i++) {
                batch.append(ROOM);
                model[i] = new byte[ROOM];
                front[i] = PacketBatch.HEADROOM;
            }
            byte fill = 0;
            for (Step step : steps) {
                int i = step.packet;
                fill++;
                byte[] before = model[i];
                boolean fits;
                byte[] after;
                switch (step.what) {
                    case PREPEND -> {
                        fits = step.bytes <= front[i];
                        after = new byte[fits ? before.length + step.bytes : 0];
                        System.arraycopy(before, 0, after, fits ? step.bytes : 0, fits ? before.length : 0);
                        front[i] -= fits ? step.bytes : 0;
                    }
                    case STRIP -> {
                        fits = step.bytes <= before.length;
                        after = fits ? Arrays.copyOfRange(before, step.bytes, before.length) : before;
                        front[i] += fits ? step.bytes : 0;
                    }
                    default -> {
                        fits = front[i] + step.bytes <= slot;
                        after = fits ? Arrays.copyOf(before, step.bytes) : before;
                    }
                }
                assertThat(apply(batch, step)).as(step.toString()).isEqualTo(fits);
                if (fits) {
                    Arrays.fill(after, fill);
                    batch.memory()
                            .segment()
                            .asSlice(batch.start(i), batch.length(i))
                            .fill(fill);
                    model[i] = after;
                }
                for (int other = 0; other < SLOTS; other++) {
                    assertThat(batch.start(other)).isEqualTo(other * slot + front[other]);
                    assertThat(batch.memory().toArray(batch.start(other), batch.length(other)))
                            .isEqualTo(model[other]);
                }
            }
        }
    }

    private static boolean apply(PacketBatch batch, Step step) {
        try {
            switch (step.what) {
                case PREPEND -> batch.prepend(step.packet, step.bytes);
                case STRIP -> batch.strip(step.packet, step.bytes);
                default -> batch.resize(step.packet, step.bytes);
            }
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    enum What {
        PREPEND,
        STRIP,
        RESIZE
    }

    record Step(What what, int packet, int bytes) {}

    @Provide
    static Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> bytes = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 140), Arbitraries.integers().between(0, 900));
        return Combinators.combine(
                        Arbitraries.of(What.class), Arbitraries.integers().between(0, SLOTS - 1), bytes)
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }
}
