package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.node.NodeConfig.SocketKind;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A node with endpoints in memory, which ask its gateway; the upstream server is the test itself, on loopback. No privilege needed. */
@Timeout(60)
class GatewayNamesTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final int CLIENT_PORT = 40_000;
    private static final int HEADERS = 28;
    private static final int MOST_IN_FLIGHT = 2;

    private DatagramSocket upstream;
    private InetSocketAddress server;
    private OverlayNode node;
    private OverlayNetwork backend;
    private Endpoint web;

    @BeforeEach
    void start() throws IOException {
        upstream = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        server = (InetSocketAddress) upstream.getLocalSocketAddress();
        upstream.setSoTimeout((int) TEN_SECONDS.toMillis());
        startNode(Duration.ofSeconds(20));
    }

    private void startNode(Duration patience) throws IOException {
        var servers = UpstreamConfig.of(List.of())
                .servers(List.of(server))
                .timeout(patience)
                .inFlight(MOST_IN_FLIGHT, MOST_IN_FLIGHT);
        node = OverlayNode.start(NodeConfig.named("n1")
                .dataPath("127.0.13.1")
                .port(FreePort.find())
                .underlayMtu(1500)
                .socket(SocketKind.PORTABLE)
                .names(NamesConfig.DEFAULT.upstream(servers).ttlSeconds(17)));
        backend = node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"));
        web = backend.attach(EndpointSpec.named("web").address("10.0.0.2").inMemory());
    }

    @AfterEach
    void end() throws IOException {
        node.close();
        upstream.close();
    }

    private static Message query(String name) throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString(name + "."), Type.A, DClass.IN));
    }

    private static Message send(Endpoint from, String gateway, String name) throws IOException {
        Message query = query(name);
        String address = from.spec().addresses().getFirst().toString();
        assertThat(from.packets()
                        .write(ByteBuffer.wrap(Ipv4Packet.of(address, gateway)
                                .carrying(Transport.udp(CLIENT_PORT, 53, query.toWire()))
                                .bytes())))
                .isTrue();
        return query;
    }

    /** The answer to the query, whole: nothing else comes. */
    private static Message receive(Endpoint at, Message query) throws IOException, InterruptedException {
        var into = ByteBuffer.allocate(1500);
        assertThat(at.packets().read(into, TEN_SECONDS))
                .as("an answer for %s", at.spec().name())
                .isGreaterThan(HEADERS);
        var answer = new Message(Arrays.copyOfRange(into.array(), HEADERS, into.position()));
        assertThat(answer.getHeader().getID()).isEqualTo(query.getHeader().getID());
        assertThat(answer.getQuestion()).isEqualTo(query.getQuestion());
        return answer;
    }

    private Message ask(String name) throws IOException, InterruptedException {
        return receive(web, send(web, "10.0.0.1", name));
    }

    private static List<String> addresses(Message answer) {
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        return answer.getSection(Section.ANSWER).stream()
                .map(record -> ((ARecord) record).getAddress().getHostAddress())
                .toList();
    }

    /** What the node asks next. */
    private DatagramPacket takeUpstream() throws IOException {
        var packet = new DatagramPacket(new byte[1500], 1500);
        upstream.receive(packet);
        return packet;
    }

    private void answerUpstream(DatagramPacket asked) throws IOException {
        var query = new Message(Arrays.copyOf(asked.getData(), asked.getLength()));
        var answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(query.getQuestion(), Section.QUESTION);
        answer.addRecord(
                new ARecord(query.getQuestion().getName(), DClass.IN, 60, InetAddress.getByName("192.0.2.7")),
                Section.ANSWER);
        byte[] bytes = answer.toWire();
        upstream.send(new DatagramPacket(bytes, bytes.length, asked.getSocketAddress()));
    }

    private long count(Counter counter) {
        return node.stats().counters().getOrDefault(counter, 0L);
    }

    @Test
    void endpointsHereAndThoseMadeKnownByHandHaveNames() throws Exception {
        backend.remote(RemoteSpec.named("db").address("10.0.0.3").vtep("127.0.13.2"));
        Message answer = ask("web");
        assertThat(addresses(answer)).containsExactly("10.0.0.2");
        assertThat(answer.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(17);
        assertThat(addresses(ask("db.backend"))).containsExactly("10.0.0.3");
        assertThat(count(Counter.NAMES_ANSWERED)).isEqualTo(2);
        assertThat(count(Counter.NAMES_ASKED_UPSTREAM)).isZero();
        assertThat(node.stats().drops()).isEmpty();
    }

    @Test
    void whatTheNetworkDoesNotKnowIsAskedUpstreamAndComesBack() throws Exception {
        Message query = send(web, "10.0.0.1", "outside.test");
        answerUpstream(takeUpstream());
        assertThat(addresses(receive(web, query))).containsExactly("192.0.2.7");
        assertThat(count(Counter.NAMES_ASKED_UPSTREAM)).isEqualTo(1);
        assertThat(count(Counter.NAMES_FAILED_UPSTREAM)).isZero();
        assertThat(node.stats().drops()).isEmpty();
    }

    @Test
    void whileOthersAreAskedTheNetworksOwnNamesAreAnswered() throws Exception {
        Message slow = send(web, "10.0.0.1", "slow.test");
        DatagramPacket asked = takeUpstream();
        assertThat(addresses(ask("web"))).containsExactly("10.0.0.2");
        answerUpstream(asked);
        assertThat(addresses(receive(web, slow))).containsExactly("192.0.2.7");
    }

    @Test
    void tooManyQueriesAtOnceFailAtOnce() throws Exception {
        var waiting = new ArrayList<DatagramPacket>();
        for (int i = 0; i < MOST_IN_FLIGHT; i++) {
            send(web, "10.0.0.1", "slow-" + i + ".test");
            waiting.add(takeUpstream());
        }
        assertThat(ask("one.more.test").getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(count(Counter.NAMES_FAILED_UPSTREAM)).isEqualTo(1);
        for (DatagramPacket asked : waiting) {
            answerUpstream(asked);
        }
        var into = ByteBuffer.allocate(1500);
        for (int i = 0; i < MOST_IN_FLIGHT; i++) {
            assertThat(web.packets().read(into.clear(), TEN_SECONDS)).isPositive();
        }
    }

    @Test
    void whereNobodyListensUpstreamIsSaid() throws Exception {
        upstream.close();
        node.close();
        startNode(Duration.ofMillis(200));
        assertThat(ask("outside.test").getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(count(Counter.NAMES_FAILED_UPSTREAM)).isEqualTo(1);
    }

    @Test
    void anInternalNetworkAsksNobody() throws Exception {
        var closed = node.network(
                NetworkSpec.named("closed").vni(4097).subnet("10.1.0.0/24").internal());
        var inside =
                closed.attach(EndpointSpec.named("inside").address("10.1.0.2").inMemory());
        Message answer = receive(inside, send(inside, "10.1.0.1", "web"));
        assertThat(answer.getRcode()).as("another network's").isEqualTo(Rcode.NXDOMAIN);
        assertThat(addresses(receive(inside, send(inside, "10.1.0.1", "inside"))))
                .containsExactly("10.1.0.2");
        assertThat(count(Counter.NAMES_ASKED_UPSTREAM)).isZero();
    }

    @Test
    void anAnswerForAnEndpointThatHasLeftIsForgotten() throws Exception {
        var brief =
                backend.attach(EndpointSpec.named("brief").address("10.0.0.9").inMemory());
        send(brief, "10.0.0.1", "slow.test");
        DatagramPacket asked = takeUpstream();
        brief.close();
        answerUpstream(asked);
        Message query = send(web, "10.0.0.1", "outside.test");
        answerUpstream(takeUpstream());
        assertThat(addresses(receive(web, query))).containsExactly("192.0.2.7");
        assertThat(node.stats().errors()).isEmpty();
    }

    @Test
    void closesWhileOthersAreAsked() throws Exception {
        send(web, "10.0.0.1", "slow.test");
        takeUpstream();
        long before = System.nanoTime();
        node.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(TEN_SECONDS);
        assertThat(node.stats().errors()).isEmpty();
    }

    @Test
    void aNodeDoesNotAskItself() throws Exception {
        node.close();
        upstream.close();
        upstream = new DatagramSocket(0, InetAddress.getByName("127.0.14.1"));
        server = (InetSocketAddress) upstream.getLocalSocketAddress();
        startNode(Duration.ofSeconds(20));
        Message query = send(web, "10.0.0.1", "outside.test");
        answerUpstream(takeUpstream());
        assertThat(addresses(receive(web, query))).containsExactly("192.0.2.7");

        node.network(NetworkSpec.named("there").vni(4097).subnet("127.0.14.0/24"));
        assertThat(ask("outside.test").getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void whatIsNoNameAtTheGatewayIsDroppedAsBefore() throws Exception {
        web.packets()
                .write(ByteBuffer.wrap(Ipv4Packet.of("10.0.0.2", "10.0.0.1")
                        .carrying(Transport.udp(CLIENT_PORT, 54, new byte[20]))
                        .bytes()));
        ask("web");
        assertThat(node.stats().drops()).containsOnly(Map.entry(DropReason.GATEWAY, 1L));
    }

    @Test
    void aTraceSaysWhatBecameOfAQuery() throws Exception {
        var lines = new LinkedBlockingQueue<String>();
        node.trace(2, lines::add);
        ask("web");
        Message query = send(web, "10.0.0.1", "outside.test");
        answerUpstream(takeUpstream());
        receive(web, query);
        assertThat(lines.poll(10, TimeUnit.SECONDS)).contains("gateway | sent ");
        assertThat(lines.poll(10, TimeUnit.SECONDS)).contains("gateway | for the node itself");
    }
}
