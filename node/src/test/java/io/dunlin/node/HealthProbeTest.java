package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions to a backend on the loopback; inside namespaces see {@link ServicesNamespaceTest}. */
@Timeout(30)
class HealthProbeTest {
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private static final HealthProbe.Inside HERE = new HealthProbe.Inside() {
        @Override
        public <T> T call(Callable<T> code) throws IOException {
            try {
                return code.call();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    };

    private static boolean answers(HealthCheck check) {
        return HealthProbe.answers(check.timeout(Duration.ofMillis(200)), LOOPBACK, HERE);
    }

    @Test
    void whoAcceptsAConnectionServesAndWhoRefusesItDoesNot() throws IOException {
        int port;
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
            assertThat(answers(HealthCheck.tcp(port))).isTrue();
        }
        assertThat(answers(HealthCheck.tcp(port))).isFalse();
    }

    @Test
    void whoSendsADatagramBackServesAndWhoIsSilentOrGoneDoesNot() throws Exception {
        int port;
        try (var server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
            assertThat(answers(HealthCheck.udp(port))).as("silent").isFalse();
            var echo = Thread.ofVirtual().start(() -> {
                try {
                    var packet = new DatagramPacket(new byte[100], 100);
                    server.receive(packet); // the question that was not answered
                    server.receive(packet);
                    server.send(packet);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            var patient = HealthCheck.udp(port).interval(Duration.ofSeconds(10)).timeout(Duration.ofSeconds(10));
            assertThat(HealthProbe.answers(patient, LOOPBACK, HERE)).isTrue();
            echo.join();
        }
        assertThat(answers(HealthCheck.udp(port))).as("gone").isFalse();
    }

    @Test
    void aNamespaceThatIsGoneIsNoAnswer() {
        assertThat(HealthProbe.answers(HealthCheck.tcp(1), LOOPBACK, new HealthProbe.Inside() {
                    @Override
                    public <T> T call(Callable<T> code) throws IOException {
                        throw new IOException("gone");
                    }
                }))
                .isFalse();
    }
}
