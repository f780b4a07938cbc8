package io.dunlin.vxlan.io.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * <pre>
 *   this test ── TunDevice eth0 ──▶ namespace dlt-…: eth0 10.66.0.2/24, fd66::2/64; its kernel answers
 * </pre>
 */
class TunDeviceTest {
    private static final IpAddress ADDRESS = IpAddress.parse("10.66.0.2");
    private static final IpAddress ADDRESS_6 = IpAddress.parse("fd66::2");
    private static final IpAddress GATEWAY = IpAddress.parse("10.66.0.1");

    private TestNamespace namespace;
    private PacketBatch batch;

    @BeforeEach
    void create() throws Exception {
        namespace = TestNamespace.create();
        batch = new PacketBatch(64, 65_535);
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    }

    @AfterEach
    void close() throws IOException {
        if (namespace != null) { // not skipped
            namespace.close();
            batch.close();
        }
    }

    private TunBuilder eth0() {
        return TunDevice.named("eth0").namespace(namespace.namespace()).address(ADDRESS, 24);
    }

    @Test
    void isConfiguredWhenOpen() throws Exception {
        try (var device = eth0().mtu(1450)
                .txQueueLength(500)
                .address(ADDRESS_6, 64)
                .route(IpAddress.parse("10.67.0.0"), 16)
                .route(IpAddress.parse("0.0.0.0"), 0, GATEWAY)
                .route(IpAddress.parse("fd67::"), 32, IpAddress.parse("fd66::1"))
                .open()) {
            assertThat(device.name()).isEqualTo("eth0");
            assertThat(device).hasToString("TUN eth0 in /run/netns/" + namespace.name());
            assertThat(namespace.json("link", "show", "eth0"))
                    .contains("\"mtu\":1450", "\"txqlen\":500", "\"UP\"", "\"LOWER_UP\"");
            assertThat(namespace.json("address", "show", "eth0"))
                    .contains("\"local\":\"10.66.0.2\",\"prefixlen\":24", "\"local\":\"fd66::2\",\"prefixlen\":64")
                    .doesNotContain("fe80", "tentative");
            assertThat(namespace.json("route", "show", "dev", "eth0"))
                    .contains("\"dst\":\"10.67.0.0/16\"", "\"dst\":\"default\",\"gateway\":\"10.66.0.1\"");
            assertThat(namespace.json("-6", "route", "show", "dev", "eth0"))
                    .contains("\"dst\":\"fd67::/32\",\"gateway\":\"fd66::1\"", "\"dst\":\"fd66::/64\"");
        }
        assertThat(namespace.json("link", "show")).doesNotContain("eth0");
    }

    @Test
    void kernelOfTheNamespaceAnswersEchoRequest() throws Exception {
        // a kernel has been seen that does not even answer its own loopback, on one processor or on all (docs/adr/0009)
        var ping = new ProcessBuilder(
                "bash",
                "-c",
                "for cpu in $(seq 0 $(($(nproc) - 1))); do"
                        + " taskset -c $cpu ping -q -c20 -i0.01 -w1 127.0.0.1 || exit; done");
        assumeTrue(
                ping.redirectOutput(Redirect.DISCARD).start().waitFor() == 0,
                "this machine's kernel answers no IPv4 echo request (ping 127.0.0.1)");
        try (var device = eth0().open()) {
            byte[] request = Echo.request(GATEWAY, ADDRESS, "0123456789");
            Packets.append(batch, ADDRESS, request);
            device.send(batch, 0, 1);
            assertThat(batch.isDropped(0)).isFalse();
            batch.clear();
            Packets.receive(device, device::receive, batch, 1);
            byte[] reply = Packets.bytes(batch, 0);
            assertThat(reply).hasSameSizeAs(request);
            assertThat(reply[20]).as("ICMP type: echo reply").isZero();
            assertThat(new String(reply, 28, 10, ISO_8859_1)).isEqualTo("0123456789");
            assertThat(device.receive(batch)).isZero();
        }
    }

    /** Left to itself the kernel would give it a link-local address and solicit routers within a second. */
    @Test
    void saysNothingByItself() throws IOException {
        try (var device = eth0().address(ADDRESS_6, 64).open();
                var poller = EpollPoller.open()) {
            poller.add(device, now -> 0);
            assertThat(poller.poll(TimeUnit.MILLISECONDS.toNanos(1500))).isZero();
        }
    }

    @Test
    void refusesNameThatIsInUse() throws Exception {
        try (var first = eth0().open()) {
            long before = Packets.openDescriptors();
            assertThatThrownBy(() -> eth0().open())
                    .isInstanceOf(LinuxException.class)
                    .hasMessageStartingWith("move interface eth0 to /run/netns/" + namespace.name() + ": EEXIST")
                    .hasMessageEndingWith("a device of that name is in use there; choose another, or 'ip link del' it");
            assertThat(Packets.openDescriptors()).isEqualTo(before);
            assertThat(namespace.json("link", "show", first.name())).contains("\"UP\"");
        }
        namespace.ip("tuntap", "add", "mode", "tun", "name", "eth0");
        assertThatThrownBy(() -> eth0().open()).hasMessageContaining("EEXIST");
        assertThatThrownBy(() ->
                        namespace.namespace().call(() -> TunDevice.named("eth0").open()))
                .hasMessageStartingWith("TUNSETIFF eth0: EBUSY (in use): a device of that name is in use");
    }

    @Test
    void sameNameLivesInTwoNamespaces() throws Exception {
        try (var other = TestNamespace.create();
                var first = eth0().open();
                var second =
                        TunDevice.named("eth0").namespace(other.namespace()).open()) {
            assertThat(first.descriptor()).isNotEqualTo(second.descriptor());
            assertThat(other.json("link", "show", "eth0")).contains("\"UP\"");
        }
    }

    @Test
    void leavesNothingBehindWhenStepFails() throws Exception {
        long before = Packets.openDescriptors();
        assertThatThrownBy(() -> eth0().route(IpAddress.parse("10.67.0.0"), 16, IpAddress.parse("10.99.0.1"))
                        .open())
                .isInstanceOf(LinuxException.class)
                .hasMessageStartingWith(
                        "add route 10.67.0.0/16 via 10.99.0.1 dev eth0: ENETUNREACH (network unreachable), the kernel says \"")
                .hasMessageEndingWith("\": the gateway is in no network of this device");
        assertThat(namespace.json("link", "show")).doesNotContain("eth0");
        assertThatThrownBy(() -> eth0().address(ADDRESS, 24).open())
                .hasMessageStartingWith("add address 10.66.0.2/24 to eth0: EEXIST (exists already)");
        assertThat(namespace.json("link", "show")).doesNotContain("eth0");
        assertThat(Packets.openDescriptors()).isEqualTo(before);
    }

    @Test
    void refusesIllegalSettings() {
        assertThatThrownBy(() -> TunDevice.named("sixteen-letters-"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "not a device's name: \"sixteen-letters-\" (1 to 15 printable ASCII characters, no space, '/', "
                                + "':' or '%')");
        for (var name : new String[] {"", ".", "..", "a/b", "a:b", "a b", "tun%d", "träger"}) {
            assertThatThrownBy(() -> TunDevice.named(name)).hasMessageStartingWith("not a device's name: ");
        }
        assertThatThrownBy(() -> eth0().mtu(67)).hasMessage("MTU 67 is not between 68 and 65535");
        assertThatThrownBy(() -> eth0().mtu(1279).address(ADDRESS_6, 64).open())
                .hasMessage("MTU 1279 is too small for fd66::2: IPv6 needs 1280");
        assertThatThrownBy(() -> eth0().address(ADDRESS, 33))
                .hasMessage("prefix length 33 of 10.66.0.2 is not between 0 and 32");
        assertThatThrownBy(() -> eth0().route(ADDRESS, 24))
                .hasMessage("route to 10.66.0.2/24: the address has bits beyond the prefix");
        assertThatThrownBy(() -> eth0().route(IpAddress.parse("fd66:0:0:1::"), 48))
                .hasMessage("route to fd66:0:0:1::/48: the address has bits beyond the prefix");
        assertThatThrownBy(() -> eth0().route(IpAddress.parse("::"), 0, GATEWAY))
                .hasMessage("route to ::/0 via 10.66.0.1: not of one family");
    }

    @Test
    void saysThatTheNamespaceIsMissing() {
        assertThatThrownBy(() ->
                        eth0().namespace(NetworkNamespace.named("no-such")).open())
                .hasMessageStartingWith("open /run/netns/no-such: ENOENT");
    }

    @Test
    void dropsForDeviceThatIsDownAndRefusesWhatIsNoPacket() throws Exception {
        try (var device = eth0().open()) {
            Packets.append(batch, ADDRESS, "X is neither IPv4 nor IPv6");
            device.send(batch, 0, 1);
            assertThat(batch.dropReason(0)).isEqualTo(DropReason.DEVICE_REFUSED);

            namespace.ip("link", "set", "eth0", "down");
            Packets.append(batch, ADDRESS, echo());
            device.send(batch, 1, 2);
            assertThat(batch.dropReason(1)).isEqualTo(DropReason.DEVICE_DOWN);
        }
    }

    @Test
    void failsWhenTheWorkloadDeletesTheDevice() throws Exception {
        try (var device = eth0().open();
                var poller = EpollPoller.open()) {
            poller.add(device, now -> 0);
            namespace.ip("link", "del", "eth0");
            assertThat(poller.poll(-1))
                    .as("the end of a device wakes its worker")
                    .isOne();
            assertThatThrownBy(() -> device.receive(batch))
                    .isInstanceOf(LinuxException.class)
                    .hasMessage("read TUN eth0 in /run/netns/" + namespace.name()
                            + ": EBADFD (descriptor in a bad state): the device is gone, deleted or closed");
            Packets.append(batch, ADDRESS, echo());
            device.send(batch, 0, 1);
            assertThat(batch.dropReason(0)).isEqualTo(DropReason.DEVICE_DOWN);
            poller.remove(device);
        }
    }

    /** Its namespace ends with the workload, whoever holds the device open: see {@link TunDevice}. */
    @Test
    void endsWithItsNamespace() throws Exception {
        try (var device = eth0().open();
                var poller = EpollPoller.open()) {
            poller.add(device, now -> 0);
            namespace.remove();
            assertThat(poller.poll(TimeUnit.SECONDS.toNanos(20)))
                    .as("the end of a namespace wakes the worker")
                    .isOne();
            assertThatThrownBy(() -> device.receive(batch)).hasMessageContaining("EBADFD");
            Packets.append(batch, ADDRESS, echo());
            device.send(batch, 0, 1);
            assertThat(batch.dropReason(0)).isEqualTo(DropReason.DEVICE_DOWN);
            poller.remove(device);
        }
    }

    @Test
    void closesItsDescriptorOnce() throws IOException {
        long before = Packets.openDescriptors();
        var device = eth0().open();
        assertThat(Packets.openDescriptors()).isEqualTo(before + 1);
        device.close();
        device.close();
        assertThat(Packets.openDescriptors()).isEqualTo(before);
        assertThatThrownBy(() -> device.receive(batch)).hasMessageContaining("EBADF");
    }

    private static byte[] echo() {
        return Echo.request(GATEWAY, ADDRESS, "x");
    }
}
