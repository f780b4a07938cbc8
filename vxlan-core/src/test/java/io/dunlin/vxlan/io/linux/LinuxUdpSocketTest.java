package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two sockets of one port, on 127.0.0.1 and 127.0.0.2, as two nodes have it. */
class LinuxUdpSocketTest {
    private static final IpAddress ONE = IpAddress.parse("127.0.0.1");
    private static final IpAddress TWO = IpAddress.parse("127.0.0.2");
    private static final IpAddress THREE = IpAddress.parse("127.0.0.3");
    private static final IpAddress IPV6 = IpAddress.parse("::1");

    private LinuxUdpSocket one;
    private LinuxUdpSocket two;
    private PacketBatch sent;
    private PacketBatch received;

    @BeforeEach
    void open() throws IOException {
        one = LinuxUdpSocket.open(ONE, 0);
        two = LinuxUdpSocket.open(TWO, one.localAddress().getPort());
        sent = new PacketBatch(200, 65_535);
        received = new PacketBatch(200, 2048);
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
        sent.close();
        received.close();
    }

    @Test
    void carriesBatchesBothWaysInOrderOfTheirFlow() throws IOException {
        for (int i = 0; i < 150; i++) {
            sent.setFlow(Packets.append(sent, TWO, "packet " + i), 7);
        }
        one.send(sent, 0, sent.count());
        Packets.receive(two, two::receive, received, 150);
        for (int i = 0; i < 150; i++) {
            assertThat(sent.isDropped(i)).isFalse();
            assertThat(Packets.text(received, i)).isEqualTo("packet " + i);
            assertThat(Packets.peer(received, i)).isEqualTo(ONE);
        }

        received.setPeer(0, ONE.high(), ONE.low());
        two.send(received, 0, 1);
        sent.clear();
        Packets.receive(one, one::receive, sent, 1);
        assertThat(Packets.text(sent, 0)).isEqualTo("packet 0");
        assertThat(Packets.peer(sent, 0)).isEqualTo(TWO);
    }

    @Test
    void sendsOnlyWhatIsAskedForAndNotDropped() throws IOException {
        for (int i = 0; i < 5; i++) {
            Packets.append(sent, TWO, "packet " + i);
        }
        sent.drop(2, DropReason.TOO_BIG);
        one.send(sent, 1, 4);
        Packets.receive(two, two::receive, received, 2);
        assertThat(two.receive(received)).isZero();
        assertThat(Packets.text(received, 0)).isEqualTo("packet 1");
        assertThat(Packets.text(received, 1)).isEqualTo("packet 3");
        assertThat(sent.dropReason(2)).isEqualTo(DropReason.TOO_BIG);
    }

    @Test
    void leavesForTheNextBatchWhatDoesNotFit() throws IOException {
        for (int i = 0; i < 5; i++) {
            Packets.append(sent, TWO, "packet " + i);
        }
        sendOneByOne(5);
        try (var small = new PacketBatch(3, 2048)) {
            Packets.receive(two, two::receive, small, 3);
            assertThat(two.receive(small)).isZero();
            assertThat(Packets.text(small, 2)).isEqualTo("packet 2");
        }
        Packets.receive(two, two::receive, received, 2);
        assertThat(Packets.text(received, 0)).isEqualTo("packet 3");
    }

    @Test
    void carriesIpv6() throws IOException {
        try (var ipv6 = openIpv6()) {
            Packets.append(sent, IPV6, "over IPv6");
            ipv6.send(sent, 0, 1);
            Packets.receive(ipv6, ipv6::receive, received, 1);
            assertThat(Packets.text(received, 0)).isEqualTo("over IPv6");
            assertThat(Packets.peer(received, 0)).isEqualTo(IPV6);
            assertThat(ipv6.localAddress().getAddress()).isEqualTo(IPV6.toInetAddress());
            assertThat(ipv6).hasToString("UDP [::1]:" + ipv6.localAddress().getPort());
        }
    }

    @Test
    void dropsDatagramLargerThanItsSlot() throws IOException {
        Packets.append(sent, TWO, "x".repeat(2049));
        Packets.append(sent, TWO, "y".repeat(2048));
        sendOneByOne(2);
        Packets.receive(two, two::receive, received, 2);
        assertThat(received.dropReason(0)).isEqualTo(DropReason.DATAGRAM_TRUNCATED);
        assertThat(received.length(0)).isEqualTo(2048);
        assertThat(received.isDropped(1)).isFalse();
    }

    @Test
    void dropsTheDatagramThatIsTooBigAndSendsTheOthers() throws IOException {
        Packets.append(sent, TWO, "before");
        Packets.append(sent, TWO, "x".repeat(65_508));
        Packets.append(sent, TWO, "behind");
        one.send(sent, 0, 3);
        assertThat(sent.isDropped(0)).isFalse();
        assertThat(sent.dropReason(1)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
        assertThat(sent.isDropped(2)).isFalse();
        Packets.receive(two, two::receive, received, 2);
        assertThat(Packets.text(received, 0)).isEqualTo("before");
        assertThat(Packets.text(received, 1)).isEqualTo("behind");
    }

    @Test
    void dropsWhatExceedsTheUnderlaysMtuInsteadOfFragmenting() throws Exception {
        try (var namespace = TestNamespace.create()) {
            namespace.ip("link", "set", "lo", "mtu", "1500");
            try (var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789))) {
                Packets.append(sent, ONE, "x".repeat(1500 - 28));
                Packets.append(sent, ONE, "x".repeat(1501 - 28));
                socket.send(sent, 0, 2);
                assertThat(sent.isDropped(0)).isFalse();
                assertThat(sent.dropReason(1)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
            }
            try (var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(IPV6, 4789))) {
                Packets.append(sent, IPV6, "x".repeat(1500 - 48));
                Packets.append(sent, IPV6, "x".repeat(1501 - 48));
                socket.send(sent, 2, 4);
                assertThat(sent.isDropped(2)).isFalse();
                assertThat(sent.dropReason(3)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
            }
        }
    }

    @Test
    void dropsWhatTheFullBufferDoesNotTake() throws Exception {
        try (var namespace = TestNamespace.create();
                var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789, 1, true))) {
            namespace.stall("lo");
            int dropped = 0;
            for (int round = 0; round < 20 && dropped == 0; round++) {
                sent.clear();
                for (int i = 0; i < 100; i++) {
                    sent.append(60_000);
                    sent.setPeer(i, ONE.high(), ONE.low());
                }
                socket.send(sent, 0, 100);
                for (int i = 0; i < 100; i++) {
                    assertThat(sent.dropReason(i)).isIn(null, DropReason.UNDERLAY_FULL);
                    dropped += sent.isDropped(i) ? 1 : 0;
                }
            }
            assertThat(dropped).isPositive();
        }
    }

    @Test
    void dropsDatagramWithoutRoute() throws Exception {
        try (var namespace = TestNamespace.create();
                var socket = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789))) {
            Packets.append(sent, IpAddress.parse("192.0.2.1"), "lost");
            Packets.append(sent, ONE, "arrives");
            socket.send(sent, 0, 2);
            assertThat(sent.dropReason(0)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
            assertThat(sent.isDropped(1)).isFalse();
        }
    }

    @Test
    void dropsDatagramForTheOtherFamily() throws IOException {
        Packets.append(sent, IPV6, "lost");
        one.send(sent, 0, 1);
        assertThat(sent.dropReason(0)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
        try (var ipv6 = openIpv6()) {
            Packets.append(sent, ONE, "lost");
            ipv6.send(sent, 1, 2);
            assertThat(sent.dropReason(1)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
        }
    }

    @Test
    void dropsDatagramTheKernelRefuses() throws IOException {
        Packets.append(sent, IpAddress.parse("255.255.255.255"), "broadcast without SO_BROADCAST");
        one.send(sent, 0, 1);
        assertThat(sent.dropReason(0)).isEqualTo(DropReason.UNDERLAY_REFUSED);
    }

    @Test
    void choosesTheSourcePortByFlow() throws IOException {
        try (var receiver = new DatagramSocket(new InetSocketAddress(
                InetAddress.getByName("127.0.0.3"), one.localAddress().getPort()))) {
            receiver.setSoTimeout(10_000);
            var peer = IpAddress.parse("127.0.0.3");
            for (int i = 0; i < 32; i++) {
                sent.setFlow(Packets.append(sent, peer, String.valueOf(i % 8)), (i % 8) << 16 | 0x8000_0000);
            }
            one.send(sent, 0, 32);
            var ports = new int[8];
            var distinct = new HashSet<Integer>();
            for (int i = 0; i < 32; i++) {
                var datagram = new DatagramPacket(new byte[10], 10);
                receiver.receive(datagram);
                int flow = datagram.getData()[0] - '0';
                assertThat(ports[flow]).isIn(0, datagram.getPort());
                ports[flow] = datagram.getPort();
                distinct.add(datagram.getPort());
            }
            assertThat(distinct).hasSize(4).doesNotContain(one.localAddress().getPort());
        }
    }

    @Test
    void saysThatThePortIsInUse() {
        int port = one.localAddress().getPort();
        assertThatThrownBy(() -> LinuxUdpSocket.open(ONE, port))
                .isInstanceOf(LinuxException.class)
                .hasMessage("bind 127.0.0.1:" + port + ": EADDRINUSE (address in use): another socket receives there; "
                        + "'ss -lunp' names its process");
    }

    @Test
    void saysThatNoInterfaceHasTheAddress() {
        assertThatThrownBy(() -> LinuxUdpSocket.open(IpAddress.parse("192.0.2.1"), 4789))
                .isInstanceOf(LinuxException.class)
                .hasMessage(
                        "bind 192.0.2.1:4789: EADDRNOTAVAIL (address not available): no interface has that address");
    }

    @Test
    void refusesArgumentsOutOfRange() {
        assertThatThrownBy(() -> LinuxUdpSocket.open(IpAddress.parse("fe80::1"), 4789))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "data-path address fe80::1 is link-local, and means nothing without its interface: give a routable one");
        assertThatThrownBy(() -> LinuxUdpSocket.open(IpAddress.parse("0.0.0.0"), 4789))
                .hasMessage("data-path address 0.0.0.0 stands for all addresses: give the one that peers send to");
        assertThatThrownBy(() -> LinuxUdpSocket.open(IpAddress.parse("239.1.1.1"), 4789))
                .hasMessage("data-path address 239.1.1.1 is multicast: give one of this host's");
        assertThatThrownBy(() -> LinuxUdpSocket.open(ONE, 65_536)).hasMessage("port 65536 is not between 0 and 65535");
        assertThatThrownBy(() -> LinuxUdpSocket.open(ONE, 0, 3, true))
                .hasMessage("3 source ports: allowed are powers of two from 1 to 64");
    }

    @Test
    void closesEveryDescriptorAlsoWhenOpeningFails() throws IOException {
        int port = one.localAddress().getPort();
        long before = Packets.openDescriptors();
        var socket = LinuxUdpSocket.open(ONE, 0, 64, true);
        assertThat(Packets.openDescriptors()).isEqualTo(before + 65);
        socket.close();
        socket.close();
        assertThatThrownBy(() -> LinuxUdpSocket.open(ONE, port)).isInstanceOf(LinuxException.class);
        assertThat(Packets.openDescriptors()).isEqualTo(before);
    }

    @Test
    void receivingFromClosedSocketFails() {
        one.close();
        assertThatThrownBy(() -> one.receive(received)).isInstanceOf(Exception.class);
    }

    @Test
    void allocatesNothingWhenWarm() throws IOException {
        assertThat(Allocation.whenWarm(this::exchange)).isZero();
    }

    /** On loopback a datagram is there when the call that sent it returns. */
    private void exchange() throws IOException {
        sent.clear();
        received.clear();
        for (int i = 0; i < 8; i++) {
            int index = sent.append(100);
            sent.setPeer(index, TWO.high(), TWO.low());
            sent.setFlow(index, i);
        }
        int cut = sent.append(40 + 5000);
        sent.setPeer(cut, TWO.high(), TWO.low());
        sent.setSegmentSize(cut, 1400);
        sent.cut(cut, 40, 90);
        one.send(sent, 0, 9);
        two.receive(received);
    }

    /** Each datagram arrives in a slot of its own: what leaves as one message stays one on loopback. */
    private void sendOneByOne(int count) throws IOException {
        try (var plain = LinuxUdpSocket.open(THREE, two.localAddress().getPort(), 1, false)) {
            plain.send(sent, 0, count);
        }
    }

    private static LinuxUdpSocket openIpv6() throws IOException {
        try {
            return LinuxUdpSocket.open(IPV6, 0);
        } catch (LinuxException e) {
            assumeTrue(false, "no IPv6 here: " + e.getMessage());
            throw e;
        }
    }
}
