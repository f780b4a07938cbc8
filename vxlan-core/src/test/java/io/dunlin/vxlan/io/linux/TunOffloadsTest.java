package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two kernels talk TCP and UDP through two devices; this test is the cable between them, and looks at what passes.
 *
 * <pre>
 *   namespace: near 10.66.0.2, fd66::2 ── this test ── far 10.66.0.3, fd66::3 :namespace
 * </pre>
 */
@Timeout(120)
class TunOffloadsTest {
    private static final int MTU = 1450;
    private static final int BYTES = 3_000_000;
    private static final int TCP_PORT = 5001;

    /** How the cable passes super-packets on. */
    enum Cable {
        /** As they are. */
        WHOLE,
        /** In parts, as packets that were joined. */
        JOINED,
        /** In segments. */
        CUT
    }

    private TestNamespace nearNamespace;
    private TestNamespace farNamespace;
    private final PacketBatch batch = new PacketBatch(64, 65_535, 2048);
    private final PacketBatch parts = new PacketBatch(130, 65_535, 2048);

    // what the cable has seen from the near side
    private int superPackets;
    private int partialChecksums;
    private int largest;
    private int segmentSize;
    private int lastProtocol;

    @BeforeEach
    void create() throws Exception {
        nearNamespace = TestNamespace.create();
        farNamespace = TestNamespace.create();
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    }

    @AfterEach
    void close() throws IOException {
        batch.close();
        parts.close();
        if (nearNamespace != null) {
            nearNamespace.close();
        }
        if (farNamespace != null) {
            farNamespace.close();
        }
    }

    private TunDevice near(TunDevice.Offloads offloads) throws IOException {
        return device(nearNamespace, "near", "2", offloads);
    }

    private TunDevice far(TunDevice.Offloads offloads) throws IOException {
        return device(farNamespace, "far", "3", offloads);
    }

    private static TunDevice device(TestNamespace namespace, String name, String host, TunDevice.Offloads offloads)
            throws IOException {
        return TunDevice.named(name)
                .namespace(namespace.namespace())
                .mtu(MTU)
                .offloads(offloads)
                .address(IpAddress.parse("10.66.0." + host), 24)
                .address(IpAddress.parse("fd66::" + host), 64)
                .open();
    }

    // ---- TCP

    @ParameterizedTest
    @CsvSource({
        "10.66.0.3, WHOLE, 1398",
        "10.66.0.3, JOINED, 1398",
        "10.66.0.3, CUT, 1398",
        "fd66::3, WHOLE, 1378",
        "fd66::3, JOINED, 1378",
        "fd66::3, CUT, 1378"
    })
    void tcpComesInSuperPacketsAndIsDelivered(String address, Cable cable, int expectedSize) throws Exception {
        try (var near = near(TunDevice.Offloads.TCP_AND_UDP);
                var far = far(TunDevice.Offloads.TCP_AND_UDP)) {
            assumeTrue(near.offloads() != TunDevice.Offloads.NONE, "the kernel grants no offloads");
            assertThat(near.takesSuperPackets(IpProtocol.TCP)).isTrue();
            assertThat(near.takesPartialChecksums()).isTrue();
            assertThat(near.takesSuperPackets(IpProtocol.ICMP)).isFalse();

            transfer(address, near, far, cable);

            assertThat(superPackets).isPositive();
            assertThat(partialChecksums)
                    .as("also of ordinary packets: the handshake, the acknowledgements")
                    .isGreaterThan(superPackets);
            assertThat(segmentSize).as("MTU less the headers, with timestamps").isEqualTo(expectedSize);
            assertThat(largest).isGreaterThan(10 * MTU).isLessThanOrEqualTo(61_512);
        }
    }

    /** Where one side has no offloads the other's super-packets are cut for it, and its packets are ordinary ones. */
    @ParameterizedTest
    @CsvSource({"NONE, TCP_AND_UDP", "TCP_AND_UDP, NONE", "NONE, NONE", "TCP, TCP"})
    void devicesOfAnyKindTalk(TunDevice.Offloads nearOffloads, TunDevice.Offloads farOffloads) throws Exception {
        try (var near = near(nearOffloads);
                var far = far(farOffloads)) {
            assertThat(near.offloads()).isEqualTo(nearOffloads);
            assertThat(far.offloads()).isEqualTo(farOffloads);
            transfer("10.66.0.3", near, far, farOffloads == TunDevice.Offloads.NONE ? Cable.CUT : Cable.WHOLE);
            if (nearOffloads == TunDevice.Offloads.NONE) {
                assertThat(superPackets).isZero();
                assertThat(partialChecksums).isZero();
                assertThat(largest).isEqualTo(MTU);
            } else {
                assertThat(superPackets).isPositive();
            }
        }
    }

    /** A program near sends to one far, which finds the same bytes. */
    private void transfer(String address, TunDevice near, TunDevice far, Cable cable) throws Exception {
        var content = new byte[BYTES];
        new Random(1).nextBytes(content);
        var goal = new InetSocketAddress(address, TCP_PORT);
        try (var server = farNamespace
                        .namespace()
                        .call(() -> ServerSocketChannel.open().bind(goal));
                var client = nearNamespace.namespace().call(SocketChannel::open)) {
            var received = new FutureTask<>(() -> {
                try (var connection = server.accept()) {
                    return Channels.newInputStream(connection).readAllBytes();
                }
            });
            var sent = new FutureTask<>(() -> {
                client.connect(goal);
                var buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    client.write(buffer);
                }
                client.shutdownOutput();
                return true;
            });
            Thread.ofPlatform().daemon().start(received);
            Thread.ofPlatform().daemon().start(sent);
            carry(near, far, cable, received);
            assertThat(sent.get()).isTrue();
            assertThat(Arrays.equals(received.get(), content))
                    .as("what arrived is what was sent")
                    .isTrue();
        }
    }

    // ---- UDP

    @ParameterizedTest
    @CsvSource({
        "10.66.0.2, 10.66.0.3, WHOLE", "10.66.0.2, 10.66.0.3, JOINED", "10.66.0.2, 10.66.0.3, CUT",
        "fd66::2, fd66::3, WHOLE", "fd66::2, fd66::3, JOINED", "fd66::2, fd66::3, CUT"
    })
    void whatAProgramSendsWithUdpSegmentComesAsOneSuperPacket(String from, String to, Cable cable) throws Exception {
        try (var near = near(TunDevice.Offloads.TCP_AND_UDP);
                var far = far(TunDevice.Offloads.TCP_AND_UDP)) {
            assumeTrue(near.takesSuperPackets(IpProtocol.UDP), "the kernel grants no UDP segmentation");
            datagrams(from, to, near, far, cable);
            assertThat(superPackets).isOne();
            assertThat(segmentSize).isEqualTo(1000);
            assertThat(lastProtocol).isEqualTo(IpProtocol.UDP);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TunDevice.Offloads.class,
            names = {"NONE", "TCP"})
    void withoutUdpSegmentationTheKernelCutsDatagramsItself(TunDevice.Offloads offloads) throws Exception {
        try (var near = near(offloads);
                var far = far(offloads)) {
            assertThat(near.takesSuperPackets(IpProtocol.UDP)).isFalse();
            datagrams("10.66.0.2", "10.66.0.3", near, far, Cable.WHOLE);
            assertThat(superPackets).isZero();
            assertThat(largest).isEqualTo(1028);
        }
    }

    /** Ten datagrams of 1,000 bytes and one of 7, in one call. */
    private void datagrams(String from, String to, TunDevice near, TunDevice far, Cable cable) throws Exception {
        var peer = IpAddress.parse(to);
        try (var sender = nearNamespace
                        .namespace()
                        .call(() -> LinuxUdpSocket.open(IpAddress.parse(from), 4789, 1, true));
                var receiver = farNamespace
                        .namespace()
                        .call(() -> new DatagramSocket(new InetSocketAddress(peer.toInetAddress(), 4789)))) {
            receiver.setSoTimeout(20_000);
            var content = new byte[10_007];
            new Random(2).nextBytes(content);
            for (int at = 0; at < content.length; at += 1000) {
                Packets.append(parts, peer, Arrays.copyOfRange(content, at, Math.min(at + 1000, content.length)));
            }
            sender.send(parts, 0, parts.count());
            var received = new FutureTask<>(() -> {
                var all = ByteBuffer.allocate(content.length);
                while (all.hasRemaining()) {
                    var datagram = new DatagramPacket(new byte[2000], 2000);
                    receiver.receive(datagram);
                    assertThat(datagram.getLength()).isEqualTo(Math.min(1000, all.remaining()));
                    all.put(datagram.getData(), 0, datagram.getLength());
                }
                return all.array();
            });
            Thread.ofPlatform().daemon().start(received);
            carry(near, far, cable, received);
            assertThat(received.get()).isEqualTo(content);
        }
    }

    // ---- the rest

    @ParameterizedTest
    @ValueSource(ints = {1280, 1450, 8950, 65_535})
    void theKernelIsToldHowLargeASuperPacketMayBe(int mtu) throws Exception {
        try (var device = TunDevice.named("eth0")
                .namespace(nearNamespace.namespace())
                .mtu(mtu)
                .open()) {
            assumeTrue(device.offloads() != TunDevice.Offloads.NONE, "the kernel grants no offloads");
            int segments = 65_507 / (mtu + 22);
            int bytes = Math.max(mtu, segments * (mtu - 52));
            assertThat(nearNamespace.ip("-d", "link", "show", "eth0"))
                    .contains("gso_max_size " + bytes + " ", "gso_max_segs " + PacketBatch.MAX_SEGMENTS + " ");
        }
    }

    /** Of an encrypted network: one segment more would not fit a call. */
    @Test
    void aLargerEncapsulationMakesForSmallerSuperPackets() throws Exception {
        try (var device = TunDevice.named("eth0")
                .namespace(nearNamespace.namespace())
                .mtu(1408)
                .encapsulation(64)
                .open()) {
            assumeTrue(device.offloads() != TunDevice.Offloads.NONE, "the kernel grants no offloads");
            assertThat(nearNamespace.ip("-d", "link", "show", "eth0"))
                    .contains("gso_max_size " + 44 * (1408 - 52) + " ");
        }
    }

    @Test
    void aSuperPacketForADeviceThatIsGoneIsDroppedWithAllItsParts() throws Exception {
        try (var near = near(TunDevice.Offloads.TCP_AND_UDP)) {
            nearNamespace.ip("link", "del", "near");
            int whole = superPacket();
            int joined = superPacket();
            int part = Packets.append(batch, IpAddress.parse("10.66.0.2"), new byte[1000]);
            batch.join(joined, joined, part);
            int cut = superPacket();
            Segmenter.cut(batch, cut, 0);
            near.send(batch, 0, batch.count());
            for (int i : new int[] {whole, joined, part, cut}) {
                assertThat(batch.dropReason(i)).isEqualTo(DropReason.DEVICE_DOWN);
            }
        }
    }

    @Test
    void whatTheKernelCannotMeanByASuperPacketIsRefused() throws Exception {
        try (var near = near(TunDevice.Offloads.TCP_AND_UDP)) {
            int noSuperPacket = superPacket();
            batch.setOrdinary(noSuperPacket);
            batch.setChecksumPartial(
                    noSuperPacket, batch.start(noSuperPacket) + 60_000, batch.start(noSuperPacket) + 60_016);
            near.send(batch, 0, 1);
            assertThat(batch.dropReason(noSuperPacket)).isEqualTo(DropReason.DEVICE_REFUSED);
        }
    }

    /** An IPv4 packet with 3,000 bytes of TCP payload, to be cut into segments of 1,000. */
    private int superPacket() {
        var packet = ByteBuffer.allocate(3040);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) 3040).putInt(0);
        packet.put((byte) 64).put((byte) 6).putShort((short) 0);
        packet.putInt(0x0a42_0003).putInt(0x0a42_0002);
        packet.putShort((short) 1234).putShort((short) 80).putInt(1).putInt(2);
        packet.put((byte) 0x50).put((byte) 0x10).putShort((short) 1000).putInt(0);
        int index = Packets.append(batch, IpAddress.parse("10.66.0.2"), packet.array());
        int start = batch.start(index);
        batch.setTransport(index, IpProtocol.TCP, start + 20);
        batch.setSegmentSize(index, 1000);
        batch.setChecksumPartial(index, start + 20, start + 36);
        return index;
    }

    // ---- the cable

    private void carry(TunDevice near, TunDevice far, Cable cable, FutureTask<?> until) throws Exception {
        try (var poller = EpollPoller.open()) {
            poller.add(near, now -> carry(near, far, cable, true));
            poller.add(far, now -> carry(far, near, cable, false));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!until.isDone() && System.nanoTime() < end) {
                int ready = poller.poll(TimeUnit.MILLISECONDS.toNanos(20));
                for (int i = 0; i < ready; i++) {
                    poller.ready(i).run(0);
                }
            }
            poller.remove(near);
            poller.remove(far);
        }
        assertThat(until.isDone()).as("everything arrived").isTrue();
    }

    private int carry(TunDevice from, TunDevice to, Cable cable, boolean watched) throws IOException {
        batch.clear();
        int received = from.receive(batch);
        for (int i = 0; i < received; i++) {
            IpCheck.check(batch, i);
            assertThat(batch.dropReason(i)).isNull();
            Segmenter.check(batch, i);
            assertThat(batch.dropReason(i)).isNull();
            if (watched) {
                look(i);
            }
            if (!to.takesPartialChecksums() && !batch.isSuperPacket(i)) {
                Segmenter.completeChecksum(batch, i);
            }
            if (batch.isSuperPacket(i) && cable == Cable.CUT) {
                Segmenter.cut(batch, i, 0);
            }
            if (batch.isSuperPacket(i) && cable == Cable.JOINED) {
                sendInParts(i, to);
            } else {
                to.send(batch, i, i + 1);
                assertThat(batch.dropReason(i)).isNull();
            }
        }
        return received;
    }

    private void look(int i) {
        largest = Math.max(largest, batch.length(i));
        partialChecksums += batch.isChecksumPartial(i) ? 1 : 0;
        if (batch.isSuperPacket(i)) {
            superPackets++;
            segmentSize = batch.segmentSize(i);
            lastProtocol = batch.protocol(i);
        }
    }

    /** The packet's headers with one segment's payload, and further parts for the others. */
    private void sendInParts(int i, TunDevice to) {
        parts.clear();
        int start = batch.start(i);
        int end = start + batch.length(i);
        int size = batch.segmentSize(i);
        int at = start + (batch.totalLength(i) - payload(i)) + size;
        int head = copyToParts(start, at);
        parts.setTransport(head, batch.protocol(i), parts.start(head) + batch.transport(i) - start);
        parts.setSegmentSize(head, size);
        parts.setChecksumPartial(
                head,
                parts.start(head) + batch.checksumFrom(i) - start,
                parts.start(head) + batch.checksumAt(i) - start);
        int last = head;
        while (at < end) {
            int next = Math.min(at + size, end);
            int part = copyToParts(at, next);
            parts.join(head, last, part);
            last = part;
            at = next;
        }
        assertThat(parts.totalLength(head)).isEqualTo(batch.length(i));
        to.send(parts, 0, parts.count());
        assertThat(parts.dropReason(head)).isNull();
    }

    private int payload(int i) {
        int transport = batch.transport(i);
        int headers = batch.protocol(i) == IpProtocol.UDP ? 8 : (batch.memory().u8(transport + 12) & 0xf0) >> 2;
        return batch.start(i) + batch.length(i) - transport - headers;
    }

    private int copyToParts(int from, int to) {
        batch.memory().copyTo(parts.memory(), from, parts.nextStart(), to - from);
        return parts.append(to - from);
    }
}
