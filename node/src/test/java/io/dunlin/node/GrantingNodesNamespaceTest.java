package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes, each a node that was told one seed and a network's name, and nothing of subnets, VNIs and addresses:
 *
 * <pre>
 *   w1 eth0 10.0.0.?, fd00::?  w2 eth0 10.0.0.?, fd00::?  w3 eth0 10.0.0.?, fd00::?
 *        │                          │                          │
 *   h1: n1, 192.168.39.1 ───── h2: n2, 192.168.39.2 ───── h3: n3, 192.168.39.3
 * </pre>
 */
@Timeout(180)
class GrantingNodesNamespaceTest {
    private static final int NODES = 3;

    @TempDir
    Path directory;

    private NamespaceLab lab;
    private final Map<Integer, GrantedNodeProcess> nodes = new LinkedHashMap<>();

    @BeforeEach
    void start() {
        Hosts.assumePossible("ping");
        lab = new NamespaceLab(1500);
        for (int i = 1; i <= NODES; i++) {
            lab.host("h" + i, "192.168.39." + i + "/24");
            lab.namespace("w" + i);
        }
        for (int i = 1; i <= NODES; i++) {
            startNode(i);
        }
    }

    @AfterEach
    void end() throws IOException {
        if (lab != null) {
            nodes.values().forEach(GrantedNodeProcess::kill);
            lab.close();
        }
    }

    private List<IpAddress> startNode(int number) {
        var node = GrantedNodeProcess.start(
                lab,
                "h" + number,
                "n" + number,
                "192.168.39." + number,
                number == 1 ? "192.168.39.2" : "192.168.39.1",
                directory.resolve("n" + number),
                "w" + number);
        nodes.put(number, node);
        return node.addresses();
    }

    private void eachHasAddressesOfItsOwn() {
        var addresses = new HashSet<IpAddress>();
        nodes.values().forEach(node -> addresses.addAll(node.addresses()));
        assertThat(addresses).hasSize(2 * NODES);
    }

    private void allReachEachOther() {
        for (int from : nodes.keySet()) {
            nodes.forEach((number, to) -> {
                if (number != from) {
                    String ipv4 = to.addresses().getFirst().toString();
                    String ipv6 = to.addresses().getLast().toString();
                    assertThat(ipv4).startsWith("10.0.0.");
                    lab.run("w" + from, "ping", "-c1", "-w15", ipv6).orFail(); // not IPv4: docs/adr/0009
                    assertThat(isRefused("w" + from, ipv4))
                            .as("w%d reaches w%d", from, number)
                            .isTrue();
                }
            });
        }
    }

    /** A connection to a port where nobody listens is refused by the other end's kernel; it is tried until gossip has told where that is. */
    private boolean isRefused(String from, String to) {
        String attempt = "until timeout 1 bash -c 'exec 3<>/dev/tcp/" + to + "/9' 2>&1 | grep -q refused; do :; done";
        return lab.run(from, "timeout", "15", "bash", "-c", attempt).status() == 0;
    }

    @Test
    void eachEndpointGetsAddressesOfItsOwnAndReachesTheOthers() {
        eachHasAddressesOfItsOwn();
        allReachEachOther();
    }

    @Test
    void whoIsKilledAndStartsAgainHasItsAddressesAgain() {
        for (int number = 1; number <= NODES; number++) { // the owner first
            GrantedNodeProcess killed = Objects.requireNonNull(nodes.get(number));
            killed.kill();
            assertThat(startNode(number)).isEqualTo(killed.addresses());
        }
        eachHasAddressesOfItsOwn();
        allReachEachOther();
    }
}
