package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Any segments, with numbers that fit what came before or any: each reply is a right packet, or a super-packet that can be cut, and queries for others
 * are answered now and then.
 */
class NameStreamsFuzzTest {
    private static final int MOST_SEGMENTS = 200;

    private final Zone zone = Zones.backend();
    private final DnsResponder responder = new DnsResponder();

    @FuzzTest
    void repliesWithRightPackets(FuzzedDataProvider data) {
        var streams = new NameStreams(new Random(1));
        try (var batch = new PacketBatch(2, 65_535)) {
            int sequence = 1;
            int seen = 0;
            for (int n = 0; n < MOST_SEGMENTS && data.remainingBytes() > 0; n++) {
                batch.clear();
                byte[] payload = data.consumeBytes(data.consumeInt(0, 300));
                int flags = data.consumeByte() & 0xff;
                Transport tcp = Transport.tcp(
                        data.consumeBoolean() ? 40_000 : 40_001,
                        53,
                        flags,
                        new byte[] {2, 4, 0, data.consumeByte()},
                        payload);
                int jump = data.consumeInt(-3, 3);
                ByteBuffer.wrap(tcp.bytes()).putInt(4, sequence + jump).putInt(8, seen + data.consumeInt(-1, 1));
                ByteBuffer.wrap(tcp.bytes()).putShort(14, data.consumeShort());
                byte[] packet =
                        Ipv4Packet.of("10.0.0.2", "10.0.0.1").carrying(tcp).bytes();
                batch.memory().put(batch.nextStart(), packet);
                int index = batch.append(packet.length);
                IpCheck.check(batch, index);
                if (batch.isDropped(index)) {
                    continue;
                }
                switch (streams.answer(batch, index, 1, 1450, responder, zone, n)) {
                    case REPLY -> {
                        seen = check(batch, index);
                        sequence = batch.memory().i32(batch.transport(index) + TcpHeader.ACKNOWLEDGMENT);
                    }
                    case ASK_UPSTREAM -> {
                        NameStreams.Query query = streams.takeQuery();
                        batch.clear();
                        int answer =
                                streams.answer(batch, query, responder, data.consumeBoolean() ? query.message() : null);
                        seen = check(batch, answer);
                        sequence = batch.memory().i32(batch.transport(answer) + TcpHeader.ACKNOWLEDGMENT);
                    }
                    case TAKEN, NO_STREAM -> sequence += payload.length;
                }
            }
        }
    }

    /** The number behind all that was sent. */
    private static int check(PacketBatch batch, int index) {
        IpCheck.check(batch, index);
        assertThat(batch.dropReason(index)).isNull();
        Segmenter.check(batch, index);
        assertThat(batch.dropReason(index)).isNull();
        if (batch.isSuperPacket(index)) {
            assertThat(PacketBatch.segmentsOf(batch.length(index) - 40, batch.segmentSize(index)))
                    .isLessThanOrEqualTo(16);
        }
        int tcp = batch.transport(index);
        int carried = batch.start(index) + batch.length(index) - tcp - TcpHeader.headerLength(batch.memory(), tcp);
        int counted = (TcpHeader.flags(batch.memory(), tcp) & (TcpHeader.FLAG_SYN | TcpHeader.FLAG_FIN)) != 0 ? 1 : 0;
        return TcpHeader.sequence(batch.memory(), tcp) + carried + counted;
    }
}
