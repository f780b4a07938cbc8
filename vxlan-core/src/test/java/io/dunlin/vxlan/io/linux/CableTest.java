package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpProtocol;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link TunDevice#cable}: needs no privilege. */
class CableTest {
    private final PacketBatch sent = new PacketBatch(4, 65_535);
    private final PacketBatch received = new PacketBatch(4, 65_535);
    private final Random random = new Random(1);
    private List<TunDevice> ends = List.of();

    @BeforeEach
    void open() throws IOException {
        Assumptions.assumeTrue(
                Linux.unavailableReason().isEmpty(),
                () -> Linux.unavailableReason().orElse(""));
        ends = TunDevice.cable();
    }

    @AfterEach
    void close() {
        ends.forEach(TunDevice::close);
        sent.close();
        received.close();
    }

    private byte[] add(int bytes) {
        var packet = new byte[bytes];
        random.nextBytes(packet);
        packet[0] = 0x45;
        sent.memory().put(sent.nextStart(), packet);
        sent.append(bytes);
        return packet;
    }

    private byte[] received(int index) {
        return received.memory().toArray(received.start(index), received.length(index));
    }

    @Test
    void carriesPacketsBothWaysAsTheyAre() throws IOException {
        byte[] small = add(40);
        byte[] large = add(1450);
        for (int from = 0; from < 2; from++) {
            ends.get(from).send(sent, 0, 2);
            assertThat(sent.isDropped(0) || sent.isDropped(1)).isFalse();
            received.clear();
            assertThat(ends.get(1 - from).receive(received)).isEqualTo(2);
            assertThat(received(0)).isEqualTo(small);
            assertThat(received(1)).isEqualTo(large);
            assertThat(received.isSuperPacket(0)).isFalse();
            assertThat(received.isChecksumPartial(0)).isFalse();
            assertThat(ends.get(from).receive(received))
                    .as("nothing comes back")
                    .isZero();
        }
    }

    @Test
    void carriesASuperPacketWithWhatIsSaidOfIt() throws IOException {
        byte[] packet = add(60_000);
        int start = sent.start(0);
        packet[32] = 0x50; // TCP's data offset: 20 bytes
        sent.memory().u8(start + 32, packet[32]);
        sent.setTransport(0, IpProtocol.TCP, start + 20);
        sent.setSegmentSize(0, 1410);
        sent.setChecksumPartial(0, start + 20, start + 36);
        ends.getFirst().send(sent, 0, 1);
        assertThat(sent.isDropped(0)).isFalse();
        assertThat(ends.getLast().receive(received)).isEqualTo(1);
        assertThat(received(0)).isEqualTo(packet);
        assertThat(received.segmentSize(0)).isEqualTo(1410);
        assertThat(received.checksumFrom(0)).isEqualTo(received.start(0) + 20);
        assertThat(received.checksumAt(0)).isEqualTo(received.start(0) + 36);
    }
}
