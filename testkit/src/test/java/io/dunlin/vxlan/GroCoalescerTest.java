package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.packet.PacketBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@link GroCoalescer} gives back what {@link SlowSegmenter} cut. */
class GroCoalescerTest {
    private static final int VNI = 7;
    private static final int STRIPPED = 22;

    @Provide
    static Arbitrary<SuperPacket> superPackets() {
        return SuperPacket.joined();
    }

    @Property
    void givesBackWhatWasCutFromOneSlot(@ForAll("superPackets") SuperPacket given) {
        List<byte[]> segments = given.segments();
        int room = segments.size() * (segments.getFirst().length + STRIPPED);
        // as many side by side as one receive holds
        int together = Math.max(segments.size() * 60_000 / Math.max(room, 60_000), 1);
        try (var deliveries = new Deliveries(segments.size() / together + 1, Math.clamp(room, 576, 65_535))) {
            for (int from = 0; from < segments.size(); from += together) {
                deliveries.receive(segments.subList(from, Math.min(from + together, segments.size())));
            }
            assertGivesBack(deliveries, given);
        }
    }

    @Property
    void givesBackWhatWasCutFromASlotEach(@ForAll("superPackets") SuperPacket given) {
        List<byte[]> segments = given.segments();
        int room = Math.max(segments.getFirst().length + STRIPPED, 576);
        try (var deliveries = new Deliveries(segments.size(), room)) {
            segments.forEach(segment -> deliveries.receive(List.of(segment)));
            assertGivesBack(deliveries, given);
        }
    }

    /** Identifications say nothing where no fragment can be: whatever they are, the first one's stays. */
    @Property(tries = 200)
    void joinsUnfragmentablePacketsWhateverTheirIdentifications(
            @ForAll("superPackets") SuperPacket given, @ForAll Random random) {
        List<byte[]> segments = given.segments();
        boolean atomic = SlowPacket.isAtomicIpv4(given.bytes());
        for (byte[] segment : segments.subList(1, segments.size())) {
            if (atomic) {
                SlowPacket.put16(segment, 4, random.nextInt(0x10000));
                SlowPacket.fixIpv4Checksum(segment);
            }
        }
        try (var deliveries = new Deliveries(segments.size(), Math.max(segments.getFirst().length + STRIPPED, 576))) {
            segments.forEach(segment -> deliveries.receive(List.of(segment)));
            assertGivesBack(deliveries, given);
        }
    }

    private static void assertGivesBack(Deliveries deliveries, SuperPacket given) {
        PacketBatch batch = deliveries.batch;
        var all = new ArrayList<Integer>();
        for (int i = 0; i < batch.count(); i++) {
            deliveries.add(VNI);
            all.add(i);
        }
        assertThat(deliveries.deliver()).containsExactly(all);
        assertThat(batch.isSuperPacket(0)).isTrue();
        assertThat(batch.segmentSize(0)).isEqualTo(given.size());
        assertThat(deliveries.whole(all)).isEqualTo(given.bytes());
    }
}
