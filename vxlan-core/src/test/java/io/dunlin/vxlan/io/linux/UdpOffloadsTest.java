package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What leaves as one message (UDP_SEGMENT) is many datagrams to whoever receives it. Loopback carries a message uncut: a socket that may
 * join finds it in one slot, so that slots count messages; one that may not is given its datagrams, cut by the kernel.
 */
class UdpOffloadsTest {
    private static final IpAddress ONE = IpAddress.parse("127.0.0.1");
    private static final IpAddress TWO = IpAddress.parse("127.0.0.2");
    private static final IpAddress THREE = IpAddress.parse("127.0.0.3");
    private static final IpAddress IPV6 = IpAddress.parse("::1");

    /** Largest payload over IPv4. */
    private static final int LARGEST = 65_507;

    private LinuxUdpSocket sender;
    private LinuxUdpSocket joining;
    private LinuxUdpSocket plain;
    private PacketBatch sent;
    private PacketBatch received;
    /** What was appended to {@link #sent}, datagram by datagram. */
    private final List<byte[]> expected = new ArrayList<>();
    /** Slots that {@link #arrived} found them in. */
    private int messages;

    @BeforeEach
    void open() throws IOException {
        sender = LinuxUdpSocket.open(ONE, 0);
        int port = sender.localAddress().getPort();
        joining = LinuxUdpSocket.open(TWO, port);
        plain = LinuxUdpSocket.open(THREE, port, 1, false);
        sent = new PacketBatch(256, 65_535, 8192);
        received = new PacketBatch(64, 65_535, 8192);
    }

    @AfterEach
    void close() {
        sender.close();
        joining.close();
        plain.close();
        sent.close();
        received.close();
    }

    // ---- what becomes a message

    @Test
    void datagramsOfOneSizeAndOnePeerAreOneMessage() throws IOException {
        assertThat(messagesOf(1000, 1000, 1000, 1000)).isOne();
    }

    @Test
    void aShorterDatagramEndsAMessage() throws IOException {
        assertThat(messagesOf(1000, 1000, 1000, 500, 1000, 1000)).isEqualTo(2);
        assertThat(messagesOf(1000, 999, 999, 998)).isEqualTo(2);
    }

    @Test
    void aLongerDatagramBeginsAMessage() throws IOException {
        assertThat(messagesOf(500, 1000)).isEqualTo(2);
    }

    @Test
    void aMessageHasSixtyFourDatagramsAtMost() throws IOException {
        var sizes = new int[64];
        Arrays.fill(sizes, 100);
        assertThat(messagesOf(sizes)).isOne();
        sizes = new int[130];
        Arrays.fill(sizes, 100);
        assertThat(messagesOf(sizes)).isEqualTo(3);
    }

    @Test
    void aMessageHasNoMoreBytesThanOneDatagramMayHave() throws IOException {
        var sizes = new int[45];
        Arrays.fill(sizes, 1472); // 66,240 bytes; 44 of them are 64,768
        assertThat(messagesOf(sizes)).isEqualTo(2);
        assertThat(messagesOf(LARGEST)).isOne();
        int half = LARGEST / 2;
        messagesOf(half + 1, half); // a message, but too long for loopback to carry it uncut
        assertThat(messagesOf(half + 1, half + 1)).isEqualTo(2);
    }

    @Test
    void datagramsOfOneByteArriveOneByOne() throws IOException {
        var sizes = new int[64];
        Arrays.fill(sizes, 1);
        assertThat(messagesOf(sizes)).isOne();
    }

    /** The kernel cuts no datagram of no bytes off a message. */
    @Test
    void anEmptyDatagramIsAMessageOfItsOwn() throws IOException {
        assertThat(messagesOf(0, 0, 0)).isEqualTo(3);
        assertThat(messagesOf(100, 100, 0, 100)).isEqualTo(3);
    }

    @Test
    void anotherPeerBeginsAMessage() throws IOException {
        for (int i = 0; i < 6; i++) {
            append(i % 3 == 2 ? THREE : TWO, 0, 300);
        }
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, 4))
                .containsExactly(expected.get(0), expected.get(1), expected.get(3), expected.get(4));
        assertThat(messages).isEqualTo(2);
        assertThat(arrived(plain, 2)).containsExactly(expected.get(2), expected.get(5));
    }

    /** Their sockets differ, and with them the source ports. */
    @Test
    void flowsOfOtherSocketsAreMessagesOfTheirOwn() throws IOException {
        for (int i = 0; i < 8; i++) {
            append(TWO, i % 4, 300);
        }
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, 8)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(messages).isEqualTo(4);
    }

    @Test
    void whatIsDroppedIsNoPartOfAMessage() throws IOException {
        for (int i = 0; i < 5; i++) {
            append(TWO, 0, 300);
        }
        sent.drop(2, DropReason.MARTIAN);
        expected.remove(2);
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, 4)).containsExactlyElementsOf(expected);
        assertThat(messages).isOne();
    }

    /** Sends datagrams of those sizes, sees that they arrive in this order, and tells how many messages they were. */
    private int messagesOf(int... sizes) throws IOException {
        sent.clear();
        expected.clear();
        for (int size : sizes) {
            append(TWO, 0, size);
        }
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, sizes.length)).containsExactlyElementsOf(expected);
        return messages;
    }

    // ---- super-packets that are cut

    @Test
    void aCutSuperPacketIsOneMessage() throws IOException {
        appendCut(TWO, 0, 104, 1346, 40 * 1346 + 17);
        sender.send(sent, 0, 1);
        assertThat(arrived(joining, 41)).containsExactlyElementsOf(expected);
        assertThat(messages).isOne();
        assertThat(received.length(0)).isEqualTo(1450);
        assertThat(received.length(40)).as("the odd last").isEqualTo(104 + 17);
        for (int i = 0; i < 41; i++) {
            assertThat(Packets.peer(received, i)).isEqualTo(ONE);
        }
    }

    @Test
    void aProgramThatKnowsNothingOfItReceivesTheSegments() throws IOException {
        var address = new InetSocketAddress("127.0.0.4", sender.localAddress().getPort());
        try (var program = new DatagramSocket(address)) {
            program.setSoTimeout(10_000);
            appendCut(IpAddress.parse("127.0.0.4"), 0, 104, 1346, 20 * 1346 + 17);
            sender.send(sent, 0, 1);
            for (byte[] segment : expected) {
                var datagram = new DatagramPacket(new byte[2000], 2000);
                program.receive(datagram);
                assertThat(Arrays.copyOf(datagram.getData(), datagram.getLength()))
                        .isEqualTo(segment);
            }
        }
    }

    @Test
    void aSuperPacketThatIsCutSideBySideIsOneMessage() throws IOException {
        appendSideBySide(TWO, 0, 1472, 43 * 1472 + 100);
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, 44)).containsExactlyElementsOf(expected);
        assertThat(messages).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {45, 64, 65, 100, 128})
    void segmentsSideBySideOfMoreThanOneMessageAllArrive(int segments) throws IOException {
        appendSideBySide(TWO, 0, 400 + segments, (segments - 1) * (400 + segments) + 3);
        append(TWO, 0, 77);
        appendCut(TWO, 0, 62, 1398, 10 * 1398);
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, segments + 11)).containsExactlyElementsOf(expected);
    }

    @Test
    void withoutOffloadsSegmentsSideBySideAreADatagramEach() throws IOException {
        appendSideBySide(ONE, 0, 1000, 9 * 1000 + 1);
        plain.send(sent, 0, sent.count());
        assertThat(arrived(sender, 10)).containsExactlyElementsOf(expected);
    }

    /** Where one peer takes it on another port, the same address is another goal. */
    @Test
    void aPortOfItsOwnIsObeyed() throws IOException {
        try (var other = LinuxUdpSocket.open(TWO, 0)) {
            append(TWO, 0, 100);
            byte[] toOther = content(0, 100);
            int index = Packets.append(sent, TWO, toOther);
            sent.setPeerPort(index, other.localAddress().getPort());
            append(TWO, 0, 100);
            sender.send(sent, 0, sent.count());
            assertThat(arrived(joining, 2)).containsExactlyElementsOf(expected);
            assertThat(arrived(other, 1)).containsExactly(toOther);
        }
    }

    @Test
    void aSuperPacketOfMoreThanOneMessageLosesNothing() throws IOException {
        appendCut(TWO, 0, 104, 400, 128 * 400); // 128 segments, 64,512 bytes with their heads
        appendCut(TWO, 0, 104, 1346, 48 * 1346); // 48 segments, 69,600 bytes
        append(TWO, 0, 1450);
        sender.send(sent, 0, 3);
        assertThat(arrived(joining, 128 + 48 + 1)).containsExactlyElementsOf(expected);
        assertThat(messages).as("64, 64; 45, 3 with the one behind them").isEqualTo(4);
    }

    /** Two pieces each: 1,024 segments are all that a call's iovecs can hold, and the next one flushes. */
    @ParameterizedTest
    @ValueSource(ints = {1023, 1024, 1025, 2100})
    void moreSegmentsThanThereArePiecesAreSentInTurns(int segments) throws IOException {
        int left = segments;
        while (left > 0) {
            int count = Math.min(left, 64);
            appendCut(TWO, 0, 60, 40, count * 40);
            left -= count;
        }
        sender.send(sent, 0, sent.count());
        assertThat(arrived(joining, segments)).containsExactlyElementsOf(expected);
        assertThat(messages).isEqualTo((segments + 63) / 64);
    }

    @Test
    void moreMessagesThanOneCallTakesAreSentInTurns() throws IOException {
        for (int size = 1; size <= 200; size++) {
            append(TWO, 0, size); // each longer than the last: none joins another
        }
        sender.send(sent, 0, 200);
        assertThat(arrived(joining, 200)).containsExactlyElementsOf(expected);
        assertThat(messages).isEqualTo(200);
    }

    // ---- anything at all

    /** The order within a flow, and nothing lost, doubled or changed, whatever sizes, peers and flows follow each other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsEachFlowWhatItIs(long seed) throws IOException {
        var random = new Random(seed);
        int[] sizes = {0, 1, 2, 7, 100, 500, 1450, 1450, 1450, 1450, 9000, LARGEST};
        for (int round = 0; round < 30; round++) {
            sent.clear();
            expected.clear();
            int toJoining = 0;
            int bytes = 0;
            while (expected.size() < 150 && bytes < 60_000) {
                int flow = random.nextInt(6);
                var peer = flow % 2 == 0 ? TWO : THREE;
                int before = expected.size();
                if (random.nextInt(8) == 0) {
                    int size = 1 + random.nextInt(1400);
                    int payload = 1 + random.nextInt(Math.min(60_000, size * PacketBatch.MAX_SEGMENTS));
                    appendCut(peer, flow, 46 + random.nextInt(140), size, payload);
                } else {
                    int size = sizes[random.nextInt(sizes.length)];
                    for (int run = random.nextInt(5); run >= 0; run--) {
                        append(peer, flow, size);
                    }
                }
                var added = expected.subList(before, expected.size());
                bytes += added.stream().mapToInt(each -> each.length).sum();
                toJoining += flow % 2 == 0 ? added.size() : 0;
            }
            sender.send(sent, 0, sent.count());
            var arrived = new ArrayList<>(arrived(joining, toJoining));
            arrived.addAll(arrived(plain, expected.size() - toJoining));
            var flows = byFlow(arrived);
            byFlow(expected)
                    .forEach((flow, datagrams) -> assertThat(flows.get(flow))
                            .as("seed %d, flow %d", seed, flow)
                            .containsExactlyElementsOf(datagrams));
            assertThat(arrived).hasSameSizeAs(expected);
        }
    }

    /** An empty datagram names no flow; all others do in their first byte. */
    private static Map<Integer, List<byte[]>> byFlow(List<byte[]> datagrams) {
        return datagrams.stream()
                .collect(Collectors.groupingBy(datagram -> datagram.length == 0 ? -1 : datagram[0] & 7));
    }

    // ---- what the kernel refuses

    /** A path MTU below the segment's size: the kernel refuses the message as a whole. */
    @Test
    void whatIsTooBigIsDroppedDatagramByDatagramAndTheRestArrivesOnce() throws Exception {
        try (var namespace = TestNamespace.create()) {
            namespace.ip("link", "set", "lo", "mtu", "1500");
            try (var small = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789));
                    var ear = namespace.namespace().call(() -> LinuxUdpSocket.open(TWO, 4789, 1, false))) {
                int before = append(TWO, 0, 900);
                append(TWO, 0, 900);
                int first = append(TWO, 0, 1473);
                append(TWO, 0, 1473);
                int shorter = append(TWO, 0, 1472);
                int behind = append(TWO, 0, 700);
                int cut = appendCut(TWO, 0, 104, 1369, 10 * 1369); // 1,473 bytes each
                int last = append(TWO, 0, 600);
                small.send(sent, 0, sent.count());

                assertThat(sent.dropReason(first)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
                assertThat(sent.dropReason(first + 1)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
                assertThat(sent.dropReason(cut)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
                for (int good : new int[] {before, before + 1, shorter, behind, last}) {
                    assertThat(sent.isDropped(good)).isFalse();
                }
                assertThat(arrived(ear, 5))
                        .containsExactly(
                                expected.get(0), expected.get(1), expected.get(4), expected.get(5), expected.getLast());
                assertThat(ear.receive(received)).isZero();
                assertThat(small.kind()).contains("UDP_SEGMENT,");
            }
        }
    }

    /** Of the segments side by side the last one alone fits. */
    @Test
    void whatIsTooBigSideBySideIsDroppedAndTheRestArrivesOnce() throws Exception {
        try (var namespace = TestNamespace.create()) {
            namespace.ip("link", "set", "lo", "mtu", "1500");
            try (var small = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789));
                    var ear = namespace.namespace().call(() -> LinuxUdpSocket.open(TWO, 4789, 1, false))) {
                int before = append(TWO, 0, 900);
                int tooBig = appendSideBySide(TWO, 0, 1473, 10 * 1473 + 500);
                byte[] ending = expected.getLast();
                int behind = append(TWO, 0, 700);
                small.send(sent, 0, sent.count());

                assertThat(sent.dropReason(tooBig)).isEqualTo(DropReason.UNDERLAY_TOO_BIG);
                assertThat(sent.isDropped(before)).isFalse();
                assertThat(sent.isDropped(behind)).isFalse();
                assertThat(arrived(ear, 3)).containsExactly(expected.getFirst(), ending, expected.getLast());
                assertThat(ear.receive(received)).isZero();
            }
        }
    }

    @Test
    void whatHasNoRouteIsDroppedAndTheRestArrives() throws Exception {
        try (var namespace = TestNamespace.create();
                var lonely = namespace.namespace().call(() -> LinuxUdpSocket.open(ONE, 4789, 1, true));
                var ear = namespace.namespace().call(() -> LinuxUdpSocket.open(TWO, 4789))) {
            var nowhere = IpAddress.parse("192.0.2.1");
            append(nowhere, 0, 500);
            append(nowhere, 0, 500);
            int cut = appendCut(nowhere, 0, 104, 500, 5000);
            int good = appendCut(TWO, 0, 104, 500, 5000);
            lonely.send(sent, 0, sent.count());
            assertThat(sent.dropReason(0)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
            assertThat(sent.dropReason(1)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
            assertThat(sent.dropReason(cut)).isEqualTo(DropReason.UNDERLAY_UNREACHABLE);
            assertThat(sent.isDropped(good)).isFalse();
            assertThat(arrived(ear, 10)).containsExactlyElementsOf(expected.subList(12, 22));
        }
    }

    // ---- without offloads

    @Test
    void withoutOffloadsEachDatagramIsAMessage() throws IOException {
        assertThat(sender.kind()).isEqualTo("linux (UDP_SEGMENT, UDP_GRO)");
        assertThat(plain.kind()).isEqualTo("linux (sendmmsg; no UDP_SEGMENT, no UDP_GRO)");
        append(TWO, 0, 300);
        append(TWO, 0, 300);
        appendCut(TWO, 0, 100, 200, 1000);
        plain.send(sent, 0, 3);
        assertThat(arrived(joining, 7)).containsExactlyElementsOf(expected);
        assertThat(messages).isEqualTo(7);
        assertThat(Packets.peer(received, 6)).isEqualTo(THREE);
    }

    // ---- receiving

    @Test
    void aJoinedMessageBeyondItsSlotLosesItsEnd() throws IOException {
        for (int i = 0; i < 4; i++) {
            append(TWO, 0, 300);
        }
        sender.send(sent, 0, 4);
        try (var small = new PacketBatch(4, 700)) {
            Packets.receive(joining, joining::receive, small, 3);
            assertThat(small.slotsUsed()).isOne();
            assertThat(Packets.bytes(small, 0)).isEqualTo(expected.get(0));
            assertThat(Packets.bytes(small, 1)).isEqualTo(expected.get(1));
            assertThat(small.isDropped(1)).isFalse();
            assertThat(small.dropReason(2)).isEqualTo(DropReason.DATAGRAM_TRUNCATED);
        }
    }

    /** More datagrams wait than a batch has room to tell apart: the rest stays in the socket. */
    @Test
    void aFloodOfJoinedMessagesDoesNotOverflowABatch() throws IOException {
        for (int i = 0; i < 200; i++) {
            append(TWO, 0, 1 + i / 50);
        }
        for (int i = 0; i < 25; i++) {
            sender.send(sent, 0, 200);
        }
        try (var small = new PacketBatch(64, 65_535, 64 + PacketBatch.MAX_SEGMENTS)) {
            int taken = 0;
            while (taken < 5000) {
                small.clear();
                Packets.receive(joining, joining::receive, small, 1);
                for (int i = 0; i < small.count(); i++) {
                    assertThat(Packets.bytes(small, i)).isEqualTo(expected.get((taken + i) % 200));
                }
                taken += small.count();
            }
            assertThat(taken).isEqualTo(5000);
        }
    }

    @Test
    void ipv6IsNoDifferent() throws IOException {
        try (var ipv6 = LinuxUdpSocket.open(IPV6, 0)) {
            for (int i = 0; i < 5; i++) {
                append(IPV6, 0, 1400);
            }
            append(IPV6, 0, 7);
            appendCut(IPV6, 0, 104, 1346, 30 * 1346 + 5);
            ipv6.send(sent, 0, sent.count());
            assertThat(arrived(ipv6, 6 + 31)).containsExactlyElementsOf(expected);
            assertThat(messages).isEqualTo(2);
            assertThat(Packets.peer(received, 36)).isEqualTo(IPV6);
        }
    }

    // ---- datagrams

    private int append(IpAddress peer, int flow, int size) {
        byte[] content = content(flow, size);
        int index = Packets.append(sent, peer, content);
        sent.setFlow(index, flow);
        expected.add(content);
        return index;
    }

    /** A packet of 40 bytes of headers and some payload, cut; what is expected are heads with payload. */
    private int appendCut(IpAddress peer, int flow, int headBytes, int size, int payload) {
        byte[] packet = content(flow, 40 + payload);
        int index = Packets.append(sent, peer, packet);
        sent.setFlow(index, flow);
        sent.setSegmentSize(index, size);
        sent.cut(index, 40, headBytes);
        for (int k = 0; k < sent.segments(index); k++) {
            byte[] head = content(flow, headBytes);
            sent.memory().put(sent.head(index, k), head, 0, headBytes);
            int from = 40 + k * size;
            int bytes = Math.min(size, packet.length - from);
            byte[] segment = Arrays.copyOf(head, headBytes + bytes);
            System.arraycopy(packet, from, segment, headBytes, bytes);
            expected.add(segment);
        }
        return index;
    }

    /** A super-packet that lies side by side as datagrams of {@code full} bytes, {@code total} in all. */
    private int appendSideBySide(IpAddress peer, int flow, int full, int total) {
        int before = 24;
        int head = 60;
        int after = 16;
        int around = before + head + after;
        int segments = (total + full - 1) / full;
        int last = total - (segments - 1) * full;
        int size = full - around;
        int lastSize = Math.max(1, last - around);
        int payload = (segments - 1) * size + lastSize;
        int index = Packets.append(sent, peer, content(flow, 40 + payload));
        sent.setFlow(index, flow);
        sent.setSegmentSize(index, size);
        sent.cut(index, 40, head);
        sent.laySideBySide(index, full, around + lastSize);
        for (int k = 0; k < sent.segments(index); k++) {
            byte[] datagram = content(flow, sent.datagramLength(index, k));
            sent.memory().put(sent.datagram(index, k), datagram);
            expected.add(datagram);
        }
        return index;
    }

    private byte[] content(int flow, int size) {
        var bytes = new byte[size];
        new Random(expected.size() * 31L + size).nextBytes(bytes);
        if (size > 0) {
            bytes[0] = (byte) (expected.size() << 3 | flow);
        }
        return bytes;
    }

    /** What arrives at a socket until it is {@code count} datagrams at least. */
    private List<byte[]> arrived(LinuxUdpSocket socket, int count) throws IOException {
        var all = new ArrayList<byte[]>();
        messages = 0;
        while (all.size() < count) {
            received.clear();
            Packets.receive(socket, socket::receive, received, 1);
            for (int i = 0; i < received.count(); i++) {
                assertThat(received.dropReason(i)).isNull();
                all.add(Packets.bytes(received, i));
            }
            messages += received.slotsUsed();
        }
        return all;
    }
}
