package io.dunlin.lb.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.SocketExchange;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.lb.dns.upstream.Upstreams;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A server whose upstream server is another one of us, on loopback. */
@Timeout(60)
class DnsServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private DnsServer upper;
    private Forwarder nowhere;
    private Forwarder up;
    private DnsServer server;

    @BeforeEach
    void begin() throws IOException {
        nowhere = forwarder(List.of());
        Zone above = Zone.of(ZoneSpec.named("above"))
                .with(edit -> edit.putRoundRobin(
                        "many",
                        IntStream.range(0, 200)
                                .mapToObj(i -> IpAddress.ofIpv4(0xc0000200 + i))
                                .toList()));
        upper = DnsServer.start(ANY_PORT, () -> above, nowhere, System::nanoTime);
        up = forwarder(List.of(upper.address()));
        Zone backend = Zone.of(ZoneSpec.named("backend"))
                .with(edit -> edit.putEndpoint("web", List.of(IpAddress.parse("10.0.0.2"))));
        server = DnsServer.start(ANY_PORT, () -> backend, up, System::nanoTime);
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        up.close();
        upper.close();
        nowhere.close();
    }

    @Test
    void answersOverUdpAndTcp() throws IOException {
        assertThat(askUdp(query("web")).getSection(Section.ANSWER)).hasSize(1);
        assertThat(askTcp(query("web")).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void longAnswerFromAboveIsAskedForOverTcpAsItCame() throws IOException {
        Message cut = askUdp(query("many"));
        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        Message whole = askTcp(query("many"));
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(whole.getSection(Section.ANSWER)).hasSize(200);
    }

    @Test
    void whatNobodyKnowsFails() throws IOException {
        assertThat(askUdp(query("nowhere.test")).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(askTcp(query("nowhere.test")).getRcode()).isEqualTo(Rcode.SERVFAIL);
        upper.close();
        assertThat(askUdp(query("many")).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(askTcp(query("many")).getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void severalQueriesOnOneConnectionAreAnsweredInOrder() throws IOException {
        try (Socket socket = connect()) {
            var all = ByteBuffer.allocate(1000);
            List<String> names = List.of("web", "many", "web.backend", "nowhere.test");
            for (String name : names) {
                byte[] query = query(name).toWire();
                all.putShort((short) query.length).put(query);
            }
            for (byte one : Arrays.copyOf(all.array(), all.position())) {
                socket.getOutputStream().write(one); // as slowly as can be
            }
            for (String name : names) {
                assertThat(read(socket).getQuestion().getName()).hasToString(name + ".");
            }
        }
    }

    @Test
    void connectionThatSendsNoQueryIsClosed() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(new byte[] {0, 3, 1, 2, 3});
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket socket = connect()) {
            socket.getOutputStream().write(new byte[] {0, 0});
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void closesWithConnectionsOpen() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(0);
            server.close();
            assertThat(readEnd(socket)).isTrue();
        }
    }

    private static boolean readEnd(Socket socket) {
        try {
            return socket.getInputStream().read() == -1;
        } catch (IOException e) {
            return true; // reset
        }
    }

    private static Forwarder forwarder(List<InetSocketAddress> servers) {
        UpstreamConfig config = UpstreamConfig.of(List.of()).servers(servers).timeout(Duration.ofSeconds(1));
        var random = new SecureRandom();
        var exchange = new SocketExchange(random, System::nanoTime);
        return new Forwarder(config, new Upstreams(() -> config, _ -> false, exchange, random, System::nanoTime));
    }

    private Message askUdp(Message query) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(server.address());
            byte[] bytes = query.toWire();
            socket.send(new DatagramPacket(bytes, bytes.length));
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(packet);
            return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        }
    }

    private Message askTcp(Message query) throws IOException {
        try (Socket socket = connect()) {
            byte[] bytes = query.toWire();
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(bytes.length + 2)
                            .putShort((short) bytes.length)
                            .put(bytes)
                            .array());
            return read(socket);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(server.address().getAddress(), server.address().getPort());
    }

    private static Message read(Socket socket) throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        var message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        return new Message(message);
    }

    private static Message query(String name) throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString(name + "."), Type.A, DClass.IN));
    }
}
