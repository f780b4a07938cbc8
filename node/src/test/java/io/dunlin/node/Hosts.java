package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.testkit.Program;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** Nodes of this JVM, each in the namespace of its host: sockets belong to the namespace of the thread that opens them. */
final class Hosts implements AutoCloseable {
    private final NamespaceLab lab;
    private final List<OverlayNode> nodes = new ArrayList<>();

    /** @param underlayMtu in bytes */
    Hosts(int underlayMtu) {
        lab = new NamespaceLab(underlayMtu);
    }

    /** Skips the test, with the reason, where namespaces or one of the programs cannot be had. */
    static void assumePossible(String... programs) {
        Optional<String> obstacle = NamespaceLab.obstacle(programs);
        Assumptions.assumeTrue(obstacle.isEmpty(), () -> "namespaces suite skipped: " + obstacle.orElse(""));
    }

    /**
     * Skips the test where the machine's own kernel does not answer each of twenty IPv4 echo requests of its loopback, on each of its
     * processors: that has been seen to happen to a kernel after hours of tests (docs/adr/0009), and says nothing of us.
     */
    static void assumeKernelAnswersEcho() {
        String onEach = "for cpu in $(seq 0 $(($(nproc) - 1))); do"
                + " taskset -c $cpu ping -q -c20 -i0.01 -w1 127.0.0.1 || exit; done";
        boolean answers =
                Program.run(NamespaceLab.SHORT, List.of("bash", "-c", onEach)).status() == 0;
        Assumptions.assumeTrue(answers, "this machine's kernel answers no IPv4 echo request (ping 127.0.0.1)");
    }

    /**
     * Whether a packet gets there and one comes back: a TCP connection to a port where nobody listens is refused by the other host's
     * kernel.
     */
    boolean reaches(String from, String address) {
        return lab.run(from, "timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/" + address + "/9")
                .output()
                .contains("Connection refused");
    }

    NamespaceLab lab() {
        return lab;
    }

    OverlayNode start(String host, NodeConfig config) throws IOException {
        OverlayNode node = NetworkNamespace.of(lab.path(host)).call(() -> OverlayNode.start(config));
        nodes.add(node);
        return node;
    }

    /** A new workload namespace, and an endpoint in it behind the device {@code eth0}. */
    Endpoint attach(OverlayNetwork network, String workload, String... addresses) throws IOException {
        lab.namespace(workload);
        var spec = EndpointSpec.named(workload)
                .namespace(lab.path(workload).toString())
                .device("eth0");
        for (String address : addresses) {
            spec = spec.address(address);
        }
        return network.attach(spec);
    }

    @Override
    public void close() throws IOException {
        try {
            for (OverlayNode node : nodes.reversed()) {
                node.close();
            }
        } finally {
            lab.close();
        }
    }
}
