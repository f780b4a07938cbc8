package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.vxlan.packet.PacketBatch;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** {@link Segmenter} against {@link SlowSegmenter}, for any super-packet, segment size and place. */
class SegmenterTest {
    /** As {@link OnePacket} fills the memory. */
    private static final byte GARBAGE = (byte) 0xa5;

    @Provide
    static Arbitrary<SuperPacket> superPackets() {
        return SuperPacket.any();
    }

    private static OnePacket described(SuperPacket given) {
        OnePacket one = OnePacket.checked(given.bytes());
        given.describe(one.batch, 0);
        Segmenter.check(one.batch, 0);
        assertThat(one.batch.dropReason(0)).isNull();
        return one;
    }

    @Property
    void cutsAsTheModelDoes(@ForAll("superPackets") SuperPacket given, @ForAll @IntRange(max = 46) int before) {
        List<byte[]> expected = given.segments();
        try (OnePacket one = described(given);
                var judge = new PacketBatch(1, 65_535)) {
            PacketBatch batch = one.batch;
            assertThat(batch.isSuperPacket(0)).isEqualTo(expected.size() > 1);
            if (expected.size() == 1) {
                assertThat(Segmenter.largest(batch, 0)).isEqualTo(given.bytes().length);
                return;
            }
            assertThat(Segmenter.largest(batch, 0)).isEqualTo(expected.getFirst().length);
            Segmenter.cut(batch, 0, before);
            int headers = SlowPacket.payload(given.bytes());
            assertThat(batch.isCut(0)).isTrue();
            assertThat(batch.isChecksumPartial(0)).isFalse();
            assertThat(batch.segments(0)).isEqualTo(expected.size());
            assertThat(batch.headLength(0)).isEqualTo(before + headers);
            var free = new byte[before];
            Arrays.fill(free, GARBAGE);
            int total = 0;
            for (int k = 0; k < expected.size(); k++) {
                assertThat(one.slice(batch.head(0, k), before)).isEqualTo(free);
                assertThat(batch.body(0, k)).isEqualTo(batch.start(0) + headers + k * given.size());
                byte[] segment = Frames.concat(
                        one.slice(batch.head(0, k) + before, headers),
                        one.slice(batch.body(0, k), batch.bodyLength(0, k)));
                assertThat(segment).as("segment %d", k).isEqualTo(expected.get(k));
                assertIsRight(judge, segment);
                total += before + segment.length;
            }
            assertThat(batch.totalLength(0)).isEqualTo(total);
            assertThat(one.bytes()).as("stays where it was, payload and all").isEqualTo(given.bytes());
        }
    }

    /** What holds for each segment, whatever the model says. */
    private static void assertIsRight(PacketBatch judge, byte[] segment) {
        judge.clear();
        judge.memory().put(judge.nextStart(), segment);
        judge.append(segment.length);
        IpCheck.check(judge, 0);
        assertThat(judge.dropReason(0)).isNull();
        assertThat(judge.length(0)).isEqualTo(segment.length);
        boolean none = SlowPacket.protocol(segment) == SlowPacket.UDP
                && SlowPacket.u16(segment, SlowPacket.checksum(segment)) == 0;
        assertThat(none || SlowPacket.isChecksumRight(segment)).isTrue();
    }

    @Property
    void makesAnOrdinaryPacketOfOneSegment(
            @ForAll("superPackets") SuperPacket any, @ForAll @IntRange(max = 2) int more) {
        int payload = any.bytes().length - SlowPacket.payload(any.bytes());
        var given = new SuperPacket(any.bytes(), payload + more, any.partial());
        try (OnePacket one = described(given)) {
            assertThat(one.batch.isSuperPacket(0)).isFalse();
            assertThat(one.batch.isChecksumPartial(0)).isEqualTo(given.partial());
            assertThat(one.bytes()).isEqualTo(given.bytes());
        }
    }

    @Property
    void completesAPartialChecksumAndLeavesAloneACompleteOne(@ForAll("superPackets") SuperPacket any) {
        var given = new SuperPacket(any.bytes(), 65_535, any.partial());
        byte[] expected = given.bytes().clone();
        if (given.partial()) {
            SlowPacket.complete(expected);
            int at = SlowPacket.checksum(expected);
            // As skb_checksum_help of Linux, also for TCP, to which both zeros are the same.
            SlowPacket.put16(expected, at, SlowPacket.u16(expected, at) == 0 ? 0xffff : SlowPacket.u16(expected, at));
        }
        try (OnePacket one = described(given)) {
            Segmenter.completeChecksum(one.batch, 0);
            assertThat(one.batch.isChecksumPartial(0)).isFalse();
            assertThat(one.bytes()).isEqualTo(expected);
            Segmenter.completeChecksum(one.batch, 0);
            assertThat(one.bytes()).as("once is enough").isEqualTo(expected);
        }
    }
}
