package io.dunlin.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.Spi;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A node, and Linux's own VXLAN with Linux's own ESP (xfrm) as its peer, keys by hand.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2, fd00::2]               virtual machine: vx0 [10.0.0.9, fd00::9], VXLAN device of the kernel
 *        |  TUN                                    |  ESP in UDP, port 4500
 *   h1 node, 192.168.39.1 ------- bridge ------- eth0 192.168.39.2
 * </pre>
 *
 * <p>Pings over IPv4 go to the virtual machine, whose kernel answers; this machine's need not (docs/adr/0009).
 */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // each test calls start() first
class LinuxXfrmLiveTest {
    private static final String NODE = "192.168.39.1";
    private static final String LINUX = "192.168.39.2";
    private static final int ESP_PORT = 4500;
    private static final long STEP = 1L << 32;
    private static final int WINDOW = 4032;
    private static final int PINGS = 300;
    private static final Pattern SEQUENCE = Pattern.compile(" bytes from .* icmp_seq=(\\d+) ");
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final SecureRandom RANDOM = new SecureRandom();

    private static Hosts hosts;
    private static NamespaceLab lab;
    private static LinuxMachine linux;

    private OverlayNode node;
    private int port;

    @BeforeAll
    static void boot() throws IOException {
        Hosts.assumePossible("qemu-system-x86_64", "socat", "ping", "tcpdump", "tshark");
        hosts = new Hosts(1500);
        lab = hosts.lab().host("h1", NODE + "/24");
        linux = LinuxMachine.boot(lab);
        linux.run("ip address add " + LINUX + "/24 dev eth0");
        // The holder of this socket takes ESP in UDP (UDP_ENCAP = UDP_ENCAP_ESPINUDP), as an IKE daemon would.
        linux.run("socat -u UDP4-RECV:4500,setsockopt-listen=17:100:x02000000 OPEN:/dev/null >/dev/null 2>&1 &");
    }

    @AfterAll
    static void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    /** Both sides with a network and no association. */
    private void start(int nodePort) throws IOException {
        port = nodePort;
        linux.run("ip link add vx0 address 02:42:0a:00:00:09 mtu 1408 type vxlan id 4096 local " + LINUX
                + " dstport 4789 dev eth0 && ip address add 10.0.0.9/24 dev vx0 && ip address add fd00::9/64 dev vx0 nodad"
                + " && ip link set vx0 up && bridge fdb append 00:00:00:00:00:00 dev vx0 dst " + NODE);
        linux.run(policy("out", LINUX, NODE) + " && " + policy("in", NODE, LINUX));
        node = hosts.start("h1", NodeConfig.named("a").dataPath(NODE).port(port));
        OverlayNetwork network = node.network(NetworkSpec.named("backend")
                .vni(4096)
                .subnet("10.0.0.0/24")
                .subnet("fd00::/64")
                .encrypted());
        assertThat(network.mtu()).isEqualTo(1408);
        network.remote(RemoteSpec.named("linux")
                .address("10.0.0.9")
                .address("fd00::9")
                .vtep(LINUX)
                .mac("02:42:0a:00:00:09"));
        hosts.attach(network, "w1", "10.0.0.2", "fd00::2");
    }

    private static String policy(String direction, String from, String to) {
        return "ip xfrm policy add dir " + direction + " src " + from + " dst " + to + " proto udp dport 4789 tmpl src "
                + from + " dst " + to + " proto esp reqid 1 mode transport";
    }

    @AfterEach
    void stop() throws IOException {
        if (node != null) {
            node.close();
            lab.delete("w1");
            linux.run("ip xfrm state flush && ip xfrm policy flush && ip link del vx0");
        }
    }

    /** An association by hand, in one direction, as either side is told of it. */
    private record ByHand(Spi spi, String key, boolean isExtended, long first) {
        static ByHand of(int spi, boolean isExtended, long first) {
            var key = new byte[20];
            RANDOM.nextBytes(key);
            return new ByHand(new Spi(spi), HexFormat.of().formatHex(key), isExtended, first);
        }

        private SaKey saKey() {
            return new SaKey(HexFormat.of().parseHex(key));
        }

        SecurityAssociations.Outbound outbound() {
            var sa = new OutboundSa(
                    spi, saKey(), isExtended, first, (isExtended ? 1L << 40 : STEP) - first, RANDOM.nextLong());
            return new SecurityAssociations.Outbound(IpAddress.parse(LINUX), ESP_PORT, sa);
        }

        SecurityAssociations.Inbound inbound() {
            var sa = new InboundSa(spi, saKey(), isExtended, false, first, WINDOW);
            return new SecurityAssociations.Inbound(IpAddress.parse(LINUX), sa);
        }

        /** Linux counts from the last number before the first. */
        String add(boolean isToLinux, int nodePort) {
            String number = isToLinux ? "replay-seq" : "replay-oseq";
            long last = first - 1;
            return "ip xfrm state add " + ends(isToLinux) + " proto esp spi " + spi + " reqid 1 mode transport "
                    + (isExtended
                            ? "flag esn replay-window 128 " + number + "-hi " + (last >>> 32)
                            : "replay-window 32")
                    + " " + number + " " + (last & 0xffff_ffffL) + " aead 'rfc4106(gcm(aes))' 0x" + key
                    + " 128 encap espinudp "
                    + (isToLinux ? nodePort + " " + ESP_PORT : ESP_PORT + " " + nodePort) + " 0.0.0.0";
        }

        String delete(boolean isToLinux) {
            return "ip xfrm state delete " + ends(isToLinux) + " proto esp spi " + spi;
        }

        private static String ends(boolean isToLinux) {
            return isToLinux ? "src " + NODE + " dst " + LINUX : "src " + LINUX + " dst " + NODE;
        }
    }

    /** What both sides send by from the start. The node first: Linux asks for neighbours by itself as soon as it can. */
    private void associate(ByHand toLinux, ByHand fromLinux) throws IOException {
        node.associate(new SecurityAssociations(List.of(toLinux.outbound()), List.of(fromLinux.inbound())));
        linux.run(toLinux.add(true, port) + " && " + fromLinux.add(false, port));
    }

    private long drops(DropReason reason) {
        return node.stats().drops().getOrDefault(reason, 0L);
    }

    private void assertNothingOfEspWasDropped() throws IOException {
        assertThat(node.stats().drops())
                .doesNotContainKeys(
                        DropReason.ESP_MALFORMED,
                        DropReason.ESP_NOT_AUTHENTIC,
                        DropReason.ESP_OTHER_PROTOCOL,
                        DropReason.ESP_REPLAYED,
                        DropReason.ESP_UNKNOWN_SPI,
                        DropReason.NOT_ENCRYPTED,
                        DropReason.SECURITY_ASSOCIATION_USED_UP);
        assertThat(linux.run("ip -s xfrm state | grep 'replay-window . replay' | sort -u")
                        .strip())
                .isEqualTo("replay-window 0 replay 0 failed 0");
    }

    private Program.Result ping(String... options) {
        var command = new String[options.length + 2];
        command[0] = "ping";
        System.arraycopy(options, 0, command, 1, options.length);
        command[command.length - 1] = "10.0.0.9";
        return lab.run("w1", LIMIT, command);
    }

    @ParameterizedTest
    @CsvSource({"false, 4500", "true, 4789"})
    void pingsOfAllSizesUpToTheMtuPassBothWays(boolean isExtended, int nodePort) throws IOException {
        start(nodePort);
        associate(ByHand.of(0x1001, isExtended, 1), ByHand.of(0x8000_0001, isExtended, 1));
        for (int size : new int[] {0, 1, 2, 3, 4, 56, 57, 58, 59, 1000, 1377, 1378, 1379, 1380}) {
            ping("-c3", "-i0.01", "-w5", "-Mdo", "-s" + size).orFail();
        }
        assertThat(ping("-c1", "-W1", "-Mdo", "-s1381").output()).contains("mtu");
        for (int size : new int[] {0, 1, 2, 3, 1357, 1358, 1359, 1360}) {
            linux.run("ping -6 -c 3 -W 5 -A -s " + size + " fd00::2");
        }
        assertNothingOfEspWasDropped();
        assertThat(node.stats().counters().get(Counter.ESP_OPENED)).isGreaterThan(3 * (14 + 8));
        assertThat(node.stats().counters().get(Counter.ESP_SEALED)).isGreaterThan(3 * (14 + 8));
    }

    /** With extended numbers the transfer begins just below the step of their upper half, in both directions. */
    @ParameterizedTest
    @CsvSource({"true, 50", "false, 10"})
    void megabytesArriveUnchangedEachWay(boolean isExtended, int megabytes) throws IOException {
        start(ESP_PORT);
        long first = isExtended ? STEP - 10_000 : 1;
        associate(ByHand.of(0x1001, isExtended, first), ByHand.of(0x8000_0001, isExtended, first));

        Process sending = lab.start(
                "w1",
                "bash",
                "-c",
                "set -e -o pipefail; file=$(mktemp); trap 'rm -f $file' EXIT; head -c " + megabytes
                        + "M /dev/urandom >$file; sha256sum <$file;"
                        + " socat -u FILE:$file TCP4:10.0.0.9:5001,retry=100,interval=0.1");
        String received = transfer("socat -u TCP4-LISTEN:5001 - | sha256sum");
        assertThat(received.strip()).isEqualTo(firstLine(sending)).hasSizeGreaterThan(64);

        Process receiving = lab.start("w1", "bash", "-c", "socat -u TCP4-LISTEN:5001,reuseaddr - | sha256sum");
        String sent = transfer(
                "dd if=/dev/urandom of=/tmp/random bs=1M count=" + megabytes + " 2>/dev/null; sha256sum </tmp/random;"
                        + " socat -u FILE:/tmp/random TCP4:10.0.0.2:5001,retry=100,interval=0.1; rm /tmp/random");
        assertThat(firstLine(receiving)).isEqualTo(sent.strip()).hasSizeGreaterThan(64);

        assertNothingOfEspWasDropped();
        assertThat(node.stats().counters().get(Counter.ESP_SEALED)).isGreaterThan(megabytes * 700L);
        assertThat(node.stats().counters().get(Counter.ESP_OPENED)).isGreaterThan(megabytes * 700L);
        if (isExtended) {
            String counts = linux.run("ip xfrm state");
            assertThat(counts).contains(" seq-hi 0x1,", " oseq-hi 0x1,");
        }
    }

    /** As {@link LinuxMachine#run}; a transfer that stands still says how far it came and what the node has to say of it. */
    private String transfer(String command) throws IOException {
        try {
            return linux.run(command);
        } catch (AssertionError e) {
            String sockets = lab.run("w1", LIMIT, "ss", "-tnmio").output();
            throw new AssertionError(e.getMessage() + "\n" + node.stats() + "\n" + sockets, e);
        }
    }

    private static String firstLine(Process process) {
        return process.inputReader().lines().findFirst().orElse("nothing");
    }

    @Test
    void withoutExtendedNumbersBothStopAtTheLastAndGoOnByNewKeys() throws IOException {
        start(ESP_PORT);
        ByHand toLinux = ByHand.of(0x1001, false, STEP - 50);
        ByHand fromLinux = ByHand.of(0x8000_0001, false, STEP - 20);
        associate(toLinux, fromLinux);
        ping("-c5", "-i0.01", "-w5").orFail();
        assertThat(ping("-c100", "-i0.01", "-W1").output())
                .contains("100 packets transmitted")
                .doesNotContain(" 0% packet loss");
        assertThat(drops(DropReason.SECURITY_ASSOCIATION_USED_UP)).isPositive();
        String refused = linux.run("awk '$1 == \"XfrmOutStateSeqError\" { print $2 }' /proc/net/xfrm_stat");
        assertThat(Long.parseLong(refused.strip()))
                .as("packets that Linux had no number for")
                .isPositive();

        ByHand newToLinux = ByHand.of(0x1002, false, 1);
        ByHand newFromLinux = ByHand.of(0x8000_0002, false, 1);
        linux.run(toLinux.delete(true) + " && " + fromLinux.delete(false));
        associate(newToLinux, newFromLinux);
        ping("-c5", "-i0.01", "-w5").orFail();
    }

    /** Each turn: both can receive by the new key, then both send by it, and when all on the way has arrived, the old one goes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keysTurnedByHandOnBothSidesLoseNoPing(boolean isExtended) throws IOException {
        start(4789);
        ByHand toLinux = ByHand.of(0x1001, isExtended, 1);
        ByHand fromLinux = ByHand.of(0x8000_0001, isExtended, 1);
        SecurityAssociations.Outbound out = toLinux.outbound();
        SecurityAssociations.Inbound in = fromLinux.inbound();
        // the node first, as Linux asks for neighbours by itself as soon as it can
        node.associate(new SecurityAssociations(List.of(out), List.of(in)));
        linux.run(toLinux.add(true, port) + " && " + fromLinux.add(false, port));
        ping("-c1", "-W5").orFail();

        Process pinging = lab.start("w1", "ping", "-c" + PINGS, "-i0.02", "-w60", "10.0.0.9");
        int turns = 0;
        while (pinging.isAlive()) {
            turns++;
            ByHand newToLinux = ByHand.of(0x1001 + turns, isExtended, 1);
            ByHand newFromLinux = ByHand.of(0x8000_0001 + turns, isExtended, 1);
            SecurityAssociations.Outbound newOut = newToLinux.outbound();
            SecurityAssociations.Inbound newIn = newFromLinux.inbound();
            linux.run(newToLinux.add(true, port));
            node.associate(new SecurityAssociations(List.of(out), List.of(in, newIn)));
            linux.run(newFromLinux.add(false, port)); // the newest is the one it sends by
            node.associate(new SecurityAssociations(List.of(newOut), List.of(in, newIn)));
            ping("-c1", "-W5").orFail(); // what was sent before it has arrived, both ways
            linux.run(toLinux.delete(true) + " && " + fromLinux.delete(false));
            node.associate(new SecurityAssociations(List.of(newOut), List.of(newIn)));
            toLinux = newToLinux;
            fromLinux = newFromLinux;
            out = newOut;
            in = newIn;
        }
        String lostByLinux = linux.run("awk '$2 > 0' /proc/net/xfrm_stat");
        assertThat(answered(pinging))
                .as("dropped here: %s; by Linux: %s", node.stats().drops(), lostByLinux.strip())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, PINGS).boxed().toList());
        assertThat(turns).isGreaterThanOrEqualTo(3);
        assertNothingOfEspWasDropped();
    }

    /**
     * The numbers of the pings that were answered, as they came. ping's own count of the lost is no proof: after the last it waits twice as long as the
     * longest answer took (whatever -W says), or with -w sends on while answers are on their way.
     */
    private static List<Integer> answered(Process pinging) {
        return pinging.inputReader()
                .lines()
                .map(SEQUENCE::matcher)
                .filter(Matcher::find)
                .map(number -> Integer.valueOf(number.group(1)))
                .toList();
    }

    /** tshark, which shares no code with us, says what lies on the underlay; nothing of what was sent does. */
    @Test
    void aCaptureHoldsEspInUdpBothWaysAndNothingInTheClear(@TempDir Path directory) throws IOException {
        start(ESP_PORT);
        associate(ByHand.of(0x1001, true, 1), ByHand.of(0x8000_0001, true, 1));
        Path capture = directory.resolve("underlay.pcap");
        Process tcpdump = lab.start(
                "h1",
                "tcpdump",
                "-Z",
                "root",
                "-U",
                "-B",
                "65536",
                "-i",
                NamespaceLab.UNDERLAY,
                "-w",
                capture.toString());
        assertThat(tcpdump.inputReader().lines().anyMatch(line -> line.contains("listening on")))
                .isTrue();
        String secret = "SECRETSECRET";
        Process sending = lab.start(
                "w1",
                "bash",
                "-c",
                "yes " + secret + " | head -c 2M | socat -u - TCP4:10.0.0.9:5001,retry=100,interval=0.1");
        assertThat(linux.run("socat -u TCP4-LISTEN:5001 - | wc -c").strip()).isEqualTo("2097152");
        sending.onExit().join();
        Process receiving = lab.start("w1", "bash", "-c", "socat -u TCP4-LISTEN:5001,reuseaddr - | wc -c");
        linux.run(
                "yes " + secret
                        + " | dd bs=1K count=2048 iflag=fullblock 2>/dev/null | socat -u - TCP4:10.0.0.2:5001,retry=100,interval=0.1");
        assertThat(firstLine(receiving)).isEqualTo("2097152");
        tcpdump.destroy();
        tcpdump.onExit().join();

        byte[] captured = Files.readAllBytes(capture);
        String hex = HexFormat.of().formatHex(captured);
        assertThat(captured.length).isGreaterThan(4 << 20);
        assertThat(hex.contains("0800000000100000")).as("a VXLAN header").isFalse();
        assertThat(hex.contains(HexFormat.of().formatHex(secret.getBytes(US_ASCII))))
                .as("the payload")
                .isFalse();

        List<String> kinds = Arrays.asList(Program.run(
                        LIMIT,
                        List.of(
                                "bash",
                                "-c",
                                "tshark -r " + capture
                                        + " -Y ip -T fields -e ip.src -e ip.dst -e udp.dstport -e esp.spi 2>/dev/null"
                                        + " | sort -u"))
                .orFail()
                .output()
                .split("\n"));
        assertThat(kinds)
                .containsExactly(
                        NODE + "\t" + LINUX + "\t4500\t0x00001001", LINUX + "\t" + NODE + "\t4500\t0x80000001");
    }
}
