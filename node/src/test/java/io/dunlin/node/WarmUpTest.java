package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.lb.Balancer.Verdict;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.io.linux.Linux;
import io.dunlin.vxlan.io.linux.LinuxUdpSocket;
import io.dunlin.vxlan.io.linux.TunDevice;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link WarmUp} and its traffic: unprivileged, on loopback. */
class WarmUpTest {
    private static final String ADDRESS = "127.0.9.1";

    @BeforeEach
    void needsLinux() {
        Assumptions.assumeTrue(
                Linux.unavailableReason().isEmpty(),
                () -> Linux.unavailableReason().orElse(""));
    }

    private static OverlayNode start(SocketKind kind) throws IOException {
        return OverlayNode.start(
                NodeConfig.named("warm").dataPath(ADDRESS).underlayMtu(1500).socket(kind));
    }

    @Test
    void runsToItsEndAndTheNodeSeesNothingOfIt() throws IOException {
        try (var node = start(SocketKind.LINUX)) {
            assertThat(node.warmUp()).isTrue();
            assertThat(node.warmUp()).as("once more").isTrue();
            assertThat(node.stats().drops()).isEmpty();
            assertThat(node.stats().counters().getOrDefault(Counter.UNDERLAY_RECEIVED_PACKETS, 0L))
                    .isZero();
        }
    }

    @Test
    void encryptsWhereTheNodeDoes() throws IOException {
        try (var node = start(SocketKind.LINUX)) {
            node.associate(SecurityAssociations.NONE);
            assertThat(node.warmUp()).isTrue();
            assertThat(node.stats().counters()).containsEntry(Counter.ESP_SEALED, 0L);
        }
    }

    @Test
    void stopsWhenItIsTold() throws IOException {
        var rounds = new AtomicInteger();
        try (var warmUp = new LinuxPlatform().warmUp(IpAddress.parse(ADDRESS), true)) {
            assertThat(warmUp.run(() -> rounds.incrementAndGet() > 3, null)).isFalse();
        }
        assertThat(rounds).hasValue(4);
    }

    /** A compiler that rests at once, after some looks, and never. */
    @ParameterizedTest
    @CsvSource({"0, 3", "5, 8", "1000000, 78"})
    void goesOnUntilTheCompilerRests(int busyLooks, int looks) throws IOException {
        var looked = new AtomicInteger();
        LinuxUdpSocket socket =
                LinuxUdpSocket.open(IpAddress.parse(ADDRESS), 0, LinuxUdpSocket.DEFAULT_SOURCE_PORTS, true);
        List<TunDevice> cable = TunDevice.cable();
        try (var warmUp =
                new WarmUp(socket, cable.getFirst(), cable.getLast(), () -> looked.incrementAndGet() <= busyLooks)) {
            assertThat(warmUp.run(() -> false, null)).isTrue();
        }
        assertThat(looked).hasValue(looks);
    }

    @Test
    void isNothingToAClosedNodeOrAPortableOne() throws IOException {
        try (var portable = start(SocketKind.PORTABLE)) {
            assertThat(portable.warmUp()).isFalse();
        }
        OverlayNode closed = start(SocketKind.LINUX);
        closed.close();
        assertThat(closed.warmUp()).isFalse();
    }

    /** All of its packets are good ones: what is dropped exercises nothing. */
    @Test
    void itsTrafficPassesTheStages() {
        var traffic = new WarmUpTraffic(WarmUpTraffic.THERE);
        try (var batch = new PacketBatch(1, 65_535)) {
            int cut = 0;
            for (int i = 0; i < 100; i++) {
                traffic.fill(batch, 1);
                IpCheck.check(batch, 0);
                assertThat(batch.dropReason(0)).isNull();
                Segmenter.check(batch, 0);
                assertThat(batch.dropReason(0)).isNull();
                assertThat(Segmenter.largest(batch, 0)).isLessThanOrEqualTo(WarmUpTraffic.MTU);
                cut += batch.isSuperPacket(0) ? 1 : 0;
            }
            assertThat(cut).isBetween(10, 90);
        }
    }

    /** What goes to the VIP goes on to the other side, and is an answer there that comes from the VIP. */
    @Test
    void itsServicesRewriteAllOfTheirTrafficOnBothSides() {
        var services = new WarmUpServices(new Counters(), new IcmpErrorLimit(), 7);
        var traffic = new WarmUpTraffic(WarmUpServices.VIPS);
        try (var batch = new PacketBatch(16, 65_535)) {
            for (int i = 0; i < 200; i++) {
                if (i % 64 == 0) {
                    services.open(batch, i);
                }
                traffic.fill(batch, 1);
                IpCheck.check(batch, 0);
                assertThat(services.here().outbound(batch, 0, 7, i)).isEqualTo(Verdict.REWRITTEN);
                assertThat(IpHeader.destination(batch.memory(), batch.start(0))).isIn(WarmUpTraffic.THERE);
                services.there().inbound(batch, 0, 7, i);
                assertThat(IpHeader.source(batch.memory(), batch.start(0))).isIn(WarmUpServices.VIPS);
            }
        }
    }
}
