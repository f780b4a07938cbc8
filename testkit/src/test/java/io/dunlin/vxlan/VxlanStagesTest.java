package io.dunlin.vxlan;

import static io.dunlin.testkit.Frames.concat;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link VxlanEncap} and {@link VxlanDecap}. */
class VxlanStagesTest {
    private static final int VNI = 0x123456;
    private static final long US = 0x0242_0a00_0002L;
    private static final long THEM = 0x0242_0a00_0003L;
    private static final IpAddress VTEP = IpAddress.parse("192.0.2.1");
    private static final byte[] IPV4 = Ipv4Packet.of("10.0.0.3", "10.0.0.2")
            .carrying(Transport.udp(1, 2, payload(30)))
            .bytes();
    private static final byte[] IPV6 = Ipv6Packet.of("fd00::3", "fd00::2")
            .carrying(Transport.udp(1, 2, payload(30)))
            .bytes();
    private static final ForwardingTable TABLE = ForwardingTable.empty().with(edit -> {
        edit.putNetwork(new ForwardingTable.Network(new Vni(VNI), 1450, false, null, null));
        edit.putNetwork(new ForwardingTable.Network(new Vni(9), 1450, false, null, null));
        edit.putRoute(new Vni(VNI), IpAddress.parse("10.0.0.3"), new Route.Remote(VTEP, THEM));
    });

    private static @Nullable DropReason decap(byte[] datagram, IpAddress from) {
        try (var one = new OnePacket(datagram)) {
            one.batch.setPeer(0, from.high(), from.low());
            new VxlanDecap(1).decap(one.batch, 0, TABLE);
            return one.batch.dropReason(0);
        }
    }

    private static byte[] frame(byte[] packet) {
        return Frames.ethernet(US, THEM, packet);
    }

    @Test
    void writesTheHeadersOfRfc7348() {
        for (byte[] packet : new byte[][] {IPV4, IPV6}) {
            try (var one = OnePacket.checked(packet)) {
                VxlanEncap.encap(one.batch, 0, VNI, US, THEM);
                assertThat(one.bytes()).isEqualTo(Frames.vxlan(VNI, Frames.ethernet(THEM, US, packet)));
            }
        }
    }

    @Test
    void stripsWhatEncapWrote() {
        for (byte[] packet : new byte[][] {IPV4, IPV6}) {
            try (var one = new OnePacket(Frames.vxlan(VNI, frame(packet)))) {
                one.batch.setPeer(0, VTEP.high(), VTEP.low());
                var decap = new VxlanDecap(1);
                decap.decap(one.batch, 0, TABLE);
                assertThat(one.batch.dropReason(0)).isNull();
                assertThat(one.bytes()).isEqualTo(packet);
                assertThat(decap.network(0).vni().value()).isEqualTo(VNI);
                assertThat(decap.sourceMac(0)).isEqualTo(THEM);
                assertThat(decap.destinationMac(0)).isEqualTo(US);
                assertThat(decap.isArp(0)).isFalse();
                assertThat(decap.isIpv6(0)).isEqualTo(packet[0] >>> 4 == 6);
            }
        }
    }

    static Stream<Arguments> badDatagrams() {
        byte[] tagged = concat(Frames.bytes(0, 5, 8, 0), IPV4);
        return Stream.of(
                Arguments.of("no flag", DropReason.VXLAN_FLAGS, Frames.vxlan(0, VNI << 8, frame(IPV4))),
                Arguments.of("wrong flag", DropReason.VXLAN_FLAGS, Frames.vxlan(0x7700_0000, VNI << 8, frame(IPV4))),
                Arguments.of(
                        "ESP's first bit", DropReason.VXLAN_FLAGS, Frames.vxlan(0x8800_0000, VNI << 8, frame(IPV4))),
                Arguments.of("unknown VNI", DropReason.UNKNOWN_VNI, Frames.vxlan(VNI + 1, frame(IPV4))),
                Arguments.of("VNI 0", DropReason.UNKNOWN_VNI, Frames.vxlan(0, frame(IPV4))),
                Arguments.of("VNI it takes no part in", DropReason.UNKNOWN_VTEP, Frames.vxlan(9, frame(IPV4))),
                Arguments.of(
                        "VLAN tag",
                        DropReason.VLAN_TAGGED,
                        Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x8100, tagged))),
                Arguments.of(
                        "service tag",
                        DropReason.VLAN_TAGGED,
                        Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x88a8, tagged))),
                Arguments.of(
                        "old service tag",
                        DropReason.ETHERTYPE,
                        Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x9100, tagged))),
                Arguments.of(
                        "802.3 length", DropReason.ETHERTYPE, Frames.vxlan(VNI, Frames.ethernet(US, THEM, 46, IPV4))),
                Arguments.of("MPLS", DropReason.ETHERTYPE, Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x8847, IPV4))),
                Arguments.of(
                        "IPv6 said to be IPv4",
                        DropReason.IP_VERSION,
                        Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x0800, IPV6))),
                Arguments.of(
                        "IPv4 said to be IPv6",
                        DropReason.IP_VERSION,
                        Frames.vxlan(VNI, Frames.ethernet(US, THEM, 0x86dd, IPV4))),
                Arguments.of(
                        "from a group's MAC",
                        DropReason.WRONG_MAC,
                        Frames.vxlan(VNI, Frames.ethernet(US, 0x0100_5e00_0001L, IPV4))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badDatagrams")
    void dropsABadDatagramForItsReason(String what, DropReason reason, byte[] datagram) {
        assertThat(decap(datagram, VTEP)).as(what).isEqualTo(reason);
    }

    @Test
    void dropsADatagramThatIsCutAnywhereInItsHeaders() {
        byte[] datagram = Frames.vxlan(VNI, frame(IPV4));
        for (int length = 0; length < 22; length++) {
            assertThat(decap(Arrays.copyOf(datagram, length), VTEP))
                    .as("%d bytes", length)
                    .isEqualTo(length < 8 ? DropReason.VXLAN_TRUNCATED : DropReason.ETHERNET_TRUNCATED);
        }
        assertThat(decap(Arrays.copyOf(datagram, 22), VTEP)).isNull();
    }

    @Test
    void hearsOnlyVtepsOfTheNetwork() {
        byte[] datagram = Frames.vxlan(VNI, frame(IPV4));
        assertThat(decap(datagram, VTEP)).isNull();
        assertThat(decap(datagram, IpAddress.parse("192.0.2.2"))).isEqualTo(DropReason.UNKNOWN_VTEP);
        assertThat(decap(datagram, IpAddress.parse("::c000:201"))).isEqualTo(DropReason.UNKNOWN_VTEP);
    }

    @Test
    void ignoresReservedBitsOnReceipt() {
        assertThat(decap(Frames.vxlan(0x7fff_ffff, VNI << 8 | 0xff, frame(IPV4)), VTEP))
                .isNull();
    }

    @Test
    void leavesAloneWhatWasDroppedBefore() {
        try (var one = new OnePacket(new byte[3])) {
            one.batch.drop(0, DropReason.DATAGRAM_TRUNCATED);
            var decap = new VxlanDecap(1);
            decap.decap(one.batch, 0, TABLE);
            assertThat(one.batch.dropReason(0)).isEqualTo(DropReason.DATAGRAM_TRUNCATED);
            assertThatThrownBy(() -> decap.network(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("packet 0 has no network: it was dropped");
        }
    }
}
