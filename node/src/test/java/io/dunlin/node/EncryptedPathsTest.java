package io.dunlin.node;

import static io.dunlin.testkit.Frames.macOf;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.SecurityAssociations.Inbound;
import io.dunlin.ipsec.SecurityAssociations.Outbound;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Both paths of two nodes, one encrypted network and one that is not:
 *
 * <pre>
 *  web 10.0.0.2 fd00::2 (VNI 7, encrypted) ─┐                                      ┌─ db 10.0.0.3 fd00::3
 *  red 10.0.0.2         (VNI 8)            ─┘ west 192.0.2.1 ─ underlay ─ east 192.0.2.2 └─ blue 10.0.0.3
 * </pre>
 */
class EncryptedPathsTest {
    /** Why packets of encrypted networks, or that look so, are dropped: each is shown here. */
    static final List<DropReason> DROPS = List.of(
            DropReason.NO_SECURITY_ASSOCIATION,
            DropReason.SECURITY_ASSOCIATION_USED_UP,
            DropReason.ESP_MALFORMED,
            DropReason.ESP_UNKNOWN_SPI,
            DropReason.ESP_REPLAYED,
            DropReason.ESP_NOT_AUTHENTIC,
            DropReason.ESP_OTHER_PROTOCOL,
            DropReason.NOT_ENCRYPTED,
            DropReason.NETWORK_NOT_ENCRYPTED,
            DropReason.NAT_KEEPALIVE);

    private static final int SECRET = 7;
    private static final int PLAIN = 8;
    private static final int MTU = 1408;
    private static final int WEST_TO_EAST = 0x8000_0011;
    private static final int EAST_TO_WEST = 0x8000_0022;
    private static final int ESP_HEADER = 16;

    private final SimulatedUnderlay underlay = new SimulatedUnderlay(1);
    private final SimulatedUnderlay.Host westHost = underlay.host("192.0.2.1");
    private final SimulatedUnderlay.Host eastHost = underlay.host("192.0.2.2");
    private final Bench west = new Bench(westHost, 9000)
            .network(SECRET, MTU, true)
            .network(PLAIN, 1450)
            .local(SECRET, "web", "10.0.0.2", "fd00::2")
            .local(PLAIN, "red", "10.0.0.2")
            .remote(SECRET, "192.0.2.2", "10.0.0.3", "fd00::3")
            .remote(PLAIN, "192.0.2.2", "10.0.0.3");
    private final Bench east = new Bench(eastHost, 9000)
            .network(SECRET, MTU, true)
            .network(PLAIN, 1450)
            .local(SECRET, "db", "10.0.0.3", "fd00::3")
            .local(PLAIN, "blue", "10.0.0.3")
            .remote(SECRET, "192.0.2.1", "10.0.0.2", "fd00::2")
            .remote(PLAIN, "192.0.2.1", "10.0.0.2");

    @BeforeEach
    void associate() {
        west.esp.adopt(Associations.with("192.0.2.2", WEST_TO_EAST, EAST_TO_WEST), Associations.jdk());
        east.esp.adopt(Associations.with("192.0.2.1", EAST_TO_WEST, WEST_TO_EAST), Associations.jdk());
    }

    @AfterEach
    void close() {
        west.close();
        east.close();
    }

    private static byte[] packet(int bytes) {
        return Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.udp(1000, 2000, payload(bytes)))
                .bytes();
    }

    /** What east sends to west for web. */
    private static byte[] frame(int vni) {
        byte[] back = Ipv4Packet.of("10.0.0.3", "10.0.0.2")
                .carrying(Transport.udp(2000, 1000, payload(100)))
                .bytes();
        return Frames.vxlan(vni, Frames.ethernet(macOf("10.0.0.2"), macOf("10.0.0.3"), back));
    }

    /** A datagram of VXLAN as east would seal it, with other fields where a test wants them. */
    private static byte[] sealed(OutboundSa sa, int port, int length, int nextHeader, byte[] vxlan) {
        try (var arena = Arena.ofConfined();
                var seal = new EspSeal(sa, Associations.jdk())) {
            int payload = UdpHeader.LENGTH + vxlan.length;
            Memory memory = Memory.of(arena.allocate(EspSeal.sealedLength(payload)));
            UdpHeader.writeUnsummed(memory, ESP_HEADER, 50_000, port, length);
            memory.put(ESP_HEADER + UdpHeader.LENGTH, vxlan);
            seal.seal(memory, EspHeader.LENGTH, payload, 0, seal.take(1), nextHeader);
            return memory.toArray();
        }
    }

    private static byte[] sealed(OutboundSa sa, byte[] vxlan) {
        return sealed(sa, 4789, UdpHeader.LENGTH + vxlan.length, IpProtocol.UDP, vxlan);
    }

    private void westHears(byte[] datagram) {
        westHost.deliver(eastHost.address(), datagram);
        west.receive();
    }

    private void assertWestDropped(DropReason reason) {
        assertThat(west.counters.drops()).isEqualTo(Map.of(reason, 1L));
        assertThat(west.arrivedAnywhere()).isZero();
        assertThat(eastHost.waiting()).isZero();
    }

    // ---- what passes

    @Test
    void packetsArriveByteIdentical() {
        List<byte[]> packets = List.of(
                packet(0),
                packet(1),
                packet(2),
                packet(3),
                packet(MTU - 28),
                Ipv6Packet.of("fd00::2", "fd00::3")
                        .carrying(Transport.udp(1, 2, payload(500)))
                        .bytes());
        packets.forEach(each -> west.send("web", SECRET, each));
        east.receive();
        assertThat(east.arrived("db")).usingElementComparator(Arrays::compare).isEqualTo(packets);
        assertThat(west.counters.drops()).isEmpty();
        assertThat(east.counters.drops()).isEmpty();
        assertThat(west.count(Counter.ESP_SEALED)).isEqualTo(packets.size());
        assertThat(east.count(Counter.ESP_OPENED)).isEqualTo(packets.size());
    }

    @Test
    void theOtherNetworkGoesOnInTheClear() {
        west.send("red", PLAIN, packet(100));
        east.receive();
        assertThat(east.arrived("blue")).hasSize(1);
        assertThat(west.count(Counter.ESP_SEALED)).isZero();
    }

    @Test
    void aPacketOfTheMtuFillsTheUnderlayAndNoByteMore() {
        west.send("web", SECRET, packet(MTU - 28));
        assertThat(eastHost.take()).hasSize(1500 - 28);
        west.send("web", SECRET, packet(MTU - 27));
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 1L));
        assertThat(eastHost.waiting()).isZero();
        assertThat(west.arrived("web")).as("the answer").hasSize(1);
    }

    @Test
    void packetsBeginWithTheSpiAndCountUp() {
        west.send("web", SECRET, packet(10));
        west.send("web", SECRET, packet(10));
        for (int number = 1; number <= 2; number++) {
            byte[] datagram = eastHost.take();
            assertThat(HexFormat.of().formatHex(datagram)).startsWith("80000011" + "0000000" + number);
        }
    }

    // ---- nothing leaves in the clear

    /** Packets, and everything a node answers by itself: ARP, neighbour advertisements, "too big". */
    @Test
    void whateverLeavesIsSealed() {
        byte[] pattern = Frames.bytes(0x50, 0x4c, 0x41, 0x49, 0x4e);
        west.send(
                "web",
                SECRET,
                Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                        .carrying(Transport.udp(1, 2, pattern))
                        .bytes());
        var sa = Associations.outbound(EAST_TO_WEST);
        byte[] arp = Frames.arp(1, macOf("10.0.0.3"), "10.0.0.3", 0, "10.0.0.2");
        byte[] solicitation = Ipv6Packet.of("fd00::3", "fd00::2")
                .hopLimit(255)
                .carrying(Frames.solicitation("fd00::2", Frames.bytes(1, 1, 2, 0x42, 0, 0, 0, 3)))
                .bytes();
        byte[] large4 = Ipv4Packet.of("10.0.0.3", "10.0.0.2")
                .carrying(Transport.udp(1, 2, payload(MTU)))
                .bytes();
        byte[] large6 = Ipv6Packet.of("fd00::3", "fd00::2")
                .carrying(Transport.udp(1, 2, payload(MTU)))
                .bytes();
        for (byte[] frame : List.of(
                Frames.ethernet(Frames.BROADCAST, macOf("10.0.0.3"), Frames.ARP, arp),
                Frames.ethernet(macOf("fd00::2"), macOf("fd00::3"), solicitation),
                Frames.ethernet(macOf("10.0.0.2"), macOf("10.0.0.3"), large4),
                Frames.ethernet(macOf("fd00::2"), macOf("fd00::3"), large6))) {
            westHears(sealed(sa, Frames.vxlan(SECRET, frame)));
        }
        assertThat(west.count(Counter.NEIGHBOUR_ANSWERED)).isEqualTo(2);
        assertThat(west.count(Counter.TOO_BIG_ANSWERED)).isEqualTo(2);
        List<byte[]> left = Bench.takeAll(eastHost);
        assertThat(left).hasSize(5);
        for (byte[] datagram : left) {
            String hex = HexFormat.of().formatHex(datagram);
            assertThat(hex).startsWith("80000011").doesNotContain("0800000000000700", "504c41494e");
            eastHost.deliver(westHost.address(), datagram);
        }
        east.receive();
        assertThat(east.count(Counter.ESP_OPENED)).as("all of them are right").isEqualTo(5);
        assertThat(east.arrived("db")).as("the packet, and what was too big").hasSize(3);
    }

    @Test
    void withoutASecurityAssociationNothingLeaves() {
        west.esp.adopt(SecurityAssociations.NONE, Associations.jdk());
        west.send("web", SECRET, packet(10));
        assertThat(west.counters.drops()).as("it waits for one").isEmpty();
        assertThat(west.count(Counter.ESP_HELD_BACK)).isOne();
        west.now += HeldPackets.MAX_AGE_NANOS;
        west.outbound.sendHeld(west.now);
        assertWestDropped(DropReason.NO_SECURITY_ASSOCIATION);
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isZero();
    }

    @Test
    void whatWaitedForAnAssociationIsSealedAndSentInOrderWhenItIsThere() {
        west.esp.adopt(SecurityAssociations.NONE, Associations.jdk());
        List<byte[]> packets = List.of(packet(1), packet(MTU - 28), packet(300), packet(0));
        packets.forEach(each -> west.send("web", SECRET, each));
        assertThat(eastHost.waiting()).isZero();
        west.esp.adopt(Associations.with("192.0.2.2", WEST_TO_EAST, EAST_TO_WEST), Associations.jdk());
        west.outbound.sendHeld(HeldPackets.MAX_AGE_NANOS - 1);
        west.send("web", SECRET, packet(7));
        east.receive();
        assertThat(east.arrived("db"))
                .usingElementComparator(Arrays::compare)
                .startsWith(packets.toArray(byte[][]::new))
                .hasSize(packets.size() + 1);
        assertThat(west.counters.drops()).isEmpty();
        assertThat(west.count(Counter.UNDERLAY_SENT_PACKETS)).isEqualTo(packets.size() + 1);
        assertThat(west.count(Counter.ESP_SEALED)).isEqualTo(packets.size() + 1);
    }

    @Test
    void whatWaitsBeyondItsShareIsDroppedAtOnce() {
        west.esp.adopt(SecurityAssociations.NONE, Associations.jdk());
        for (int i = 0; i < HeldPackets.MAX_PACKETS_PER_PEER + 3; i++) {
            west.send("web", SECRET, packet(10));
        }
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.NO_SECURITY_ASSOCIATION, 3L));
        assertThat(eastHost.waiting()).isZero();
    }

    /** An answer to a neighbour leaves by the other path, and waits with the packets. */
    @Test
    void answersWaitAsWell() {
        var receiveOnly = new SecurityAssociations(
                List.of(), List.of(new Inbound(IpAddress.parse("192.0.2.2"), Associations.inbound(EAST_TO_WEST))));
        west.esp.adopt(receiveOnly, Associations.jdk());
        byte[] arp = Frames.arp(1, macOf("10.0.0.3"), "10.0.0.3", 0, "10.0.0.2");
        westHears(sealed(
                Associations.outbound(EAST_TO_WEST),
                Frames.vxlan(SECRET, Frames.ethernet(Frames.BROADCAST, macOf("10.0.0.3"), Frames.ARP, arp))));
        assertThat(eastHost.waiting()).isZero();
        west.esp.adopt(Associations.with("192.0.2.2", WEST_TO_EAST, EAST_TO_WEST), Associations.jdk());
        west.outbound.sendHeld(west.now);
        assertThat(eastHost.waiting()).isOne();
        east.receive();
        assertThat(east.count(Counter.ESP_OPENED)).isOne();
    }

    @Test
    void aTraceTellsThatAPacketWaits() throws IOException {
        west.esp.adopt(SecurityAssociations.NONE, Associations.jdk());
        var lines = new ArrayList<String>();
        west.device("web").write(ByteBuffer.wrap(packet(10)));
        west.outbound.run(
                west.device("web"),
                SECRET,
                west.table,
                new PacketTrace(new PacketTrace.Lines(1, lines::add), west.outboundBatch.capacity()),
                0);
        assertThat(lines.getFirst()).endsWith("held back: no security association yet");
    }

    /** An association with another VTEP is none. */
    @Test
    void anAssociationWithAnotherVtepIsOfNoUse() {
        west.esp.adopt(Associations.with("192.0.2.9", WEST_TO_EAST, EAST_TO_WEST), Associations.jdk());
        west.send("web", SECRET, packet(10));
        west.outbound.sendHeld(HeldPackets.MAX_AGE_NANOS);
        assertWestDropped(DropReason.NO_SECURITY_ASSOCIATION);
    }

    @Test
    void anAssociationThatIsUsedUpSendsNothingMore() {
        var vtep = IpAddress.parse("192.0.2.2");
        var two = new Outbound(vtep, 0, Associations.outbound(WEST_TO_EAST, 2));
        west.esp.adopt(new SecurityAssociations(List.of(two), List.of()), Associations.jdk());
        for (int i = 0; i < 5; i++) {
            west.send("web", SECRET, packet(10));
        }
        assertThat(Bench.takeAll(eastHost)).hasSize(2);
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.SECURITY_ASSOCIATION_USED_UP, 3L));
    }

    // ---- nothing in the clear comes in

    @Test
    void dropsAPlainPacketOfAnEncryptedNetwork() {
        westHears(frame(SECRET));
        assertWestDropped(DropReason.NOT_ENCRYPTED);
    }

    @Test
    void dropsAPlainPacketOfAnEncryptedNetworkAlsoFromThisHost() {
        westHost.deliver(IpAddress.parse("127.0.0.1"), frame(SECRET));
        westHost.deliver(westHost.address(), frame(SECRET));
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.NOT_ENCRYPTED, 2L));
        assertThat(west.arrivedAnywhere()).isZero();
    }

    @Test
    void dropsASealedPacketOfANetworkThatIsNotEncrypted() {
        westHears(sealed(Associations.outbound(EAST_TO_WEST), frame(PLAIN)));
        assertWestDropped(DropReason.NETWORK_NOT_ENCRYPTED);
    }

    /** The same headers in the same batch, right behind one that was sealed. */
    @Test
    void aPlainPacketDoesNotSlipInBehindASealedOne() {
        var sa = Associations.outbound(EAST_TO_WEST);
        westHost.deliver(eastHost.address(), sealed(sa, frame(SECRET)));
        westHost.deliver(eastHost.address(), frame(SECRET));
        westHost.deliver(eastHost.address(), sealed(sa, frame(SECRET)));
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.NOT_ENCRYPTED, 1L));
        assertThat(west.arrived("web")).hasSize(2);
    }

    // ---- ESP that is none, or not for us

    @Test
    void dropsWhatWasChangedAnywhere() {
        byte[] datagram = sealed(Associations.outbound(EAST_TO_WEST), frame(SECRET));
        for (int i = 0; i < datagram.length; i++) {
            byte[] changed = datagram.clone();
            changed[i] ^= 4;
            westHost.deliver(eastHost.address(), changed);
        }
        west.receive();
        assertThat(west.arrivedAnywhere()).isZero();
        assertThat(west.counters.drops().values().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(datagram.length);
        assertThat(west.counters.drops().keySet())
                .containsExactlyInAnyOrder(
                        DropReason.ESP_UNKNOWN_SPI, DropReason.ESP_REPLAYED, DropReason.ESP_NOT_AUTHENTIC);
        westHears(datagram);
        assertThat(west.arrived("web")).as("the packet as it was is still good").hasSize(1);
    }

    @Test
    void dropsAPacketThatCameBefore() {
        byte[] datagram = sealed(Associations.outbound(EAST_TO_WEST), frame(SECRET));
        westHears(datagram);
        assertThat(west.arrived("web")).hasSize(1);
        westHears(datagram);
        assertWestDropped(DropReason.ESP_REPLAYED);
    }

    @Test
    void dropsAnUnknownSpi() {
        westHears(sealed(Associations.outbound(0x8000_0033), frame(SECRET)));
        assertWestDropped(DropReason.ESP_UNKNOWN_SPI);
    }

    /** It has the key, and is a VTEP; but it is not the one the key was agreed with. */
    @Test
    void dropsAnAssociationThatAnotherVtepUses() {
        west.remote(SECRET, "192.0.2.66", "10.0.0.66");
        westHost.deliver(IpAddress.parse("192.0.2.66"), sealed(Associations.outbound(EAST_TO_WEST), frame(SECRET)));
        west.receive();
        assertWestDropped(DropReason.ESP_UNKNOWN_SPI);
    }

    @Test
    void anAuthenticVtepIsAStrangerInANetworkItTakesNoPartIn() {
        west.network(9, MTU, true).local(9, "green", "10.0.0.2");
        westHears(sealed(Associations.outbound(EAST_TO_WEST), frame(9)));
        assertWestDropped(DropReason.UNKNOWN_VTEP);
    }

    @Test
    void ignoresAndCountsKeepalives() {
        westHears(Frames.bytes(0xff));
        assertWestDropped(DropReason.NAT_KEEPALIVE);
    }

    @Test
    void dropsEspThatIsTooShort() {
        for (int length = 1; length < 36; length++) {
            var datagram = new byte[length];
            datagram[0] = (byte) 0x80;
            if (length >= 4) {
                datagram[3] = 0x22;
            }
            westHost.deliver(eastHost.address(), datagram);
        }
        west.receive();
        assertThat(west.counters.drops()).isEqualTo(Map.of(DropReason.ESP_MALFORMED, 35L));
    }

    @Test
    void dropsWhatIsNoVxlanInside() {
        byte[] frame = frame(SECRET);
        westHears(sealed(Associations.outbound(EAST_TO_WEST), 4790, 8 + frame.length, IpProtocol.UDP, frame));
        assertWestDropped(DropReason.ESP_OTHER_PROTOCOL);
    }

    @Test
    void dropsDummies() {
        int noNextHeader = 59;
        westHears(sealed(Associations.outbound(EAST_TO_WEST), 4789, 8, noNextHeader, new byte[20]));
        assertWestDropped(DropReason.ESP_OTHER_PROTOCOL);
    }

    @Test
    void dropsAnInnerDatagramThatIsLongerThanWhatCame() {
        byte[] frame = frame(SECRET);
        westHears(sealed(Associations.outbound(EAST_TO_WEST), 4789, 8 + frame.length + 1, IpProtocol.UDP, frame));
        assertWestDropped(DropReason.ESP_MALFORMED);
    }

    /** RFC 4303 section 2.7: padding behind the datagram that hides how long it is. */
    @Test
    void passesOverWhatHidesTheLength() {
        byte[] frame = frame(SECRET);
        byte[] longer = Arrays.copyOf(frame, frame.length + 100);
        westHears(sealed(Associations.outbound(EAST_TO_WEST), 4789, 8 + frame.length, IpProtocol.UDP, longer));
        assertThat(west.arrived("web")).hasSize(1);
    }

    // ---- change

    @Test
    void anOldKeyOpensUntilItIsGone() {
        var old = Associations.outbound(EAST_TO_WEST);
        var next = Associations.outbound(0x8000_0033);
        var vtep = eastHost.address();
        var oldIn = new Inbound(vtep, Associations.inbound(EAST_TO_WEST));
        var nextIn = new Inbound(vtep, Associations.inbound(0x8000_0033));
        west.esp.adopt(new SecurityAssociations(List.of(), List.of(oldIn)), Associations.jdk());
        westHears(sealed(old, frame(SECRET)));
        west.esp.adopt(new SecurityAssociations(List.of(), List.of(oldIn, nextIn)), Associations.jdk());
        westHears(sealed(old, frame(SECRET)));
        westHears(sealed(next, frame(SECRET)));
        assertThat(west.arrived("web")).hasSize(3);
        west.esp.adopt(new SecurityAssociations(List.of(), List.of(nextIn)), Associations.jdk());
        westHears(sealed(next, frame(SECRET)));
        assertThat(west.arrived("web")).hasSize(1);
        westHears(sealed(old, frame(SECRET)));
        assertWestDropped(DropReason.ESP_UNKNOWN_SPI);
    }

    /** Its numbers go on, so no nonce comes again, and the receiver's window stays. */
    @Test
    void anAssociationThatStaysGoesOnWhereItWas() {
        var vtep = eastHost.address();
        var stays = new Outbound(vtep, 0, Associations.outbound(WEST_TO_EAST));
        for (int number = 1; number <= 3; number++) {
            west.esp.adopt(new SecurityAssociations(List.of(stays), List.of()), Associations.jdk());
            west.send("web", SECRET, packet(10));
            assertThat(HexFormat.of().formatHex(eastHost.take())).startsWith("80000011" + "0000000" + number);
        }
    }

    @Test
    void manyAssociationsAreEachFound() {
        var outbound = new ArrayList<Outbound>();
        var inbound = new ArrayList<Inbound>();
        for (int i = 1; i <= 500; i++) {
            var vtep = IpAddress.ofIpv4(0xc000_0200 + i);
            outbound.add(new Outbound(vtep, i, Associations.outbound(0x8001_0000 + i)));
            inbound.add(new Inbound(vtep, Associations.inbound(0x8002_0000 + i)));
        }
        try (var contexts = new EspContexts()) {
            contexts.adopt(new SecurityAssociations(outbound, inbound), Associations.jdk());
            for (int i = 1; i <= 500; i++) {
                var vtep = IpAddress.ofIpv4(0xc000_0200 + i);
                var to = Objects.requireNonNull(contexts.outbound(vtep.high(), vtep.low()));
                assertThat(to.port()).isEqualTo(i);
                var from = Objects.requireNonNull(contexts.inbound(0x8002_0000 + i));
                assertThat(from.low()).isEqualTo(vtep.low());
                assertThat(contexts.inbound(0x8003_0000 + i)).isNull();
                assertThat(contexts.outbound(1, vtep.low())).isNull();
            }
        }
    }

    @Test
    void associationsThatContradictEachOtherAreRefused() {
        var vtep = eastHost.address();
        var one = new Outbound(vtep, 0, Associations.outbound(WEST_TO_EAST));
        var in = new Inbound(vtep, Associations.inbound(EAST_TO_WEST));
        assertThatThrownBy(() -> new SecurityAssociations(List.of(one, one), List.of()))
                .hasMessageContaining("two security associations to send to 192.0.2.2");
        assertThatThrownBy(() -> new SecurityAssociations(List.of(), List.of(in, in)))
                .hasMessageContaining("SPI 0x80000022");
        assertThatThrownBy(() -> new Inbound(vtep, Associations.inbound(0x2001)))
                .hasMessageContaining("0x00002001")
                .hasMessageContaining("allowed are 0x80000000");
        assertThatThrownBy(() -> new Outbound(vtep, 65_536, Associations.outbound(5000)))
                .hasMessageContaining("65536");
        assertThat(new SecurityAssociations(List.of(one), List.of(in)).toString())
                .as("no key in it")
                .doesNotContain("1111");
    }
}
