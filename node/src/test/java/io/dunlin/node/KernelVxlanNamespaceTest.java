package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node and Linux's own VXLAN device, which knows nothing of Dunlin: it asks for neighbours, the node answers.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2, fd00::2]
 *        |  TUN                          vx0 [10.0.0.9, fd00::9], VXLAN device of the kernel
 *   h1 node, 192.168.39.1 ---- bridge ---- h2, 192.168.39.2
 * </pre>
 */
@SuppressWarnings("NullAway.Init") // each test calls start() first
class KernelVxlanNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode node;
    private OverlayNetwork network;

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    /** Both hosts up, the kernel's device configured as its manual says, its true MAC known to the node. */
    private void start(String nodeAddress, String kernelAddress, int prefix, NetworkSpec spec) throws IOException {
        Hosts.assumePossible("ping", "socat", "ethtool", "bridge", "tcpdump", "tshark");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", nodeAddress + "/" + prefix).host("h2", kernelAddress + "/" + prefix);
        // A veth promises to complete inner checksums "in hardware" and never does; a real interface would
        // (docs/adr/0007).
        // On the node's side it only concerns the outer checksum, for the reader of captures below.
        lab.run("h2", "ethtool", "-K", NamespaceLab.UNDERLAY, "tx", "off").orFail();
        lab.run("h1", "ethtool", "-K", NamespaceLab.UNDERLAY, "tx", "off").orFail();
        lab.ip(
                "h2",
                "link",
                "add",
                "vx0",
                "type",
                "vxlan",
                "id",
                "4096",
                "local",
                kernelAddress,
                "dstport",
                "4789",
                "dev",
                NamespaceLab.UNDERLAY);
        lab.ip("h2", "address", "add", "10.0.0.9/24", "dev", "vx0");
        lab.ip("h2", "address", "add", "fd00::9/64", "dev", "vx0", "nodad");
        lab.ip("h2", "link", "set", "vx0", "up");
        // questions for everyone go to the node
        lab.run("h2", "bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", nodeAddress)
                .orFail();
        // The JDK finds an IPv6 address's interface in the process's own namespace only, and this is another.
        node = hosts.start("h1", NodeConfig.named("a").dataPath(nodeAddress).underlayMtu(1500));
        network = node.network(spec);
        network.remote(RemoteSpec.named("kernel")
                .address("10.0.0.9")
                .address("fd00::9")
                .vtep(kernelAddress)
                .mac(macOf("h2", "vx0")));
        hosts.attach(network, "w1", "10.0.0.2", "fd00::2");
    }

    private String macOf(String namespace, String device) {
        var matcher = Pattern.compile("link/ether (\\S+)").matcher(lab.ip(namespace, "link", "show", device));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    @Test
    void bothSidesPingEachOtherByIpv4AndIpv6() throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND);

        assertThat(hosts.reaches("h2", "10.0.0.2")).isTrue();
        lab.run("h2", "ping", "-c3", "-i0.1", "-w5", "fd00::2").orFail();
        assertThat(hosts.reaches("w1", "10.0.0.9")).isTrue();
        lab.run("w1", "ping", "-c3", "-i0.1", "-w5", "fd00::9").orFail();

        assertThat(lab.ip("h2", "neighbour"))
                .contains("10.0.0.2 dev vx0 lladdr 02:42:0a:00:00:02")
                .contains("fd00::2 dev vx0 lladdr 02:42:00:00:00:02");
        assertThat(node.stats().counters().get(Counter.NEIGHBOUR_ANSWERED)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void tcpPassesUnchangedInBothDirections() throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND);
        Transfer.of(200).from(lab, "h2").to("w1", "10.0.0.2").check();
        Transfer.of(50).from(lab, "w1").to("h2", "10.0.0.9").check();
        Transfer.of(20).from(lab, "h2").to("w1", "[fd00::2]").check();
    }

    @Test
    void aQuestionForAnAddressThatIsNotHereIsNotAnswered() throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND);
        assertThat(lab.run("h2", "ping", "-c1", "-W1", "10.0.0.77").status()).isNotZero();
        assertThat(lab.run("h2", "ping", "-c1", "-W1", "fd00::77").status()).isNotZero();
        assertThat(node.stats().drops()).containsKey(DropReason.ARP_UNANSWERED).containsKey(DropReason.ND_UNANSWERED);
    }

    @Test
    void aPacketTooBigForTheNetworkIsAnsweredAcrossTheUnderlay() throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND.mtu(1400)); // the kernel's device believes in 1450
        lab.run("h2", "ping", "-c1", "-W5", "-Mdo", "-s1352", "fd00::2").orFail();
        assertThat(lab.run("h2", "ping", "-c1", "-W5", "-Mdo", "-s1373", "10.0.0.2")
                        .output())
                .contains("From 10.0.0.2")
                .contains("mtu = 1400");
        assertThat(lab.run("h2", "ping", "-c1", "-W5", "-Mdo", "-s1353", "fd00::2")
                        .output())
                .contains("From fd00::2")
                .contains("mtu=1400");
        Transfer.of(1).from(lab, "h2").to("w1", "10.0.0.2").check();
        assertThat(node.stats().drops()).containsEntry(DropReason.TOO_BIG, 2L);
    }

    @Test
    void aSenderThatTakesNoPartInTheNetworkIsNotHeard() throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND);
        network.remotes().getFirst().close();
        assertThat(lab.run("h2", "ping", "-c1", "-W1", "10.0.0.2").status()).isNotZero();
        assertThat(node.stats().drops()).containsKey(DropReason.UNKNOWN_VTEP);
        assertThat(node.stats().counters()).containsEntry(Counter.DEVICE_SENT_PACKETS, 0L);
    }

    @Test
    void anIpv6UnderlayLeavesSeventyBytesLess() throws IOException {
        start("fd39::1", "fd39::2", 64, BACKEND);
        assertThat(network.mtu()).isEqualTo(1430);
        assertThat(hosts.reaches("h2", "10.0.0.2")).isTrue();
        lab.run("w1", "ping", "-c1", "-W5", "-Mdo", "-s1382", "fd00::9").orFail();
        lab.run("w1", "ping", "-c3", "-i0.1", "-w5", "fd00::9").orFail();
        Transfer.of(20).from(lab, "h2").to("w1", "10.0.0.2").check();
        Transfer.of(20).from(lab, "w1").to("h2", "[fd00::9]").check();
    }

    /** tshark, which shares no code with us, reads what both sides put on the underlay. */
    @Test
    void anIndependentReaderFindsNothingWrongOnTheWire(@TempDir Path directory) throws IOException {
        start("192.168.39.1", "192.168.39.2", 24, BACKEND);
        Path capture = directory.resolve("underlay.pcap");
        Process tcpdump = lab.start(
                "h1",
                "tcpdump",
                "-Z",
                "root",
                "-U",
                "-i",
                NamespaceLab.UNDERLAY,
                "-w",
                capture.toString(),
                "udp port 4789");
        assertThat(tcpdump.inputReader().lines().anyMatch(line -> line.contains("listening on")))
                .isTrue();
        assertThat(hosts.reaches("w1", "10.0.0.9")).isTrue();
        lab.run("h2", "ping", "-c2", "-i0.1", "-w5", "fd00::2").orFail();
        Transfer.of(1).from(lab, "w1").to("h2", "10.0.0.9").check();
        tcpdump.destroy();
        tcpdump.onExit().join();
        assertThat(Files.size(capture)).isGreaterThan(500_000);

        String fromNode = tshark(capture, "ip.src == 192.168.39.1 && vxlan");
        assertThat(fromNode.lines().count()).isGreaterThan(100);
        assertThat(fromNode.lines())
                .allSatisfy(line -> assertThat(List.of(line.split("\t", -1)))
                        .startsWith("0x0800", "4096", "4789")); // flags, VNI, destination port
        assertThat(fromNode.lines().map(line -> line.split("\t", -1)[3]).distinct())
                .as("don't fragment, outer and inner")
                .allSatisfy(flags -> assertThat(flags).startsWith("1"));
        String wrong = "ip.src == 192.168.39.1 && (_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0"
                + " || udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0)";
        assertThat(tshark(capture, wrong)).isEmpty();
        assertThat(tshark(capture, "arp.opcode == 2 || icmpv6.type == 136")).isNotEmpty();
    }

    private String tshark(Path capture, String filter) {
        return Program.run(
                        Duration.ofMinutes(1),
                        List.of(
                                "bash",
                                "-c",
                                "tshark -r " + capture + " -Y '" + filter
                                        + "' -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
                                        + " -T fields -e vxlan.flags -e vxlan.vni -e udp.dstport -e ip.flags.df 2>/dev/null"))
                .orFail()
                .output();
    }
}
