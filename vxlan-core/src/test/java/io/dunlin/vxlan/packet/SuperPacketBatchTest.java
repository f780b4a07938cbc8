package io.dunlin.vxlan.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dunlin.vxlan.wire.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link PacketBatch}: several packets in one slot, super-packets that are cut, packets that are joined to super-packets. */
class SuperPacketBatchTest {
    private static final int ROOM = 65_535;

    private static byte[] bytes(PacketBatch batch, int at, int length) {
        return batch.memory().toArray(at, length);
    }

    // ---- several packets in one slot

    @ParameterizedTest(name = "{0} bytes by {1}: {2} packets, the last of {3}")
    @CsvSource({
        "1000, 500, 2, 500",
        "1001, 500, 3, 1",
        "999, 500, 2, 499",
        "1000, 1000, 1, 1000",
        "1000, 1001, 1, 1000",
        "1000, 0, 1, 1000",
        "1000, -1, 1, 1000",
        "0, 0, 1, 0",
        "0, 10, 1, 0",
        "2, 1, 2, 1",
        "128, 1, 128, 1",
        "65535, 512, 128, 511"
    })
    void takesAReceiveAsPacketsSideBySide(int bytes, int size, int packets, int last) {
        try (var batch = new PacketBatch(2, ROOM)) {
            assertThat(batch.append(bytes, size)).isZero();
            assertThat(batch.count()).isEqualTo(packets);
            assertThat(batch.slotsUsed()).isEqualTo(1);
            assertThat(batch.bytes()).isEqualTo(bytes);
            int at = batch.slotStart(0);
            for (int i = 0; i < packets; i++) {
                assertThat(batch.start(i)).isEqualTo(at);
                assertThat(batch.length(i)).isEqualTo(i + 1 < packets ? size : last);
                assertThat(batch.isDropped(i)).isFalse();
                assertThat(batch.isPart(i)).isFalse();
                assertThat(batch.next(i)).isEqualTo(PacketBatch.NO_PACKET);
                at += batch.length(i);
            }
        }
    }

    @Test
    void dropsWhatIsBeyond128PacketsOfOneReceive() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(12_801, 100);
            assertThat(batch.count()).isEqualTo(128);
            assertThat(batch.isDropped(126)).isFalse();
            assertThat(batch.dropReason(127)).isEqualTo(DropReason.DATAGRAM_TRUNCATED);
            batch.clear();
            batch.append(12_800, 100);
            assertThat(batch.count()).isEqualTo(128);
            assertThat(batch.isDropped(127)).isFalse();
        }
    }

    @Test
    void keepsNeighboursInOneSlotApart() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(300, 100);
            batch.prepend(0, PacketBatch.HEADROOM);
            for (int i : new int[] {1, 2}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> batch.prepend(i, 1))
                        .withMessage("no headroom for 1 bytes");
                batch.strip(i, 22);
                batch.prepend(i, 22);
                assertThatIllegalArgumentException().isThrownBy(() -> batch.prepend(i, 1));
            }
            for (int i : new int[] {0, 1}) {
                batch.resize(i, 50);
                int most = batch.slotStart(0) + 100 * (i + 1) - batch.start(i);
                batch.resize(i, most);
                assertThatIllegalArgumentException().isThrownBy(() -> batch.resize(i, most + 1));
            }
            batch.resize(2, 100 + PacketBatch.TAILROOM);
        }
    }

    @Test
    void movesAPacketBackWhereAnotherLiesBeforeIt() {
        try (var batch = new PacketBatch(1, ROOM)) {
            for (int i = 0; i < 300; i++) {
                batch.memory().u8(batch.nextStart() + i, i);
            }
            batch.append(300, 100);
            int start = batch.start(1);
            byte[] before = bytes(batch, batch.start(0), 100);
            byte[] behind = bytes(batch, batch.start(2), 100);
            batch.strip(1, 22);
            batch.setTransport(1, 17, start + 42);
            batch.resize(1, 40);
            byte[] packet = bytes(batch, batch.start(1), 40);
            batch.ensureHeadroom(1, 22);
            assertThat(batch.start(1)).as("there is as much").isEqualTo(start + 22);
            batch.ensureHeadroom(1, 50);
            assertThat(batch.start(1)).isEqualTo(start + 50);
            assertThat(batch.transport(1)).isEqualTo(start + 70);
            assertThat(bytes(batch, batch.start(1), 40)).isEqualTo(packet);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batch.ensureHeadroom(1, 61))
                    .withMessage("no room to move a packet by 11 bytes");
            batch.ensureHeadroom(1, 60);
            batch.prepend(1, 60);
            assertThat(batch.start(1)).isEqualTo(start);
            assertThat(batch.length(1)).isEqualTo(100);
            assertThat(bytes(batch, batch.start(0), 100)).isEqualTo(before);
            assertThat(bytes(batch, batch.start(2), 100)).isEqualTo(behind);
        }
    }

    @Test
    void movesNoPacketThatHasASlotForItself() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(ROOM);
            batch.ensureHeadroom(0, PacketBatch.HEADROOM);
            assertThat(batch.start(0)).isEqualTo(batch.slotStart(0));
            batch.ensureHeadroom(0, PacketBatch.HEADROOM + PacketBatch.TAILROOM);
            assertThat(batch.start(0)).isEqualTo(batch.slotStart(0) + PacketBatch.TAILROOM);
            assertThat(batch.transport(0)).isEqualTo(PacketBatch.NO_TRANSPORT);
        }
    }

    // ---- full

    @Test
    void isFullWith64KibOfBytes() {
        try (var batch = new PacketBatch(64, ROOM)) {
            batch.append(ROOM);
            assertThat(batch.isFull()).isFalse();
            batch.append(1);
            assertThat(batch.isFull()).isTrue();
            batch.append(1); // who fills several slots at once may go on
            assertThat(batch.count()).isEqualTo(3);
        }
    }

    @Test
    void isFullWhenAnotherSlotCouldHoldMorePacketsThanItHasRoomFor() {
        try (var batch = new PacketBatch(4, ROOM, 300)) {
            batch.append(128, 1);
            assertThat(batch.isFull()).isFalse();
            batch.append(44, 1);
            assertThat(batch.isFull()).as("172 of 300").isFalse();
            batch.append(1);
            assertThat(batch.isFull()).as("173 of 300").isTrue();
            assertThatIllegalStateException().isThrownBy(() -> batch.append(1)).withMessage("batch of 4 slots is full");
        }
    }

    @Test
    void countsTheSegmentsOfSuperPackets() {
        try (var batch = new PacketBatch(4, ROOM, 300)) {
            batch.append(1400);
            batch.setSegmentSize(0, 10);
            batch.append(1400);
            assertThat(batch.isFull()).isFalse();
            batch.setSegmentSize(1, 30);
            assertThat(batch.isFull()).isTrue();
            batch.clear();
            assertThat(batch.isFull()).isFalse();
        }
    }

    // ---- cut

    @Test
    void cutsPayloadWhereItLiesAndGivesEachSegmentAHead() {
        try (var batch = new PacketBatch(2, ROOM)) {
            batch.append(1040);
            batch.append(140);
            batch.setSegmentSize(0, 300);
            batch.setSegmentSize(1, 50);
            assertThat(batch.segments(0)).isEqualTo(1);
            assertThat(batch.isCut(0)).isFalse();
            batch.cut(0, 40, 62);
            batch.cut(1, 40, 40);
            assertThat(batch.isCut(0)).isTrue();
            assertThat(batch.segments(0)).isEqualTo(4);
            assertThat(batch.segments(1)).isEqualTo(2);
            assertThat(batch.headLength(0)).isEqualTo(62);
            assertThat(batch.headLength(1)).isEqualTo(40);
            assertThat(batch.totalLength(0)).isEqualTo(4 * 62 + 1000);
            assertThat(batch.totalLength(1)).isEqualTo(2 * 40 + 100);
            int slotsEnd = batch.slotStart(1) + batch.slotStart(1) - batch.slotStart(0) - PacketBatch.HEADROOM;
            int nextHead = slotsEnd;
            for (int i = 0; i < 2; i++) {
                int at = batch.start(i) + 40;
                for (int k = 0; k < batch.segments(i); k++) {
                    assertThat(batch.head(i, k)).isEqualTo(nextHead);
                    assertThat(batch.body(i, k)).isEqualTo(at);
                    at += batch.bodyLength(i, k);
                    nextHead += PacketBatch.HEAD_ROOM;
                }
                assertThat(at).isEqualTo(batch.start(i) + batch.length(i));
            }
            assertThat(batch.bodyLength(0, 2)).isEqualTo(300);
            assertThat(batch.bodyLength(0, 3)).isEqualTo(100);
        }
    }

    @Test
    void laysWhatIsSentOfSegmentsSideBySide() {
        try (var batch = new PacketBatch(2, ROOM)) {
            int packet = batch.append(1040);
            for (int i = 0; i < 1040; i++) {
                batch.memory().u8(batch.start(packet) + i, (i >>> 2));
            }
            batch.setSegmentSize(packet, 300);
            int full = 24 + 62 + 300 + 20;
            int last = 24 + 62 + 100 + 18;
            batch.cut(packet, 40, 62);
            assertThat(batch.isSideBySide(packet)).isFalse();
            int head = batch.head(packet, 0);
            int body = batch.body(packet, 0);
            batch.laySideBySide(packet, full, last);
            assertThat(batch.isCut(packet)).isTrue();
            assertThat(batch.isSideBySide(packet)).isTrue();
            assertThat(batch.segments(packet)).isEqualTo(4);
            assertThat(batch.totalLength(packet)).isEqualTo(3 * full + last);
            int at = batch.datagram(packet, 0);
            for (int k = 0; k < 4; k++) {
                assertThat(batch.datagram(packet, k)).isEqualTo(at);
                assertThat(batch.head(packet, k)).isEqualTo(head + k * PacketBatch.HEAD_ROOM);
                assertThat(batch.body(packet, k)).isEqualTo(body + k * 300);
                assertThat(batch.bodyLength(packet, k)).isEqualTo(k < 3 ? 300 : 100);
                assertThat(batch.datagramLength(packet, k)).isEqualTo(k < 3 ? full : last);
                for (int i = 0; i < batch.bodyLength(packet, k); i++) {
                    assertThat((byte) batch.memory().u8(batch.body(packet, k) + i))
                            .isEqualTo((byte) (40 + k * 300 + i >>> 2));
                }
                at += batch.datagramLength(packet, k);
            }
            assertThat((long) at).isLessThanOrEqualTo(batch.memory().size());
            batch.clear();
            assertThat(batch.isSideBySide(batch.append(100))).isFalse();
        }
    }

    @Test
    void gathersEachSegmentWhereItsPayloadIs() {
        try (var batch = new PacketBatch(2, ROOM)) {
            batch.append(500); // what lies before must stay
            int packet = batch.append(1000);
            Memory memory = batch.memory();
            for (int i = 0; i < 1500; i++) {
                memory.u8(i < 500 ? batch.start(0) + i : batch.start(packet) + i - 500, i >>> 2);
            }
            batch.setSegmentSize(packet, 100);
            batch.cut(packet, 40, 120); // longer than a segment's payload
            for (int k = 0; k < 10; k++) {
                for (int i = 0; i < 120; i++) {
                    memory.u8(batch.head(packet, k) + i, 31 * k + i);
                }
            }
            for (int k = 0; k < 10; k++) {
                int at = batch.gather(packet, k, 8);
                assertThat(at + 8 + 120).isEqualTo(batch.body(packet, k));
                for (int i = 0; i < 120; i++) {
                    assertThat((byte) memory.u8(at + 8 + i)).isEqualTo((byte) (31 * k + i));
                }
                for (int i = 0; i < batch.bodyLength(packet, k); i++) {
                    assertThat((byte) memory.u8(at + 128 + i)).isEqualTo((byte) (500 + 40 + k * 100 + i >>> 2));
                }
            }
            for (int i = 0; i < 500; i++) {
                assertThat((byte) memory.u8(batch.start(0) + i)).isEqualTo((byte) (i >>> 2));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batch.gather(packet, 0, PacketBatch.HEADROOM - 120 + 40 + 1))
                    .withMessageContaining("no headroom");
        }
    }

    @Test
    void hasRoomSideBySideForAsManySegmentsAsItTakes() {
        try (var batch = new PacketBatch(64, 65_535)) {
            for (int i = 0; !batch.isFull(); i++) {
                batch.append(i == 0 ? 65_400 : 65_535);
                batch.setSegmentSize(i, i == 0 ? 600 : 65_534 - 40);
            }
            for (int i = 0; i < batch.count(); i++) {
                int size = batch.segmentSize(i);
                int last = (batch.length(i) - 40) % size;
                batch.cut(i, 40, 168);
                batch.laySideBySide(i, 24 + 168 + size + 21, 24 + 168 + last + 21);
                int end = batch.segments(i) - 1;
                assertThat((long) batch.datagram(i, end) + batch.datagramLength(i, end))
                        .isLessThanOrEqualTo(batch.memory().size());
            }
        }
    }

    @Test
    void cutsNeitherIntoMoreThan128NorWithHeadsLongerThanTheirRoom() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(1281);
            batch.setSegmentSize(0, 10);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batch.cut(0, 0, 40))
                    .withMessage("cannot cut into 129 segments with heads of 40 bytes");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batch.cut(0, 1, 193))
                    .withMessage("cannot cut into 128 segments with heads of 193 bytes");
            assertThat(batch.isCut(0)).isFalse();
            batch.cut(0, 1, 192);
            assertThat(batch.head(0, 127) + 192L)
                    .isLessThanOrEqualTo(batch.memory().size());
        }
    }

    @Test
    void hasHeadsForAsManySegmentsAsItTakes() {
        try (var batch = new PacketBatch(1024, 576)) {
            for (int i = 0; !batch.isFull(); i++) {
                batch.append(i % 2 == 0 ? 576 : 1);
                batch.setSegmentSize(i, 1 + i % 7);
            }
            int last = batch.count() - 1;
            for (int i = 0; i <= last; i++) {
                if (PacketBatch.segmentsOf(batch.length(i), batch.segmentSize(i)) <= PacketBatch.MAX_SEGMENTS) {
                    batch.cut(i, 0, 40);
                    assertThat(batch.head(i, batch.segments(i) - 1) + PacketBatch.HEAD_ROOM)
                            .isLessThanOrEqualTo(batch.memory().size());
                }
            }
        }
    }

    // ---- joined

    @Test
    void chainsThePartsOfASuperPacketAndDropsThemTogether() {
        try (var batch = new PacketBatch(8, ROOM)) {
            for (int i = 0; i < 5; i++) {
                batch.append(100 + i);
            }
            batch.join(1, 1, 2);
            batch.join(1, 2, 4);
            assertThat(batch.isPart(1)).isFalse();
            assertThat(batch.isPart(2)).isTrue();
            assertThat(batch.isPart(3)).isFalse();
            assertThat(batch.isPart(4)).isTrue();
            assertThat(batch.next(1)).isEqualTo(2);
            assertThat(batch.next(2)).isEqualTo(4);
            assertThat(batch.next(4)).isEqualTo(PacketBatch.NO_PACKET);
            assertThat(batch.totalLength(1)).isEqualTo(101 + 102 + 104);
            assertThat(batch.totalLength(3)).isEqualTo(103);
            batch.drop(1, DropReason.DEVICE_FULL);
            for (int i = 0; i < 5; i++) {
                assertThat(batch.isDropped(i)).isEqualTo(i == 1 || i == 2 || i == 4);
            }
        }
    }

    // ---- what it is told of a packet

    @Test
    void forgetsWhatTheDeviceSaidOfAPacketThatWasRewritten() {
        try (var batch = new PacketBatch(1, ROOM)) {
            batch.append(1000);
            assertThat(batch.isSuperPacket(0)).isFalse();
            assertThat(batch.isChecksumPartial(0)).isFalse();
            batch.setSegmentSize(0, 100);
            batch.setChecksumPartial(0, batch.start(0), batch.start(0) + 6);
            assertThat(batch.isSuperPacket(0)).isTrue();
            assertThat(batch.segmentSize(0)).isEqualTo(100);
            assertThat(batch.isChecksumPartial(0)).isTrue();
            assertThat(batch.checksumFrom(0)).isEqualTo(batch.start(0));
            assertThat(batch.checksumAt(0)).isEqualTo(batch.start(0) + 6);
            batch.setOrdinary(0);
            assertThat(batch.isSuperPacket(0)).isFalse();
            assertThat(batch.isChecksumPartial(0)).as("still to be completed").isTrue();
            batch.setSegmentSize(0, 100);
            batch.setRewritten(0);
            assertThat(batch.isSuperPacket(0)).isFalse();
            assertThat(batch.isChecksumPartial(0)).isFalse();
        }
    }

    @Test
    void forgetsAllOfASuperPacketWhenItsSlotIsUsedAgain() {
        try (var batch = new PacketBatch(2, ROOM)) {
            batch.append(1000);
            batch.append(1000);
            batch.setSegmentSize(0, 100);
            batch.setChecksumPartial(0, batch.start(0), batch.start(0));
            batch.cut(0, 0, 40);
            batch.join(0, 0, 1);
            batch.clear();
            assertThat(batch.bytes()).isZero();
            batch.append(500);
            batch.append(500);
            assertThat(batch.isSuperPacket(0)).isFalse();
            assertThat(batch.isChecksumPartial(0)).isFalse();
            assertThat(batch.isCut(0)).isFalse();
            assertThat(batch.next(0)).isEqualTo(PacketBatch.NO_PACKET);
            assertThat(batch.isPart(1)).isFalse();
            assertThat(batch.totalLength(0)).isEqualTo(500);
        }
    }

    @ParameterizedTest(name = "{0} bytes by {1}: {2}")
    @CsvSource({"0, 10, 0", "1, 10, 1", "10, 10, 1", "11, 10, 2", "65535, 1, 65535", "65535, 65535, 1"})
    void countsSegments(int payload, int size, int segments) {
        assertThat(PacketBatch.segmentsOf(payload, size)).isEqualTo(segments);
    }

    @Test
    void handsOutNoSlotBeyondItsOwn() {
        try (var batch = new PacketBatch(2, ROOM)) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> batch.slotStart(2));
            assertThat(batch.slots()).isEqualTo(2);
            assertThat(batch.slotsUsed()).isZero();
        }
    }
}
