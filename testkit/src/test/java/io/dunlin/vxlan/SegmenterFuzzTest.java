package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.testkit.Frames;
import io.dunlin.vxlan.packet.PacketBatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Any bytes as a packet, with anything said about it: what passes can be cut or completed, and what leaves are right packets. */
class SegmenterFuzzTest {
    /** Segment size, 0 for an ordinary packet; where the checksum begins and lies, 0xffff for one that is complete; 2 bytes each. */
    private static final int SAID = 6;

    @FuzzTest
    void cutsAnyPacketThatPasses(byte[] data) {
        if (data.length < SAID || data.length > SAID + 65_535) {
            return;
        }
        var said = ByteBuffer.wrap(data);
        int size = said.getShort() & 0xffff;
        int from = said.getShort() & 0xffff;
        int at = said.getShort() & 0xffff;
        try (var one = new OnePacket(Arrays.copyOfRange(data, SAID, data.length))) {
            PacketBatch batch = one.batch;
            IpCheck.check(batch, 0);
            if (batch.isDropped(0)) {
                return;
            }
            byte[] packet = one.bytes();
            if (from != 0xffff) {
                batch.setChecksumPartial(0, batch.start(0) + from, batch.start(0) + from + at);
            }
            if (size > 0) {
                batch.setSegmentSize(0, size);
            }
            Segmenter.check(batch, 0);
            assertThat(one.bytes()).isEqualTo(packet);
            if (batch.isDropped(0)) {
                return;
            }
            assertThat(Segmenter.largest(batch, 0)).isBetween(20, packet.length);
            if (!batch.isSuperPacket(0)) {
                Segmenter.completeChecksum(batch, 0);
                assertThat(one.bytes()).hasSize(packet.length);
                return;
            }
            Segmenter.cut(batch, 0, 46);
            assertThat(one.bytes()).isEqualTo(packet);
            assertAreRight(one, packet);
        }
    }

    private static void assertAreRight(OnePacket one, byte[] packet) {
        PacketBatch batch = one.batch;
        int headers = SlowPacket.payload(packet);
        assertThat(batch.segments(0)).isBetween(2, PacketBatch.MAX_SEGMENTS);
        assertThat(batch.headLength(0)).isEqualTo(46 + headers).isLessThanOrEqualTo(PacketBatch.HEAD_ROOM);
        var payload = new ByteArrayOutputStream();
        for (int k = 0; k < batch.segments(0); k++) {
            byte[] body = one.slice(batch.body(0, k), batch.bodyLength(0, k));
            byte[] segment = Frames.concat(one.slice(batch.head(0, k) + 46, headers), body);
            payload.writeBytes(body);
            assertThat(segment.length).isLessThanOrEqualTo(Segmenter.largest(batch, 0));
            assertThat(OnePacket.check(segment)).isNull();
            boolean none = SlowPacket.protocol(segment) == SlowPacket.UDP
                    && SlowPacket.u16(segment, SlowPacket.checksum(segment)) == 0;
            assertThat(none || SlowPacket.isChecksumRight(segment)).isTrue();
        }
        assertThat(payload.toByteArray()).isEqualTo(Arrays.copyOfRange(packet, headers, packet.length));
    }
}
