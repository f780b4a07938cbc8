package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two nodes with an encrypted network, the kernel's own TCP on top, and a capture between them; over an IPv4 underlay, and over IPv6.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2, fd00::2]          w2 [eth0 10.0.0.3, fd00::3]
 *        |  TUN                               |  TUN
 *   h1 node A, 192.168.39.1 ---- bridge ---- h2 node B, 192.168.39.2
 *              or fd39::1                               or fd39::2
 * </pre>
 */
@ParameterizedClass
@EnumSource
class EncryptedNodesNamespaceTest {
    private static final NetworkSpec BACKEND = NetworkSpec.named("backend")
            .vni(0x123456)
            .subnet("10.0.0.0/24")
            .subnet("fd00::/64")
            .encrypted();

    private static final int A_TO_B = 0x8000_0011;
    private static final int B_TO_A = 0x8000_0022;
    private static final String VXLAN = "0800000012345600";
    private static final String PATTERN = "SECRETSECRET";

    enum Underlay {
        IPV4("192.168.39.1", "192.168.39.2", 24, 1408),
        IPV6("fd39::1", "fd39::2", 64, 1388);

        private final String a;
        private final String b;
        private final int prefix;
        private final int mtu; // that it leaves

        Underlay(String a, String b, int prefix, int mtu) {
            this.a = a;
            this.b = b;
            this.prefix = prefix;
            this.mtu = mtu;
        }
    }

    private final Underlay underlay;
    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;
    private OverlayNetwork onA;

    EncryptedNodesNamespaceTest(Underlay underlay) {
        this.underlay = underlay;
    }

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("socat", "tcpdump");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", underlay.a + "/" + underlay.prefix).host("h2", underlay.b + "/" + underlay.prefix);
        a = hosts.start("h1", NodeConfig.named("a").dataPath(underlay.a).underlayMtu(1500));
        b = hosts.start("h2", NodeConfig.named("b").dataPath(underlay.b).underlayMtu(1500));
        onA = a.network(BACKEND);
        OverlayNetwork onB = b.network(BACKEND);
        onA.remote(RemoteSpec.named("w2").address("10.0.0.3").address("fd00::3").vtep(underlay.b));
        onB.remote(RemoteSpec.named("w1").address("10.0.0.2").address("fd00::2").vtep(underlay.a));
        hosts.attach(onA, "w1", "10.0.0.2", "fd00::2");
        hosts.attach(onB, "w2", "10.0.0.3", "fd00::3");
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private void associate() throws IOException {
        a.associate(Associations.with(underlay.b, A_TO_B, B_TO_A));
        b.associate(Associations.with(underlay.a, B_TO_A, A_TO_B));
    }

    private static long count(OverlayNode node, Counter counter) {
        return node.stats().counters().getOrDefault(counter, 0L);
    }

    @Test
    void carriesAHundredMegabytesUnchangedEachWay() throws IOException {
        associate();
        assertThat(onA.mtu()).isEqualTo(underlay.mtu);
        Transfer.of(100).from(lab, "w1").to("w2", "10.0.0.3").check();
        Transfer.of(20).from(lab, "w2").to("w1", "[fd00::2]").check();
        long sealed = count(a, Counter.ESP_SEALED);
        assertThat(sealed).isEqualTo(count(a, Counter.UNDERLAY_SENT_PACKETS));
        assertThat(count(a, Counter.SEGMENTS_CUT)).isGreaterThan(sealed / 2);
        assertThat(count(b, Counter.SEGMENTS_JOINED)).isGreaterThan(sealed / 2);
        assertThat(b.stats().drops())
                .doesNotContainKeys(DropReason.ESP_NOT_AUTHENTIC, DropReason.ESP_REPLAYED, DropReason.ESP_MALFORMED);
        assertThat(a.stats().drops()).doesNotContainKeys(DropReason.UNDERLAY_TOO_BIG, DropReason.UNDERLAY_REFUSED);
    }

    /** Before there are keys, with keys, and after: everything the hosts send to each other by UDP. */
    @Test
    void aCaptureHoldsNeitherAPayloadNorAVxlanHeader(@TempDir Path directory) throws IOException {
        Path capture = directory.resolve("underlay.pcap");
        Process tcpdump = lab.start(
                "h1", "tcpdump", "-Z", "root", "-U", "-B", "65536", "-i", "any", "-w", capture.toString(), "udp");
        var messages = tcpdump.inputReader();
        assertThat(messages.lines().anyMatch(line -> line.contains("listening on")))
                .isTrue();
        assertThat(hosts.reaches("w1", "10.0.0.3")).as("without keys").isFalse();
        assertThat(a.stats().drops().get(DropReason.NO_SECURITY_ASSOCIATION)).isPositive();
        associate();
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue();
        assertThat(hosts.reaches("w2", "fd00::2")).isTrue();
        Process sink = lab.start("w2", "socat", "-u", "TCP-LISTEN:5001,reuseaddr", "OPEN:/dev/null");
        lab.run(
                        "w1",
                        "bash",
                        "-c",
                        "yes " + PATTERN + " | head -c 5M | socat -u - TCP:10.0.0.3:5001,retry=100,interval=0.1")
                .orFail();
        sink.onExit().join();
        a.associate(SecurityAssociations.NONE);
        assertThat(hosts.reaches("w1", "10.0.0.3")).as("without keys again").isFalse();

        // ESP to the port that no node has is the capture's last word
        lab.run("h1", "bash", "-c", "echo -n the-end > /dev/udp/" + underlay.b + "/9")
                .orFail();
        String hex = hex(capture);
        for (int looks = 0; looks < 1000 && !hex.contains(hexOf("the-end")); looks++) {
            hex = hex(capture);
        }
        assertThat(hex.contains(hexOf("the-end"))).isTrue();
        assertThat(hex.length()).as("all of it was captured").isGreaterThan(2 * 5_000_000);
        assertThat(hex.contains("80000011")).as("ESP of A").isTrue();
        assertThat(hex.contains(VXLAN)).as("a VXLAN header").isFalse();
        assertThat(hex.contains(hexOf(PATTERN))).as("the payload").isFalse();
    }

    private static String hex(Path file) throws IOException {
        return HexFormat.of().formatHex(Files.readAllBytes(file));
    }

    private static String hexOf(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** A packet that a program on node B's host makes itself. */
    @Test
    void aPlainPacketOfItsVniIsDroppedWhoeverSendsIt() throws IOException {
        associate();
        String send = "printf '\\x08\\x00\\x00\\x00\\x12\\x34\\x56\\x00' > /dev/udp/" + underlay.b + "/4789";
        lab.run("h1", "bash", "-c", send).orFail();
        lab.run("h2", "bash", "-c", send).orFail();
        long dropped = 0;
        for (int looks = 0; looks < 1_000_000 && dropped < 2; looks++) {
            dropped = b.stats().drops().getOrDefault(DropReason.NOT_ENCRYPTED, 0L);
        }
        assertThat(dropped).isEqualTo(2);
    }
}
