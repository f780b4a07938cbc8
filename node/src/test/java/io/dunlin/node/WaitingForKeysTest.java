package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes on loopback, endpoints in memory, keys by hand, which come late. Time passes when the test says so. */
@Timeout(60)
class WaitingForKeysTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final int A_TO_B = 0x8000_0011;
    private static final int B_TO_A = 0x8000_0022;
    private static final NetworkSpec SECRET =
            NetworkSpec.named("secret").vni(4096).subnet("10.0.0.0/24").encrypted();

    private final AtomicLong now = new AtomicLong(1);
    private OverlayNode a;
    private OverlayNode b;
    private Endpoint ofA;
    private Endpoint ofB;

    @BeforeEach
    void start() throws IOException {
        int port;
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        a = start("a", "127.0.13.1", port);
        b = start("b", "127.0.13.2", port);
        OverlayNetwork onA = a.network(SECRET);
        OverlayNetwork onB = b.network(SECRET);
        onA.remote(RemoteSpec.named("eb").address("10.0.0.3").vtep("127.0.13.2"));
        onB.remote(RemoteSpec.named("ea").address("10.0.0.2").vtep("127.0.13.1"));
        ofA = onA.attach(EndpointSpec.named("ea").address("10.0.0.2").inMemory());
        ofB = onB.attach(EndpointSpec.named("eb").address("10.0.0.3").inMemory());
    }

    private OverlayNode start(String name, String address, int port) throws IOException {
        var config = NodeConfig.named(name).dataPath(address).port(port).underlayMtu(1500);
        return OverlayNode.start(config, new PortablePlatform("a test's"), now::get);
    }

    @AfterEach
    void close() throws IOException {
        a.close();
        b.close();
    }

    private void send(int number) {
        byte[] packet = Ipv4Packet.of("10.0.0.2", "10.0.0.3")
                .carrying(Transport.udp(1, number, payload(100)))
                .bytes();
        assertThat(ofA.packets().write(ByteBuffer.wrap(packet))).isTrue();
    }

    private int receive() throws InterruptedException {
        var into = ByteBuffer.allocate(2048);
        assertThat(ofB.packets().read(into, THIRTY_SECONDS)).isPositive();
        return into.getShort(22); // its UDP destination port
    }

    private void awaitHeld(long count) {
        await(() -> a.stats().counters().getOrDefault(Counter.ESP_HELD_BACK, 0L) == count);
    }

    @Test
    void packetsThatCameBeforeTheKeysArriveInOrderWhenThereAreKeys() throws Exception {
        for (int number = 1; number <= 5; number++) {
            send(number);
        }
        awaitHeld(5);
        b.associate(Associations.with("127.0.13.1", B_TO_A, A_TO_B));
        a.associate(Associations.with("127.0.13.2", A_TO_B, B_TO_A));
        send(6);
        for (int number = 1; number <= 6; number++) {
            assertThat(receive()).isEqualTo(number);
        }
        assertThat(a.stats().drops()).isEmpty();
    }

    /** Though nothing else happens, which would wake the worker. */
    @Test
    void afterASecondTheyAreGivenUpAndCounted() throws Exception {
        send(1);
        awaitHeld(1);
        now.addAndGet(HeldPackets.MAX_AGE_NANOS - 1);
        send(2);
        awaitHeld(2);
        assertThat(a.stats().drops()).isEmpty();
        now.addAndGet(1);
        await(() -> a.stats().drops().getOrDefault(DropReason.NO_SECURITY_ASSOCIATION, 0L) == 1);
        b.associate(Associations.with("127.0.13.1", B_TO_A, A_TO_B));
        a.associate(Associations.with("127.0.13.2", A_TO_B, B_TO_A));
        assertThat(receive()).isEqualTo(2);
    }
}
