package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages that make a packet longer, where the kernel has put datagrams side by side: its neighbours stay as they are. */
class SideBySideTest {
    private static final int VNI = 7;
    private static final int HEADERS = 8 + 14;
    private static final long OURS = 0x0242_0a00_0002L;
    private static final long ASKER = 0x0242_0a00_0003L;
    private static final int COUNT = 3;

    /** Three times the same datagram in one slot; of packet {@code index} the VXLAN and Ethernet headers are stripped. */
    private static PacketBatch received(byte[] datagram, int index) {
        var batch = new PacketBatch(1, COUNT * 1500);
        for (int i = 0; i < COUNT; i++) {
            int at = batch.nextStart() + i * datagram.length;
            batch.memory().put(at, datagram);
        }
        batch.append(COUNT * datagram.length, datagram.length);
        assertThat(batch.count()).isEqualTo(COUNT);
        batch.strip(index, HEADERS);
        return batch;
    }

    private static byte[] bytes(PacketBatch batch, int i) {
        return batch.memory().toArray(batch.start(i), batch.length(i));
    }

    private static byte[] datagram(byte[] packet) {
        return Frames.vxlan(VNI, Frames.ethernet(OURS, ASKER, packet));
    }

    private static void assertOthersAre(byte[] datagram, PacketBatch batch, int index) {
        for (int i = 0; i < COUNT; i++) {
            if (i != index) {
                assertThat(bytes(batch, i)).as("neighbour %d", i).isEqualTo(datagram);
            }
        }
    }

    /** An answer is the longer by 50 bytes than what it quotes, the packet by as little as one byte longer than the MTU. */
    @ParameterizedTest(name = "IPv4, MTU {0}")
    @ValueSource(ints = {576, 577, 600, 1279, 1400})
    void saysFragmentationNeededWithinThePlaceOfThePacket(int mtu) {
        byte[] packet = Ipv4Packet.of("10.0.0.3", "10.0.0.2")
                .carrying(Transport.udp(1, 2, payload(mtu - 28 + 1)))
                .bytes();
        assertAnswers(packet, mtu, 28 + Math.min(packet.length, 548), 28);
    }

    @ParameterizedTest(name = "IPv6, MTU {0}")
    @ValueSource(ints = {576, 1000, 1231, 1232, 1279, 1280, 1281, 1300, 1400})
    void saysPacketTooBigWithinThePlaceOfThePacket(int mtu) {
        byte[] packet = Ipv6Packet.of("fd00::3", "fd00::2")
                .carrying(Transport.udp(1, 2, payload(mtu - 48 + 1)))
                .bytes();
        assertAnswers(packet, mtu, Math.min(mtu, 1280), 48);
    }

    private static void assertAnswers(byte[] packet, int mtu, int length, int headers) {
        assertThat(packet).hasSize(mtu + 1);
        byte[] datagram = datagram(packet);
        for (int index = 0; index < COUNT; index++) {
            try (PacketBatch batch = received(datagram, index)) {
                IpCheck.check(batch, index);
                assertThat(batch.dropReason(index)).isNull();
                assertThat(TooBigAnswer.answerAsDestination(batch, index, mtu)).isTrue();
                byte[] answer = bytes(batch, index);
                assertThat(answer).hasSize(length);
                assertThat(answer.length).isLessThanOrEqualTo(mtu);
                for (int i = headers; i < length; i++) {
                    assertThat(answer[i]).isEqualTo(packet[i - headers]);
                }
                assertThat(OnePacket.check(answer)).isNull();
                VxlanEncap.encap(batch, index, VNI, OURS, ASKER);
                assertThat(bytes(batch, index)).isEqualTo(Frames.vxlan(VNI, Frames.ethernet(ASKER, OURS, answer)));
                assertOthersAre(datagram, batch, index);
            }
        }
    }

    /** The answer names a MAC, which a probe (RFC 4862) may not: it is 8 bytes longer. */
    @ParameterizedTest(name = "datagram {0}")
    @ValueSource(ints = {0, 1, 2})
    void answersANeighbourProbeOnlyWhereThereIsRoom(int index) {
        byte[] probe = Ipv6Packet.of("::", "ff02::1:ff00:2")
                .hopLimit(255)
                .carrying(Frames.solicitation("fd00::2", new byte[0]))
                .bytes();
        byte[] datagram = datagram(probe);
        try (PacketBatch batch = received(datagram, index);
                var device = new MemoryDevice("web", 1450)) {
            ForwardingTable table = ForwardingTable.empty()
                    .with(edit ->
                            edit.putRoute(new Vni(VNI), IpAddress.parse("fd00::2"), new Route.Local(device, OURS)));
            boolean last = index == COUNT - 1;
            assertThat(NeighbourAnswer.answerNeighbour(batch, index, table, VNI, ASKER))
                    .isEqualTo(last ? null : DropReason.ND_UNANSWERED);
            assertOthersAre(datagram, batch, index);
            assertThat(bytes(batch, index)).hasSize(last ? HEADERS + 72 : probe.length);
        }
    }
}
