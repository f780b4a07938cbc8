package io.dunlin.node;

import static io.dunlin.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.lb.Backend;
import io.dunlin.lb.ServicePort;
import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is killed with kill -9 while requests run, and what that costs:
 *
 * <pre>
 *   c (curl, wrk)                    b2 (Python)               b3 (Python)
 *        │  10.0.0.2                      │ 10.0.0.12               │ 10.0.0.13
 *   h1: n1, this JVM ──────────── h2: n2, a process ────── h3: n3, a process, killed
 * </pre>
 */
@Timeout(180)
class KilledBackendNamespaceTest {

    @TempDir
    Path directory;

    private Hosts hosts;
    private NamespaceLab lab;
    private OverlayNetwork network;
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        Hosts.assumePossible("python3", "curl", "wrk");
        hosts = new Hosts(1500);
        lab = hosts.lab()
                .host("h1", "192.168.39.1/24")
                .host("h2", "192.168.39.2/24")
                .host("h3", "192.168.39.3/24");
        var node = hosts.start(
                "h1",
                NodeConfig.named("n1")
                        .dataPath("192.168.39.1")
                        .gossip(GossipConfig.named("n1").listen("192.168.39.1").profile(Profile.local())));
        network = node.network(NetworkSpec.named("backend").vni(4096).subnet("10.0.0.0/24"));
        network.service(ServiceSpec.named("web").vip("10.0.0.80").port(ServicePort.parse("80:8080")));
        hosts.attach(network, "c", "10.0.0.2");
        for (int i = 2; i <= 3; i++) {
            lab.namespace("b" + i);
            processes.add(ServedNodeProcess.start(
                    lab, "h" + i, "n" + i, "192.168.39." + i, "192.168.39.1", "b" + i, "10.0.0.1" + i));
            BackendProgram.start(lab, directory, "b" + i);
        }
        await(() -> healthy() == 2);
        for (String address : List.of("10.0.0.12", "10.0.0.13")) {
            lab.run("c", "curl", "-sS", "--retry", "10", "--retry-all-errors", "-m5", "http://" + address + ":8080/")
                    .orFail();
        }
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private List<ServiceStatus.BackendStatus> backends() {
        return network.services().status("web").orElseThrow().backends();
    }

    private long healthy() {
        return backends().stream()
                .filter(backend -> backend.state() == Backend.State.HEALTHY)
                .count();
    }

    private int flows(String backend) {
        return backends().stream()
                .filter(each -> each.name().equals(backend))
                .mapToInt(ServiceStatus.BackendStatus::flows)
                .sum();
    }

    private void kill(int index) {
        long java = processes.get(index).pid();
        ProcessHandle.of(java).ifPresent(ProcessHandle::destroyForcibly);
        processes.get(index).onExit().join();
    }

    /** wrk has thirty connections and one request on each; those on the killed node's backend are all that can be lost. */
    @Test
    void aKillLosesTheRequestsInFlightOnThatNodeAndNoneAfterItIsFound() {
        var load = Wrk.start(lab, "c", "http://10.0.0.80/", 120, true);
        await(() -> flows("b3") >= Wrk.CONNECTIONS / 2 && flows("b2") >= Wrk.CONNECTIONS / 2);
        int inFlight = flows("b3");
        long killedAt = System.nanoTime();
        kill(1);
        await(() -> healthy() == 1);
        long foundAt = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            assertThat(lab.run("c", "curl", "-sS", "-m5", "http://10.0.0.80/")
                            .orFail()
                            .output())
                    .isEqualTo("b2");
        }
        Wrk.Result result = load.stop();
        System.out.printf(
                "kill -9: %d requests, %d lost of %d connections to the killed node; found after %d ms%n",
                result.requests(), result.failed(), inFlight, (foundAt - killedAt) / 1_000_000);
        assertThat(result.requests()).isGreaterThan(1000);
        assertThat(result.failed()).as(result.output()).isLessThanOrEqualTo(inFlight);
        assertThat(flows("b3")).as("connections that were left").isZero();
    }
}
