package io.dunlin.gossip.netty;

import static io.dunlin.gossip.transport.TransportCounter.*;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dunlin.gossip.transport.Transport.CallResult;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over loopback: what the transport promises, also to peers that do all they can to hurt it. */
@Timeout(60)
class NettyTransportTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final List<Station> stations = new ArrayList<>();

    @AfterEach
    void close() {
        stations.forEach(Station::close);
    }

    private Station station(String address) throws IOException {
        return station(at(address, 0), LONG);
    }

    private Station station(InetSocketAddress listen, Duration streamTimeout) throws IOException {
        var station = new Station(listen, streamTimeout);
        stations.add(station);
        return station;
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private static void assumeIpv6(String address) throws IOException {
        if (address.contains(":")) {
            try (var probe = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
                assumeThat(probe.isBound()).isTrue();
            } catch (IOException e) {
                assumeThat(false).as("this host has no IPv6 loopback").isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void bringsPacketsWithTheirSender(String address) throws Exception {
        assumeIpv6(address);
        var a = station(address);
        var b = station(address);

        a.send(b.address, "hello");

        assertThat(b.nextPacket()).isEqualTo(new Station.Packet(a.address, "hello"));
        assertThat(a.count(PACKETS_SENT)).isEqualTo(1);
        assertThat(a.count(PACKET_BYTES_SENT)).isEqualTo(5);
        assertThat(b.count(PACKETS_RECEIVED)).isEqualTo(1);
        assertThat(b.count(PACKET_BYTES_RECEIVED)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void bringsCallsAndTheirAnswers(String address) throws Exception {
        assumeIpv6(address);
        var a = station(address);
        var b = station(address);
        String large = "x".repeat(5_000_000);

        assertThat(a.call(b.address, "answer me", true)).isEqualTo(Station.reply("re: answer me"));
        assertThat(a.call(b.address, large, true)).isEqualTo(Station.reply("re: " + large));
        assertThat(a.call(b.address, "no answer", false)).isEqualTo(new CallResult.Sent());

        assertThat(b.nextCall()).isEqualTo("answer me");
        assertThat(b.nextCall()).isEqualTo(large);
        assertThat(b.nextCall()).isEqualTo("no answer");
        b.awaitNoStreams();
        a.awaitNoStreams();
    }

    @Test
    void anUnspecifiedIpv6AddressTakesBothFamilies() throws Exception {
        assumeIpv6("::1");
        var both = station("::");
        var v4 = station("127.0.0.1");
        var v6 = station("::1");
        int port = both.address.getPort();

        v4.send(at("127.0.0.1", port), "four");
        assertThat(both.nextPacket()).isEqualTo(new Station.Packet(v4.address, "four"));
        v6.send(at("::1", port), "six");
        assertThat(both.nextPacket()).isEqualTo(new Station.Packet(v6.address, "six"));
        both.send(v4.address, "back");
        assertThat(v4.nextPacket().text()).isEqualTo("back");
        assertThat(v4.call(at("127.0.0.1", port), "four", true)).isEqualTo(Station.reply("re: four"));
        assertThat(v6.call(at("::1", port), "six", true)).isEqualTo(Station.reply("re: six"));
    }

    @Test
    void theLargestDatagramComesWhole() throws Exception {
        var a = station("127.0.0.1");
        var b = station("127.0.0.1");
        String largest = "x".repeat(65_507);

        a.send(b.address, largest);

        assertThat(b.nextPacket().text()).isEqualTo(largest);
    }

    @Test
    void aPacketThatCannotBeSentIsCountedAndHarmsNoOther() throws Exception {
        var a = station("127.0.0.1");
        var b = station("127.0.0.1");

        a.send(b.address, "x".repeat(65_508));
        a.send(at("::1", b.address.getPort()), "wrong family");
        a.send(at("127.0.0.1", 0), "no port");
        a.send(InetSocketAddress.createUnresolved("nowhere.invalid", 1), "no address");
        a.send(b.address, "after");

        assertThat(b.nextPacket().text()).isEqualTo("after");
        assertThat(a.count(PACKETS_NOT_SENT_FAILED)).isEqualTo(4);
        assertThat(a.count(PACKETS_SENT)).isEqualTo(1);
    }

    @Test
    void udpAndTcpHaveTheSamePort() throws Exception {
        var a = station("127.0.0.1");
        try (var socket = new Socket(a.address.getAddress(), a.address.getPort())) {
            assertThat(socket.isConnected()).isTrue();
        }
        assertThatThrownBy(() -> station(a.address, LONG))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("gossip cannot listen on 127.0.0.1:" + a.address.getPort())
                .hasMessageContaining("choose another");
    }

    @Test
    void aTcpPortInUseLeavesTheUdpPortFree() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var address = at("127.0.0.1", taken.getLocalPort());

            assertThatThrownBy(() -> station(address, LONG)).hasMessageContaining("(TCP)");

            try (var udp = new DatagramSocket(address)) {
                assertThat(udp.isBound()).isTrue();
            }
        }
    }

    @Test
    void anAddressOfAnotherHostIsToldAsSuch() {
        assertThatThrownBy(() -> station("203.0.113.1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("203.0.113.1")
                .hasMessageContaining("must be an address of this host");
    }

    @Test
    void aCallToNobodyFailsWithTheReason() throws Exception {
        var a = station("127.0.0.1");
        var gone = station("127.0.0.1");
        gone.close();

        assertThat(((CallResult.Failed) a.call(gone.address, "hello", true)).why())
                .isEqualTo("cannot connect: Connection refused");
        assertThat(((CallResult.Failed) a.call(InetSocketAddress.createUnresolved("no host", 1), "hello", true)).why())
                .isEqualTo("unknown host");
        assertThat(a.count(CALLS_FAILED)).isEqualTo(2);
    }

    @Test
    void aCallToANameFindsItsAddress() throws Exception {
        var a = station("127.0.0.1");
        var b = station("127.0.0.1");
        var name = InetSocketAddress.createUnresolved("localhost", b.address.getPort());

        assertThat(a.call(name, "hello", true)).isEqualTo(Station.reply("re: hello"));
        assertThat(a.threadsSeen()).containsExactly(a.thread());
    }

    @Test
    void aCallThatIsNotAnsweredFailsAtItsDeadline() throws Exception {
        var a = station("127.0.0.1");
        try (var silent = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var to = (InetSocketAddress) silent.getLocalSocketAddress();

            assertThat(((CallResult.Failed) a.call(to, "hello", true, SHORT)).why())
                    .contains("no answer in time");
        }
        a.awaitNoStreams();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "00000005616263", "ffffffff", "000000"})
    void anAnswerThatIsNoneFailsTheCall(String hex) throws Exception {
        var a = station("127.0.0.1");
        try (var peer = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var result = a.begin((InetSocketAddress) peer.getLocalSocketAddress(), "hello", true, LONG);
            try (var socket = peer.accept()) {
                assertThat(socket.getInputStream().readNBytes(9)).hasSize(9);
                socket.getOutputStream().write(HexFormat.of().parseHex(hex));
            }

            assertThat(result.get()).isInstanceOf(CallResult.Failed.class);
        }
        a.awaitNoStreams();
    }

    @Test
    void callsBeyondTheLimitFailAtOnceAndOthersDoNot() throws Exception {
        var a = station("127.0.0.1");
        try (var silent = new ServerSocket(0, 200, InetAddress.ofLiteral("127.0.0.1"))) {
            var to = (InetSocketAddress) silent.getLocalSocketAddress();
            var waiting = new ArrayList<CompletableFuture<CallResult>>();
            for (int i = 0; i < NettyTransport.MAX_OUTBOUND_CALLS; i++) {
                waiting.add(a.begin(to, "hello", true, LONG));
            }

            assertThat(((CallResult.Failed) a.call(to, "hello", true)).why()).contains("calls are under way");
            assertThat(waiting).noneMatch(CompletableFuture::isDone);

            a.close();
            for (var call : waiting) {
                assertThat(call.get()).isInstanceOf(CallResult.Failed.class);
            }
        }
    }

    @Test
    void closeEndsSocketsAndCallsOnceAndMayBeRepeated() throws Exception {
        var a = station("127.0.0.1");
        var client = new Socket(a.address.getAddress(), a.address.getPort());
        a.awaitStreams(1);
        try (client;
                var silent = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var pending = a.begin((InetSocketAddress) silent.getLocalSocketAddress(), "hello", true, LONG);

            a.close();
            a.close();

            assertThat(pending.get()).isInstanceOf(CallResult.Failed.class);
            assertThat(a.callsToldTwice()).isZero();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            // its ports are free again
            try (var tcp = new ServerSocket();
                    var udp = new DatagramSocket(a.address)) {
                tcp.bind(a.address);
                assertThat(udp.isBound()).isTrue();
            }
        }
        assertThat(((CallResult.Failed) a.call(a.address, "hello", true)).why()).contains("closed");
    }

    @Test
    void aStreamByteByByteIsUnderstood() throws Exception {
        var a = station("127.0.0.1");
        try (var client = new Socket(a.address.getAddress(), a.address.getPort())) {
            client.setTcpNoDelay(true);
            for (byte b : Station.frame("slowly")) {
                client.getOutputStream().write(b);
                client.getOutputStream().flush();
            }
            assertThat(a.nextCall()).isEqualTo("slowly");
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(Station.frame("re: slowly"));
        }
    }

    @Test
    void whatFollowsAMessageIsIgnored() throws Exception {
        var a = station("127.0.0.1");
        try (var client = new Socket(a.address.getAddress(), a.address.getPort())) {
            client.getOutputStream().write(Station.frame("first"));
            client.getOutputStream().write(Station.frame("second"));
            assertThat(a.nextCall()).isEqualTo("first");
            a.awaitNoStreams();
        }
        assertThat(a.callsWaiting()).isZero();
    }

    @Test
    void aClientThatShutsItsSideGetsItsAnswer() throws Exception {
        var a = station("127.0.0.1");
        try (var client = new Socket(a.address.getAddress(), a.address.getPort())) {
            client.getOutputStream().write(Station.frame("half"));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(Station.frame("re: half"));
        }
    }

    @Test
    void whoSendsNothingOrTooSlowlyIsClosedAtTheDeadline() throws Exception {
        var a = station(at("127.0.0.1", 0), SHORT);
        try (var silent = new Socket(a.address.getAddress(), a.address.getPort());
                var slow = new Socket(a.address.getAddress(), a.address.getPort())) {
            slow.getOutputStream().write(0);

            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        }
        a.awaitNoStreams();
        assertThat(a.count(STREAMS_REFUSED_LATE)).isEqualTo(2);
    }

    @Test
    void whoDoesNotReadItsAnswerIsClosedAtTheDeadline() throws Exception {
        var a = station(at("127.0.0.1", 0), Duration.ofSeconds(2));
        try (var client = new Socket()) {
            client.setReceiveBufferSize(4096);
            client.connect(a.address);
            client.getOutputStream().write(Station.frame("x".repeat(20_000_000)));
            assertThat(a.nextCall()).hasSize(20_000_000);

            a.awaitNoStreams();
        }
        assertThat(a.count(STREAMS_REFUSED_LATE)).isEqualTo(1);
        assertThat(a.bytesHeld()).isZero();
    }

    @Test
    void hugeClaimsTakeNoMemory() throws Exception {
        var a = station("127.0.0.1");
        try (var claims = new Socket(a.address.getAddress(), a.address.getPort());
                var overclaims = new Socket(a.address.getAddress(), a.address.getPort());
                var nonsense = new Socket(a.address.getAddress(), a.address.getPort())) {
            overclaims.getOutputStream().write(HexFormat.of().parseHex("7fffffff"));
            assertThat(overclaims.getInputStream().read()).isEqualTo(-1);
            nonsense.getOutputStream().write(HexFormat.of().parseHex("ffffffff"));
            assertThat(nonsense.getInputStream().read()).isEqualTo(-1);
            claims.getOutputStream().write(HexFormat.of().parseHex("02000000" + "00".repeat(100)));
            a.awaitBytesReceived(4 + 4 + 104);

            assertThat(a.bytesHeld()).isLessThan(10_000);
        }
        a.awaitNoStreams();
        assertThat(a.count(STREAMS_REFUSED_TOO_LONG)).isEqualTo(1);
        assertThat(a.count(STREAMS_REFUSED_MALFORMED)).isEqualTo(1);
        assertThat(a.count(STREAMS_BROKEN)).isEqualTo(1);
        assertThat(a.bytesHeld()).isZero();
    }

    @Test
    void allStreamsTogetherHoldNoMoreThanAllowed() throws Exception {
        var a = station("127.0.0.1");
        var clients = new ArrayList<Socket>();
        try {
            byte[] most = new byte[17 << 20]; // doubled arrays: 32 MiB each
            System.arraycopy(HexFormat.of().parseHex("02000000"), 0, most, 0, 4);
            for (int i = 0; i < 4; i++) {
                var client = new Socket(a.address.getAddress(), a.address.getPort());
                clients.add(client);
                try {
                    client.getOutputStream().write(most);
                } catch (IOException e) {
                    // closed while it was sending: what is tested for
                }
            }
            a.awaitCount(STREAMS_REFUSED_NO_MEMORY, 1);
            assertThat(a.bytesHeld()).isLessThanOrEqualTo(NettyTransport.MAX_STREAM_BYTES);
            assertThat(a.call(a.address, "small", true)).isInstanceOf(CallResult.class);
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
        a.awaitNoStreams();
        assertThat(a.bytesHeld()).isZero();
        assertThat(a.call(a.address, "afterwards", true)).isEqualTo(Station.reply("re: afterwards"));
    }

    @Test
    void aFloodOfOneAddressIsRefusedAndKeepsNobodyElseOut() throws Exception {
        var a = station("127.0.0.1");
        var other = station("127.0.0.2");
        var flood = new ArrayList<Socket>();
        try {
            for (int i = 0; i < NettyTransport.MAX_INBOUND_STREAMS; i++) {
                flood.add(connect(a.address, "127.0.0.9"));
            }
            a.awaitCount(
                    STREAMS_REFUSED_TOO_MANY, NettyTransport.MAX_INBOUND_STREAMS - NettyTransport.MAX_STREAMS_OF_ONE);
            assertThat(a.count(STREAMS_ACCEPTED)).isEqualTo(NettyTransport.MAX_STREAMS_OF_ONE);
            assertThat(other.call(a.address, "room", true)).isEqualTo(Station.reply("re: room"));
        } finally {
            for (Socket client : flood) {
                client.close();
            }
        }
        a.awaitNoStreams();
    }

    private static Socket connect(InetSocketAddress to, String from) throws IOException {
        return new Socket(to.getAddress(), to.getPort(), InetAddress.getByName(from), 0);
    }

    @Test
    void aFloodOfConnectionsIsRefusedBeyondTheLimitAndPassesOver() throws Exception {
        var a = station("127.0.0.1");
        var flood = new ArrayList<Socket>();
        try {
            for (int i = 0; i < NettyTransport.MAX_INBOUND_STREAMS + 40; i++) {
                flood.add(connect(a.address, "127.0.0." + (9 + i % 8)));
            }
            a.awaitCount(STREAMS_REFUSED_TOO_MANY, 40);
            assertThat(a.count(STREAMS_ACCEPTED)).isEqualTo(NettyTransport.MAX_INBOUND_STREAMS);
            assertThat(a.call(a.address, "no room", true)).isInstanceOf(CallResult.Failed.class);
        } finally {
            for (Socket client : flood) {
                client.close();
            }
        }
        a.awaitNoStreams();
        assertThat(a.call(a.address, "room", true)).isEqualTo(Station.reply("re: room"));
    }

    @Test
    void whatTheReceiverThrowsEndsThatStreamAlone() throws Exception {
        var a = station("127.0.0.1");

        a.send(a.address, "throw");
        assertThat(a.call(a.address, "throw", true)).isInstanceOf(CallResult.Failed.class);

        a.send(a.address, "well");
        assertThat(a.nextPacket().text()).isEqualTo("throw");
        assertThat(a.nextPacket().text()).isEqualTo("well");
        assertThat(a.call(a.address, "well", true)).isEqualTo(Station.reply("re: well"));
        assertThat(a.count(FAULTS)).isEqualTo(2);
        a.awaitNoStreams();
    }

    @Test
    void everythingComesOnTheLoopsThread() throws Exception {
        var a = station("127.0.0.1");

        a.send(a.address, "packet");
        assertThat(a.call(a.address, "call".getBytes(UTF_8).length + "", true)).isInstanceOf(CallResult.Reply.class);
        a.nextPacket();

        assertThat(a.threadsSeen()).containsExactly(a.thread());
    }
}
