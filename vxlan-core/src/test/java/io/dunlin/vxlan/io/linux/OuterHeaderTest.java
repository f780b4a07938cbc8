package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * What a datagram looks like on the underlay, for which a TUN device stands in here:
 *
 * <pre>
 *   LinuxUdpSocket in namespace dlt-… ── wire (10.66.0.2/24, fd66::2/64) ── this test reads and writes its packets
 * </pre>
 */
class OuterHeaderTest {
    private static final IpAddress ADDRESS = IpAddress.parse("10.66.0.2");
    private static final IpAddress PEER = IpAddress.parse("10.66.0.9");
    private static final IpAddress ADDRESS_6 = IpAddress.parse("fd66::2");
    private static final IpAddress PEER_6 = IpAddress.parse("fd66::9");

    private TestNamespace namespace;
    private TunDevice wire;
    private PacketBatch batch;

    @BeforeEach
    void create() throws Exception {
        namespace = TestNamespace.create();
        batch = new PacketBatch(8, 2048);
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
        wire = TunDevice.named("wire")
                .namespace(namespace.namespace())
                .offloads(TunDevice.Offloads.NONE) // a wire: whole packets with complete checksums
                .address(ADDRESS, 24)
                .address(ADDRESS_6, 64)
                .open();
    }

    @AfterEach
    void close() throws IOException {
        if (wire != null) {
            wire.close();
        }
        if (namespace != null) { // not skipped
            namespace.close();
            batch.close();
        }
    }

    @Test
    void ipv4HasDontFragmentAndTtl64() throws IOException {
        namespaceDefaultTtl();
        try (var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ADDRESS, 4789))) {
            var packet = send(socket, PEER);
            assertThat(packet.get(0)).isEqualTo((byte) 0x45);
            assertThat(packet.getShort(6)).as("flags and fragment offset: DF").isEqualTo((short) 0x4000);
            assertThat(packet.get(8)).as("TTL").isEqualTo((byte) 64);
            assertThat(packet.getInt(12)).isEqualTo(ADDRESS.lowInt());
            assertThat(packet.getInt(16)).isEqualTo(PEER.lowInt());
            assertThat(Short.toUnsignedInt(packet.getShort(20)))
                    .as("source port")
                    .isNotEqualTo(4789)
                    .isGreaterThan(1023);
            assertThat(packet.getShort(22)).as("destination port").isEqualTo((short) 4789);
        }
    }

    @Test
    void ipv6HasHopLimit64() throws IOException {
        try (var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ADDRESS_6, 4789))) {
            var packet = send(socket, PEER_6);
            assertThat(packet.get(0) >> 4).isEqualTo(6);
            assertThat(packet.get(6)).as("next header: UDP, no fragment").isEqualTo((byte) 17);
            assertThat(packet.get(7)).as("hop limit").isEqualTo((byte) 64);
            assertThat(packet.getShort(42)).as("destination port").isEqualTo((short) 4789);
        }
    }

    /** Repeated: a device that does not wait for the kernel to finish its IPv6 address loses one such packet in four. */
    @RepeatedTest(10)
    void takesIpv6DatagramWithoutUdpChecksum() throws IOException {
        try (var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ADDRESS_6, 4789))) {
            var packet = ByteBuffer.allocate(52);
            packet.putInt(0x6000_0000).putShort((short) 12).put((byte) 17).put((byte) 64);
            packet.putLong(PEER_6.high())
                    .putLong(PEER_6.low())
                    .putLong(ADDRESS_6.high())
                    .putLong(ADDRESS_6.low());
            packet.putShort((short) 50_000)
                    .putShort((short) 4789)
                    .putShort((short) 12)
                    .putShort((short) 0);
            packet.putInt(0x0102_0304);
            Packets.append(batch, PEER_6, packet.array());
            wire.send(batch, 0, 1);
            batch.clear();
            Packets.receive(socket, socket::receive, batch, 1);
            assertThat(Packets.bytes(batch, 0)).containsExactly(1, 2, 3, 4);
            assertThat(Packets.peer(batch, 0)).isEqualTo(PEER_6);
        }
    }

    private ByteBuffer send(LinuxUdpSocket socket, IpAddress peer) throws IOException {
        Packets.append(batch, peer, "datagram");
        socket.send(batch, 0, 1);
        assertThat(batch.dropReason(0)).isNull();
        batch.clear();
        Packets.receive(wire, wire::receive, batch, 1);
        return ByteBuffer.wrap(Packets.bytes(batch, 0));
    }

    /** So that the socket's own setting shows. */
    private void namespaceDefaultTtl() throws IOException {
        namespace.namespace().call(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/ip_default_ttl"), "17"));
    }
}
