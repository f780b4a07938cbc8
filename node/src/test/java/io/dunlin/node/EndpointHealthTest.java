package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.lb.Backend;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a health check found and what a person said, on one node whose backend has an address of the loopback, where the test serves or does not. */
@Timeout(60)
class EndpointHealthTest {
    private static final Duration THIRTY_SECONDS = Duration.ofSeconds(30);
    private static final String ADDRESS = "127.0.13.5";

    private static final HealthCheck CHECK =
            HealthCheck.tcp(FreePort.find()).interval(Duration.ofMillis(100)).retries(1);

    /** Endpoints have their devices in memory, and their programs where the test is. */
    private static final class WithoutDevices implements Platform {
        private final Platform portable = new PortablePlatform("of a test");

        @Override
        public Poller openPoller() throws IOException {
            return portable.openPoller();
        }

        @Override
        public int workers() {
            return portable.workers();
        }

        @Override
        public List<? extends UdpBatchSocket> openSockets(IpAddress address, int port, int workers, boolean offloads)
                throws IOException {
            return portable.openSockets(address, port, workers, offloads);
        }

        @Override
        public PacketDevice openDevice(
                NetworkSpec network, EndpointSpec endpoint, int mtu, int workers, boolean offloads) {
            return new MemoryDevice(endpoint.name(), mtu);
        }

        @Override
        public <T> T inside(EndpointSpec.Place place, Callable<T> code) throws IOException {
            try {
                return code.call();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public int underlayMtu(IpAddress address) throws IOException {
            return portable.underlayMtu(address);
        }

        @Override
        public @Nullable WarmUp warmUp(IpAddress address, boolean offloads) throws IOException {
            return portable.warmUp(address, offloads);
        }

        @Override
        public String remark() {
            return portable.remark();
        }
    }

    private static Backend.State state(OverlayNetwork network) {
        return network.services()
                .status("web")
                .orElseThrow()
                .backends()
                .getFirst()
                .state();
    }

    private static void awaitState(OverlayNetwork network, Backend.State state) {
        await(() -> "it is " + state(network), () -> state(network) == state);
    }

    @Test
    void aPersonsWordAndTheChecksAreTwoThingsAndWithoutACheckItServes() throws IOException {
        var config = NodeConfig.named("one")
                .dataPath("127.0.13.1")
                .port(FreePort.find())
                .underlayMtu(1500);
        try (var node = OverlayNode.start(config, new WithoutDevices(), System::nanoTime)) {
            var network = node.network(NetworkSpec.named("backend")
                    .vni(4096)
                    .subnet("127.0.13.0/28")
                    .subnet("fd00::/64"));
            var services = network.services();
            var asked = ServiceSpec.named("web").vip("127.0.13.9").health(CHECK);
            var web = network.service(asked);
            network.attach(EndpointSpec.named("web.1").service("web").address(ADDRESS));
            awaitState(network, Backend.State.UNHEALTHY);

            services.resume("web.1"); // it was not drained
            assertThat(state(network)).isEqualTo(Backend.State.UNHEALTHY);
            services.drain("web.1", THIRTY_SECONDS);
            assertThat(state(network)).isEqualTo(Backend.State.DRAINING);
            assertThatThrownBy(() -> services.drain("web.1", Duration.ofDays(2)))
                    .isInstanceOf(IllegalArgumentException.class);
            services.resume("web.1");
            assertThat(state(network)).isEqualTo(Backend.State.UNHEALTHY);

            web.close();
            web = network.service(asked.health(null));
            assertThat(state(network)).isEqualTo(Backend.State.HEALTHY);
            web.close();
            network.service(asked);
            awaitState(network, Backend.State.UNHEALTHY);

            try (var _ = new ServerSocket(CHECK.port(), 50, InetAddress.getByName(ADDRESS))) {
                awaitState(network, Backend.State.HEALTHY);
                services.drain("web.1", THIRTY_SECONDS);
            }
            await(() -> !isServing(network)); // nobody is told of it
            assertThat(state(network)).isEqualTo(Backend.State.DRAINING);
            services.resume("web.1");
            assertThat(state(network)).isEqualTo(Backend.State.UNHEALTHY);
        }
    }

    private static boolean isServing(OverlayNetwork network) {
        synchronized (network.node().lock()) {
            return network.endpoints().getFirst().health().isServing();
        }
    }
}
