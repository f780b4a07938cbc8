package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Checksum;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.packet.Counter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two nodes with all offloads, and what others see of their super-packets: a reader of captures, workloads with a larger MTU, a program
 * that knows none.
 *
 * <pre>
 *   w1 [eth0 10.0.0.2, fd00::2]          w2 [eth0 10.0.0.3, fd00::3]
 *        |  TUN                               |  TUN
 *   h1 node A, 192.168.39.1 ---- bridge ---- h2 node B, 192.168.39.2
 * </pre>
 */
@SuppressWarnings("NullAway.Init") // each test calls start() first
@Timeout(600)
class SuperPacketNamespaceTest {
    private static final NetworkSpec BACKEND =
            NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24").subnet("fd00::/64");

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNode a;
    private OverlayNode b;
    private OverlayNetwork onA;

    private void start(int underlayMtu) throws IOException {
        Hosts.assumePossible("socat", "ethtool", "tcpdump", "tshark", "iperf3");
        hosts = new Hosts(underlayMtu);
        lab = hosts.lab().host("h1", "192.168.39.1/24").host("h2", "192.168.39.2/24");
        a = hosts.start("h1", NodeConfig.named("a").dataPath("192.168.39.1"));
        b = hosts.start("h2", NodeConfig.named("b").dataPath("192.168.39.2"));
        onA = a.network(BACKEND);
        OverlayNetwork onB = b.network(BACKEND);
        onA.remote(RemoteSpec.named("w2").address("10.0.0.3").address("fd00::3").vtep("192.168.39.2"));
        onB.remote(RemoteSpec.named("w1").address("10.0.0.2").address("fd00::2").vtep("192.168.39.1"));
        hosts.attach(onA, "w1", "10.0.0.2", "fd00::2");
        hosts.attach(onB, "w2", "10.0.0.3", "fd00::3");
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    // ---- on the wire

    /**
     * A capture of bulk TCP, read by tshark, which shares no code with us. On a wire each packet has the underlay's MTU at most and
     * complete checksums; a veth with its offloads on carries super-packets uncut, and completes no outer checksum.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIndependentReaderFindsNothingWrongInBulkTraffic(boolean wire, @TempDir Path directory) throws IOException {
        start(1500);
        if (wire) {
            for (String host : new String[] {"h1", "h2"}) {
                lab.run(host, "ethtool", "-K", NamespaceLab.UNDERLAY, "tx", "off", "tso", "off", "gso", "off")
                        .orFail();
            }
        }
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
                capture.toString(),
                "udp port 4789");
        var messages = tcpdump.inputReader();
        assertThat(messages.lines().anyMatch(line -> line.contains("listening on")))
                .isTrue();
        iperf3("-n", LongProofs.either(20, 600) + "M", "-b", LongProofs.either(0, 500) + "M");
        iperf3("-n", "2M", "-R");
        assertThat(hosts.reaches("w1", "10.0.0.3")).isTrue(); // a connection to port 9: the last of the capture

        Path inner = directory.resolve("inner.pcap");
        InnerFrames frames = InnerFrames.extract(capture, 1, inner);
        for (int looks = 0; looks < 1000 && !frames.hasPort(9); looks++) {
            frames = InnerFrames.extract(capture, 1, inner); // tcpdump is behind by a second, and would lose it
        }
        assertThat(frames.hasPort(9)).isTrue();
        tcpdump.toHandle().destroy(); // its last words are still to be read
        assertThat(messages.lines()).contains("0 packets dropped by kernel");
        tcpdump.onExit().join();

        // iperf3 ends when all is written, and may take back the last megabytes with a reset
        int segments = (LongProofs.either(20, 600) - 8) * (1 << 20) / 1398;
        assertThat(frames.count()).isGreaterThan(segments);
        assertThat(frames.largestInner()).isEqualTo(1450);
        assertThat(frames.pushed())
                .as("PSH on the last segment of a super-packet alone")
                .isBetween(1, segments / 4);
        if (wire) {
            assertThat(frames.largestOuter()).isEqualTo(1514);
        } else {
            assertThat(frames.largestOuter()).isGreaterThan(10_000);
        }
        String wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0";
        assertThat(tshark(inner, wrong)).isEmpty();
        if (wire) {
            assertThat(tshark(capture, "ip.src == 192.168.39.1 && (udp.checksum.status == 0 || " + wrong + ")"))
                    .isEmpty();
        }
        assertThat(a.stats().counters().get(Counter.SEGMENTS_CUT)).isGreaterThan(segments / 2);
        assertThat(b.stats().counters().get(Counter.SEGMENTS_JOINED)).isGreaterThan(segments / 2);
    }

    /** From w1 to w2. */
    private String iperf3(String... options) {
        Process server = lab.start("w2", "iperf3", "-s", "-1", "--forceflush");
        var output = server.inputReader();
        assertThat(output.lines().anyMatch(line -> line.contains("Server listening")))
                .isTrue();
        String[] command = {"iperf3", "-c", "10.0.0.3", "--get-server-output", "-J"};
        String[] all = Arrays.copyOf(command, command.length + options.length);
        System.arraycopy(options, 0, all, command.length, options.length);
        String result = lab.run("w1", Duration.ofMinutes(2), all).orFail().output();
        server.onExit().join();
        return result;
    }

    /** What iperf3 sends is random, and looks like all kinds of protocols at times: it is said to be plain data. */
    private static List<String> tshark(Path capture, String filter) {
        return Program.run(
                        Duration.ofMinutes(5),
                        List.of(
                                "bash",
                                "-c",
                                "tshark -r " + capture + " -Y '" + filter
                                        + "' -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
                                        + " -d udp.port==4789,vxlan -d tcp.port==5201,data 2>/dev/null | head -n 20"))
                .orFail()
                .output()
                .lines()
                .toList();
    }

    // ---- across

    @Test
    void aFlowOfUdpKeepsItsOrder() throws IOException {
        start(1500);
        String report = iperf3("-u", "-b", "0", "-l", "1000", "-t", "1");
        assertThat(report).contains("\"out_of_order\"");
        assertThat(report.lines().filter(line -> line.contains("\"out_of_order\"")))
                .allSatisfy(line -> assertThat(line).containsPattern(":\\s*0\\b"));
        assertThat(b.stats().counters().get(Counter.UNDERLAY_RECEIVED_PACKETS)).isGreaterThan(1000);
    }

    @Test
    void bulkPassesUnchangedOverAnUnderlayOfNineThousand() throws IOException {
        start(9000);
        assertThat(onA.mtu()).isEqualTo(8950);
        Transfer.of(30).from(lab, "w1").to("w2", "10.0.0.3").check();
        Transfer.of(20).from(lab, "w2").to("w1", "10.0.0.2").check();
        Transfer.of(10).from(lab, "w1").to("w2", "[fd00::3]").check();
        Transfer.of(10).from(lab, "w2").to("w1", "[fd00::2]").check();
        assertThat(a.stats().counters().get(Counter.SEGMENTS_CUT)).isPositive();
        assertThat(a.stats().counters().get(Counter.SEGMENTS_JOINED)).isPositive();
    }

    // ---- to a program that knows no super-packets

    /**
     * A workload's kernel sends to an endpoint in memory, where this test is the other end of the connection: it looks at each packet, and
     * acknowledges what came in order.
     */
    @Test
    void superPacketsReachAnEndpointInMemoryCutAndComplete() throws Exception {
        start(1500);
        var content = new byte[2_000_000];
        new Random(1).nextBytes(content);
        MemoryDevice memory = onA.attach(
                        EndpointSpec.named("memory").address("10.0.0.9").inMemory())
                .packets();
        try (var client =
                io.dunlin.vxlan.io.linux.NetworkNamespace.of(lab.path("w1")).call(SocketChannel::open)) {
            var sent = new FutureTask<>(() -> {
                client.connect(new InetSocketAddress("10.0.0.9", 80));
                var buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    client.write(buffer);
                }
                client.shutdownOutput();
                return true;
            });
            Thread.ofPlatform().daemon().start(sent);

            var received = new ByteArrayOutputStream();
            var packet = ByteBuffer.allocate(1450); // no more would fit: read() would say so
            int next = 0;
            int read = 0;
            int answered = 0;
            boolean finished = false;
            while (!finished) {
                assertThat(memory.read(packet.clear(), Duration.ofSeconds(20)))
                        .as("a packet came")
                        .isPositive();
                packet.flip();
                read++;
                assertChecksumsRight(packet);
                int sequence = packet.getInt(24);
                int flags = packet.get(33);
                int payload = packet.limit() - 20 - ((packet.get(32) & 0xf0) >> 2);
                if ((flags & Transport.SYN) != 0) {
                    next = sequence + 1;
                    answered += answer(memory, packet, Transport.SYN | Transport.ACK, 1, next);
                } else if (payload > 0 || (flags & Transport.FIN) != 0) {
                    if (sequence == next) {
                        received.write(packet.array(), packet.limit() - payload, payload);
                        next += payload;
                        finished = (flags & Transport.FIN) != 0;
                    }
                    answered += answer(memory, packet, Transport.ACK, 2, finished ? next + 1 : next);
                }
            }
            assertThat(sent.get()).isTrue();
            assertThat(Arrays.equals(received.toByteArray(), content)).isTrue();
            long fromWorkload = a.stats().counters().getOrDefault(Counter.DEVICE_RECEIVED_PACKETS, 0L) - answered;
            assertThat(fromWorkload)
                    .as("what the workload sent, of which %d packets were made", read)
                    .isLessThan(read / 2);
        }
    }

    private static void assertChecksumsRight(ByteBuffer packet) {
        var all = new byte[packet.limit()];
        packet.get(0, all);
        assertThat(Short.toUnsignedInt(packet.getShort(2))).isEqualTo(packet.limit());
        assertThat(Checksum.isRight(Arrays.copyOf(all, 20))).as("IPv4 header").isTrue();
        byte[] segment = Arrays.copyOfRange(all, 20, all.length);
        byte[] pseudoHeader = ByteBuffer.allocate(12)
                .put(all, 12, 8)
                .putShort((short) 6)
                .putShort((short) segment.length)
                .array();
        assertThat(Checksum.isRight(pseudoHeader, segment)).as("TCP").isTrue();
    }

    /** @return packets written: one */
    private static int answer(MemoryDevice memory, ByteBuffer to, int flags, int sequence, int acknowledged) {
        byte[] options = (flags & Transport.SYN) != 0 ? new byte[] {2, 4, 1410 >> 8, (byte) 1410} : new byte[0];
        var segment = Transport.tcp(80, Short.toUnsignedInt(to.getShort(20)), flags, options, new byte[0]);
        var numbers = ByteBuffer.allocate(8).putInt(sequence).putInt(acknowledged);
        for (int i = 0; i < 8; i++) {
            segment = segment.with(4 + i, numbers.get(i));
        }
        var packet = Ipv4Packet.of("10.0.0.9", "10.0.0.2").carrying(segment).bytes();
        assertThat(memory.write(ByteBuffer.wrap(packet))).isTrue();
        return 1;
    }
}
