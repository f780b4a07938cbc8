package io.dunlin.vxlan.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class NioUdpSocketTest {
    private static final long TEN_SECONDS = 10_000_000_000L;

    private final PacketBatch batch = new PacketBatch(8, 2000);

    @AfterEach
    void close() {
        batch.close();
    }

    private void append(IpAddress peer, int length, int content) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) content);
        batch.memory().put(batch.nextStart(), bytes, 0, length);
        batch.setPeer(batch.append(length), peer.high(), peer.low());
    }

    private static NioUdpSocket open(String address) throws IOException {
        return NioUdpSocket.open(new InetSocketAddress(InetAddress.getByName(address), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void sendsAndReceivesABatchOnLoopback(String address) throws IOException {
        var peer = IpAddress.parse(address);
        try (var poller = new NioPoller();
                var socket = open(address)) {
            poller.add(socket, _ -> socket.receive(batch));
            assertThat(poller.poll(0)).isZero();
            append(peer, 100, 1);
            append(peer, 200, 2);
            append(peer, 300, 3);
            batch.drop(1, DropReason.MARTIAN);
            socket.send(batch, 0, 3);
            assertThat(batch.isDropped(0)).isFalse();
            assertThat(batch.isDropped(2)).isFalse();
            batch.clear();
            while (batch.count() < 2) {
                assertThat(poller.poll(TEN_SECONDS)).isEqualTo(1);
                poller.ready(0).run(0);
            }
            assertThat(batch.count()).isEqualTo(2);
            assertThat(batch.length(0)).isEqualTo(100);
            assertThat(batch.length(1)).isEqualTo(300);
            assertThat((byte) batch.memory().u8(batch.start(1) + 299)).isEqualTo((byte) 3);
            assertThat(new IpAddress(batch.peerHigh(1), batch.peerLow(1))).isEqualTo(peer);
            assertThat(poller.poll(0)).isZero();
        }
    }

    @Test
    void fullBatchSaysThatThereMayBeMore() throws IOException {
        var peer = IpAddress.parse("127.0.0.1");
        try (var poller = new NioPoller();
                var socket = open("127.0.0.1")) {
            poller.add(socket, _ -> socket.receive(batch));
            append(peer, 64, 1);
            for (int i = 0; i < 10; i++) {
                socket.send(batch, 0, 1);
            }
            int received = 0;
            int rounds = 0;
            while (received < 10) {
                batch.clear();
                assertThat(poller.poll(TEN_SECONDS)).isEqualTo(1);
                received += poller.ready(0).run(0);
                rounds++;
            }
            assertThat(rounds).isEqualTo(2);
        }
    }

    @Test
    void marksADatagramLargerThanASlot() throws IOException {
        var peer = IpAddress.parse("127.0.0.1");
        try (var poller = new NioPoller();
                var socket = open("127.0.0.1");
                var small = new PacketBatch(2, 576)) {
            poller.add(socket, _ -> socket.receive(small));
            append(peer, 577, 1);
            append(peer, 576, 2);
            socket.send(batch, 0, 2);
            while (small.count() < 2) {
                poller.poll(TEN_SECONDS);
                poller.ready(0).run(0);
            }
            assertThat(small.dropReason(0)).isEqualTo(DropReason.DATAGRAM_TRUNCATED);
            assertThat(small.isDropped(1)).isFalse();
            assertThat(small.length(1)).isEqualTo(576);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void sendsTheSegmentsOfASuperPacketThatWasCut(String address) throws IOException {
        try (var poller = new NioPoller();
                var socket = open(address)) {
            poller.add(socket, _ -> socket.receive(batch));
            append(IpAddress.parse(address), 40 + 250, 7);
            batch.setSegmentSize(0, 100);
            batch.cut(0, 40, 20);
            for (int k = 0; k < 3; k++) {
                batch.memory().u8(batch.head(0, k), k);
            }
            socket.send(batch, 0, 1);
            assertThat(batch.isDropped(0)).isFalse();
            batch.clear();
            while (batch.count() < 3) {
                assertThat(poller.poll(TEN_SECONDS)).isEqualTo(1);
                poller.ready(0).run(0);
            }
            for (int k = 0; k < 3; k++) {
                assertThat(batch.length(k)).isEqualTo(k < 2 ? 120 : 70);
                assertThat((byte) batch.memory().u8(batch.start(k))).isEqualTo((byte) k);
                assertThat((byte) batch.memory().u8(batch.start(k) + batch.length(k) - 1))
                        .isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void dropsWhatThePeersAddressOrTheSizeForbids() throws IOException {
        try (var socket = open("127.0.0.1");
                var large = new PacketBatch(2, 65_535)) {
            append(IpAddress.parse("2001:db8::1"), 100, 1);
            append(IpAddress.parse("127.0.0.1"), 100, 1);
            socket.send(batch, 0, 2);
            assertThat(batch.dropReason(0)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
            assertThat(batch.isDropped(1)).isFalse();
            var loopback = IpAddress.parse("127.0.0.1");
            large.setPeer(large.append(65_535), loopback.high(), loopback.low()); // beyond 65,507, what IPv4 leaves
            socket.send(large, 0, 1);
            assertThat(large.dropReason(0)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
        }
    }

    @Test
    void namesAddressAndPortThatAreInUse() throws IOException {
        try (var socket = open("127.0.0.1")) {
            int port = socket.localAddress().getPort();
            assertThatThrownBy(() -> NioUdpSocket.open(socket.localAddress()))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("cannot receive on UDP 127.0.0.1 port " + port + ": ")
                    .hasMessageEndingWith("is another node running, or is it not this host's address?");
        }
    }

    @Test
    void wakesAPollThatWaits() throws Exception {
        try (var poller = new NioPoller();
                var device = new MemoryDevice("a", 1450)) {
            poller.add(device, _ -> 0);
            var writer = Thread.ofPlatform().start(() -> device.write(java.nio.ByteBuffer.allocate(40)));
            assertThat(poller.poll(-1)).isEqualTo(1);
            writer.join();
            poller.raise();
            assertThat(poller.poll(-1)).isEqualTo(1);
        }
    }

    @Test
    @SuppressWarnings("try") // the duty closes what the test would
    void doesNotRunASourceThatAnotherDutyOfTheSameCycleRemoved() throws IOException {
        try (var poller = new NioPoller();
                var first = new MemoryDevice("first", 1450);
                var second = new MemoryDevice("second", 1450)) {
            poller.add(first, _ -> {
                poller.remove(second);
                second.close();
                return 1;
            });
            poller.add(second, _ -> second.receive(batch));
            first.write(java.nio.ByteBuffer.allocate(40));
            second.write(java.nio.ByteBuffer.allocate(40));
            assertThat(poller.poll(0)).isEqualTo(2);
            assertThat(poller.ready(0).run(0)).isEqualTo(1);
            assertThat(poller.ready(1).run(0)).isZero();
            assertThat(batch.count()).isZero();
            assertThat(poller.poll(0)).isEqualTo(1);
        }
    }

    @Test
    void refusesADescriptor() throws IOException {
        try (var poller = new NioPoller()) {
            var source = new Pollable() {
                @Override
                public int descriptor() {
                    return 3;
                }

                @Override
                public boolean isReady() {
                    return false;
                }

                @Override
                public void signalTo(Signal signal) {}
            };
            assertThatThrownBy(() -> poller.add(source, _ -> 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a portable worker cannot wait for a file descriptor");
        }
    }
}
