package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * What an encrypted network sends by each engine, opened by the JDK's, is byte by byte what one that is not encrypted sends: of packets and of
 * super-packets, also of those that were held back first.
 */
class SealedSegmentsPropertyTest {
    private static final int SECRET = 7;
    private static final int PLAIN = 8;
    private static final int MTU = 1408;
    private static final int SPI = 0x8000_0011;
    private static final int VNI_AT = 6;

    @Property(tries = 300)
    void openedSegmentsAreThePlainOnes(
            @ForAll @IntRange(min = 1, max = 60_000) int most,
            @ForAll @IntRange(min = 1, max = 1300) int segment,
            @ForAll boolean isTcp,
            @ForAll boolean isIpv4,
            @ForAll("engines") AeadEngine engine)
            throws IOException {
        int payload = Math.min(most, segment * PacketBatch.MAX_SEGMENTS); // heads may be longer than several segments
        var underlay = new SimulatedUnderlay(1);
        var host = underlay.host("192.0.2.1");
        var peer = underlay.host("192.0.2.2");
        byte[] packet = packet(payload, isTcp, isIpv4);
        var device = new SuperPackets(packet, (isIpv4 ? 20 : 40), isTcp ? 20 : 8, segment);
        try (var bench = new Bench(host)) {
            bench.network(SECRET, MTU, true).network(PLAIN, MTU);
            bench.esp.adopt(Associations.with("192.0.2.2", SPI, 0x8000_0022), engine);
            for (int vni : List.of(SECRET, PLAIN)) {
                bench.remote(vni, "192.0.2.2", "10.0.0.3", "fd00::3");
                for (String own : List.of("10.0.0.2", "fd00::2")) {
                    bench.table = bench.table.with(edit -> edit.putRoute(
                            new Vni(vni), IpAddress.parse(own), new Route.Local(device, Frames.macOf(own))));
                }
            }
            bench.outbound.run(device, PLAIN, bench.table, null, 0);
            List<byte[]> plain = Bench.takeAll(peer);
            bench.outbound.run(device, SECRET, bench.table, null, 0);
            List<byte[]> sealed = Bench.takeAll(peer);
            SecurityAssociations associations = Associations.with("192.0.2.2", SPI, 0x8000_0022);
            bench.esp.adopt(SecurityAssociations.NONE, engine);
            bench.outbound.run(device, SECRET, bench.table, null, 0);
            assertThat(peer.waiting()).as("without an association").isZero();
            bench.esp.adopt(associations, engine);
            bench.outbound.sendHeld(1);
            List<byte[]> held = Bench.takeAll(peer);
            assertThat(held).hasSize(plain.size());
            assertThat(bench.counters.get(DropReason.OFFLOAD)).isZero();
            assertThat(sealed).hasSize(plain.size());
            assertThat(plain).hasSize((payload + segment - 1) / segment);
            try (var open = new EspOpen(Associations.inbound(SPI), Associations.jdk());
                    var openHeld = new EspOpen(Associations.inbound(SPI), Associations.jdk())) {
                for (int k = 0; k < plain.size(); k++) {
                    byte[] expected = plain.get(k);
                    expected[VNI_AT] = SECRET;
                    assertThat(opened(open, sealed.get(k))).isEqualTo(expected);
                    assertThat(opened(openHeld, held.get(k))).isEqualTo(expected);
                }
            }
        }
    }

    @Provide
    Arbitrary<AeadEngine> engines() {
        return Arbitraries.of(Associations.engines());
    }

    private static byte[] packet(int payload, boolean isTcp, boolean isIpv4) {
        byte[] bytes = Frames.payload(payload);
        Transport transport =
                isTcp ? Transport.tcp(1, 2, Transport.ACK, new byte[0], bytes) : Transport.udp(1, 2, bytes);
        return isIpv4
                ? Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(transport).bytes()
                : Ipv6Packet.of("fd00::2", "fd00::3").carrying(transport).bytes();
    }

    private static byte[] opened(EspOpen open, byte[] datagram) {
        try (var arena = Arena.ofConfined()) {
            Memory memory = Memory.copyOf(arena, datagram);
            int length = open.open(memory, 0, datagram.length, IpProtocol.UDP);
            assertThat(length).isPositive();
            assertThat(UdpHeader.destinationPort(memory, 16)).isEqualTo(4789);
            assertThat(UdpHeader.sourcePort(memory, 16)).isGreaterThanOrEqualTo(49_152);
            assertThat(UdpHeader.checksum(memory, 16)).isZero();
            assertThat(UdpHeader.datagramLength(memory, 16)).isEqualTo(length);
            return Arrays.copyOfRange(memory.toArray(), 24, 16 + length);
        }
    }

    /** A device that hands over one super-packet, each time it is asked. */
    private static final class SuperPackets extends EgressTest.Sink {
        private final byte[] packet;
        private final int ipHeader;
        private final int transportHeader;
        private final int segment;

        SuperPackets(byte[] packet, int ipHeader, int transportHeader, int segment) {
            super(true);
            this.packet = packet;
            this.ipHeader = ipHeader;
            this.transportHeader = transportHeader;
            this.segment = segment;
        }

        @Override
        public int receive(PacketBatch into) {
            int start = into.nextStart();
            into.memory().put(start, packet);
            int index = into.append(packet.length);
            if (packet.length - ipHeader - transportHeader > segment) {
                into.setSegmentSize(index, segment);
            }
            return 1;
        }
    }
}
