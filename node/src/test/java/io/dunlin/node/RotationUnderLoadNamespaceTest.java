package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Keys that turn every other second under packets that are numbered, while a third node is killed, restarted and paused. Nodes a and b live in
 * this JVM, c in a process of its own.
 *
 * <pre>
 *   w1 [10.0.0.2]         w2 [10.0.0.3]         w3 [10.0.0.4]
 *      |  TUN                |  TUN                |  TUN
 *   h1 a, 192.168.39.1 --- h2 b, 192.168.39.2 --- h3 c, 192.168.39.3      one bridge, all of which is captured
 * </pre>
 *
 * <p>A packet may be lost for two reasons, neither of which is a rotation: c was not there, or a socket or a device was full and its kernel counted
 * it.
 */
class RotationUnderLoadNamespaceTest {
    private static final int ROTATIONS = LongProofs.either(8, 200);
    private static final int RESTARTS = LongProofs.either(2, 20);
    private static final int PACKETS_PER_SECOND = 250;

    /** For anything that should happen within some seconds. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** What c's sockets and devices held when it was killed is lost with it. */
    private static final long IN_FLIGHT_NANOS = 250_000_000;

    private static final int VNI = 0x123456;
    private static final NetworkSpec SECRET =
            NetworkSpec.named("secret").vni(VNI).subnet("10.0.0.0/24").encrypted();

    /** Whatever is not to happen between nodes that live. */
    private static final List<DropReason> NEVER = EncryptedPathsTest.DROPS;

    private static final Pattern RCVBUF_ERRORS = Pattern.compile("Udp: (?:\\d+ ){4}(\\d+) (\\d+) ");

    /** A whole second of nothing; the last line stands for what was left of one when iperf3 was stopped. */
    private static final Pattern IPERF_STALL =
            Pattern.compile("\\b(\\d+)\\.00-(?!\\1\\.)\\d+\\.00 +sec +0\\.00 Bytes .*[KM]Bytes");

    @TempDir
    private Path directory;

    private Hosts hosts;
    private NamespaceLab lab;
    private UnderlayCapture capture;
    private OverlayNode a;
    private OverlayNode b;
    private KeyedNodeProcess c;
    private final List<NumberedStream> streams = new ArrayList<>();
    private final List<Outage> outages = new ArrayList<>();

    /** When c was not to be reached. */
    private record Outage(long from, long to) {}

    @BeforeEach
    void start() throws Exception {
        Hosts.assumePossible("tcpdump", "iperf3");
        hosts = new Hosts(1500);
        lab = hosts.lab()
                .host("h1", "192.168.39.1/24")
                .host("h2", "192.168.39.2/24")
                .host("h3", "192.168.39.3/24")
                .namespace("w3");
        capture = new UnderlayCapture(
                lab,
                directory.resolve("tcpdump"),
                Map.of(
                        "a VXLAN header", HexFormat.of().parseHex("0800000012345600"),
                        "a numbered payload", UnderlayCapture.ascii(NumberedStream.PATTERN),
                        "iperf3's payload", UnderlayCapture.ascii("01234567890123456789")));
        a = hosts.start("h1", FastKeys.node("a", "192.168.39.1", "", null));
        b = hosts.start("h2", FastKeys.node("b", "192.168.39.2", "192.168.39.1", null));
        hosts.attach(a.network(SECRET), "w1", "10.0.0.2");
        hosts.attach(b.network(SECRET), "w2", "10.0.0.3");
        c = startC();
        streams.add(stream("w1", "w2", "10.0.0.3"));
        streams.add(stream("w2", "w1", "10.0.0.2"));
        streams.add(stream("w1", "w3", "10.0.0.4"));
        streams.add(stream("w3", "w1", "10.0.0.2"));
        awaitAllTalking();
        outages.add(new Outage(0, System.nanoTime())); // before there were keys
    }

    @AfterEach
    void end() throws IOException {
        streams.forEach(NumberedStream::close);
        if (hosts != null) {
            hosts.close();
        }
    }

    private KeyedNodeProcess startC() {
        Path ring = directory.resolve("ring-of-c");
        return KeyedNodeProcess.start(lab, "h3", "c", "192.168.39.3", "192.168.39.1", ring, "w3", "10.0.0.4", VNI);
    }

    private NumberedStream stream(String from, String to, String address) throws IOException {
        return NumberedStream.start(lab, from, to, address, 5100 + streams.size(), PACKETS_PER_SECOND);
    }

    private static KeysStatus keys(OverlayNode node) {
        return node.keys().orElseThrow();
    }

    private void awaitAllTalking() throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        do {
            for (NumberedStream stream : streams) {
                stream.awaitNext();
            }
            assertThat(System.nanoTime())
                    .as("%s, %s, c: %s", keys(a), keys(b), c.keys())
                    .isLessThan(end);
        } while (keys(a).peers() < 2 || keys(b).peers() < 2 || c.peers() < 2);
    }

    /** Packets that pass are the clock: two of a and b by each look. */
    private void awaitEpoch(long epoch) throws InterruptedException {
        for (long next = keys(a).epoch() + 1; next <= epoch; next++) {
            long end = System.nanoTime() + LIMIT.toNanos();
            while (keys(a).epoch() < next) {
                streams.get(0).awaitNext();
                streams.get(1).awaitNext();
                assertThat(System.nanoTime()).as("%s, %s", keys(a), keys(b)).isLessThan(end);
            }
        }
    }

    private Map<String, Long> neverDrops() {
        var counts = new LinkedHashMap<String, Long>();
        Map<String, Map<DropReason, Long>> byNode =
                Map.of("a", a.stats().drops(), "b", b.stats().drops(), "c", c.drops());
        byNode.forEach((node, drops) ->
                NEVER.forEach(reason -> counts.put(node + " " + reason, drops.getOrDefault(reason, 0L))));
        return counts;
    }

    /** Packets that the kernels of hosts and workloads counted as lost to full buffers. */
    private long fullBuffers() {
        long lost = 0;
        for (String host : new String[] {"h1", "h2", "h3", "w1", "w2", "w3"}) {
            var snmp = RCVBUF_ERRORS.matcher(
                    lab.run(host, "cat", "/proc/net/snmp").orFail().output());
            assertThat(snmp.find()).isTrue();
            lost += Long.parseLong(snmp.group(1)) + Long.parseLong(snmp.group(2));
        }
        for (OverlayNode node : new OverlayNode[] {a, b}) {
            lost += node.stats().drops().getOrDefault(DropReason.DEVICE_FULL, 0L);
            lost += node.stats().drops().getOrDefault(DropReason.UNDERLAY_FULL, 0L);
        }
        for (String workload : new String[] {"w1", "w2"}) {
            String dropped = lab.run(workload, "cat", "/sys/class/net/eth0/statistics/tx_dropped")
                    .orFail()
                    .output();
            lost += Long.parseLong(dropped.strip());
        }
        return lost;
    }

    /** Sends again what was captured on its way from host to host, from the same address; how much that was. */
    private int replay(int from, int to) throws IOException {
        List<byte[]> packets = capture.last(from, to);
        try (var socket = NetworkNamespace.of(lab.path("h" + from)).call(() -> new DatagramSocket())) {
            for (byte[] each : packets) {
                socket.send(new DatagramPacket(each, each.length, new InetSocketAddress("192.168.39." + to, 4789)));
            }
        }
        return packets.size();
    }

    private long lostApartFromOutages(NumberedStream stream) {
        return Arrays.stream(stream.lostNanos())
                .filter(sent -> outages.stream().noneMatch(each -> each.from <= sent && sent <= each.to))
                .count();
    }

    /** Returns how many packets kernels counted as lost to full buffers, which ought to be none. */
    private long assertNothingLostOrDoubled(long fullBuffersBefore) throws Exception {
        for (NumberedStream stream : streams) {
            stream.end();
        }
        long full = fullBuffers() - fullBuffersBefore;
        for (NumberedStream stream : streams) {
            assertThat(stream.arrived()).as(stream.name()).isPositive();
            assertThat(stream.doubled()).as("%s, taken twice", stream.name()).isEmpty();
            assertThat(lostApartFromOutages(stream))
                    .as("%s, lost of %d, with %d counted as lost to full buffers", stream.name(), stream.sent(), full)
                    .isLessThanOrEqualTo(full);
        }
        assertThat(capture.end()).contains("\n0 packets dropped by kernel");
        assertThat(capture.found()).isEmpty();
        return full;
    }

    @Test
    void rotationsLoseNothingAndNothingComesTwiceNorInTheClear() throws Exception {
        Process server = lab.start("w2", "iperf3", "-s", "-1", "--forceflush");
        assertThat(server.inputReader().lines().anyMatch(line -> line.contains("listening")))
                .isTrue();
        Path iperf = directory.resolve("iperf3");
        Process client = lab.start(
                "w1",
                "bash",
                "-c",
                "exec iperf3 -c 10.0.0.3 -t 0 -b 4M --repeating-payload --forceflush >" + iperf + " 2>&1");
        long fullBefore = fullBuffers();
        Map<String, Long> before = neverDrops();
        long first = keys(a).epoch();
        for (int restart = 1; restart <= RESTARTS; restart++) {
            awaitEpoch(first + (long) ROTATIONS * restart / (RESTARTS + 1));
            assertThat(neverDrops()).as("before restart %d", restart).isEqualTo(before);
            restart(restart % 2 == 1);
            before = neverDrops();
        }
        awaitEpoch(first + ROTATIONS);
        assertThat(neverDrops()).as("after the last restart").isEqualTo(before);

        client.destroy();
        client.onExit().join();
        String report = Files.readString(iperf);
        assertThat(report).contains("Mbits/sec");
        assertThat(IPERF_STALL.matcher(report).results()).as(report).isEmpty();
        replayAll();
        long full = assertNothingLostOrDoubled(fullBefore);
        assertThat(capture.spis()).as("SPIs on the wire").isGreaterThan(4 * ROTATIONS);
        System.out.printf(
                "rotations %d, restarts %d, packets sent %s, lost in restarts %s, lost to full buffers %d, "
                        + "frames captured %d (%d MB), SPIs %d%n",
                keys(a).epoch() - first,
                RESTARTS,
                streams.stream().map(NumberedStream::sent).toList(),
                streams.stream().map(each -> each.lostNanos().length).toList(),
                full,
                capture.frames(),
                capture.bytes() >> 20,
                capture.spis());
    }

    /** Kills c or lets it go, and waits until it is back. What its peers and it said to each other before is then sent once more. */
    private void restart(boolean kill) throws Exception {
        long from = System.nanoTime() - IN_FLIGHT_NANOS;
        if (kill) {
            c.kill();
        } else {
            c.end();
        }
        c = startC();
        awaitAllTalking();
        replay(1, 3);
        replay(3, 1);
        awaitAllTalking();
        outages.add(new Outage(from, System.nanoTime()));
    }

    /** All that is sent again is refused, and counted. */
    private void replayAll() throws Exception {
        long before = refused(b);
        int sent = replay(1, 2);
        assertThat(sent).isPositive();
        while (refused(b) < before + sent) {
            streams.get(0).awaitNext();
        }
        assertThat(refused(b)).isEqualTo(before + sent);
    }

    private static long refused(OverlayNode node) {
        Map<DropReason, Long> drops = node.stats().drops();
        return drops.getOrDefault(DropReason.ESP_REPLAYED, 0L) + drops.getOrDefault(DropReason.ESP_UNKNOWN_SPI, 0L);
    }

    @Test
    void aNodeThatStoodStillCatchesUpAndTheOthersLoseNothing() throws Exception {
        long fullBefore = fullBuffers();
        long from = System.nanoTime() - IN_FLIGHT_NANOS;
        c.pause();
        awaitEpoch(keys(a).epoch() + 3); // goes on without it when it is held for failed
        c.resume();
        awaitAllTalking();
        outages.add(new Outage(from, System.nanoTime()));
        long epoch = keys(a).epoch();
        awaitEpoch(epoch + 2);
        assertThat(c.epoch()).isGreaterThan(epoch);
        assertNothingLostOrDoubled(fullBefore);
        assertThat(outages).hasSize(2);
    }
}
