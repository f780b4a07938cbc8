package io.dunlin.cli.demo;

import io.dunlin.vxlan.io.linux.NetworkNamespace;
import io.dunlin.vxlan.io.linux.TransmitChecksums;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hosts, workloads and wires, all in namespaces of their own; nothing touches the namespace that the demo was started in.
 *
 * <pre>
 *                 switch: a bridge, 192.168.39.0/24
 *       +----------------+----------------+----------------+
 *     host1            host2            host3            host4
 *     .1 overlay-node  .2 overlay-node  .3 overlay-node  .4 no node: Linux's VXLAN device
 *       |                |                |                |
 *     work1 eth0       work2 eth0       work3 eth0       vx0
 *     web.1 .11 ::11   web.2 .12 ::12   web.3 .13 ::13   plain.4 .14 ::14     10.77.0.0/24, fd77::/64
 * </pre>
 */
final class Topology {
    static final int VNI = 4096;
    static final int PORT = 4789;
    static final int UNDERLAY_MTU = 1500;
    static final int OVERLAY_MTU = UNDERLAY_MTU - 50;
    static final String SUBNET = "10.77.0.0/24";
    static final String SUBNET6 = "fd77::/64";
    static final int NODES = 3;

    /** The service that all workloads on nodes stand behind, and its virtual IP. */
    static final String SERVICE = "web";

    static final String VIP = "10.77.0.80";

    private static final String KERNEL_DEVICE = "vx0";

    private final Namespaces namespaces;

    /**
     * A workload and the host it is on.
     *
     * @param namespace where its programs run
     * @param host the namespace of its host
     */
    record Workload(String name, String namespace, String host, String vtep, String address, String address6) {
        static Workload number(int i) {
            boolean node = i <= NODES;
            return new Workload(
                    (node ? "web." : "plain.") + i,
                    (node ? "work" : "host") + i,
                    "host" + i,
                    "192.168.39." + i,
                    "10.77.0.1" + i,
                    "fd77::1" + i);
        }

        boolean isOnNode() {
            return !namespace.equals(host);
        }
    }

    Topology(Namespaces namespaces) {
        this.namespaces = namespaces;
    }

    /** All workloads; the last is on the host without a node. */
    List<Workload> workloads() {
        return IntStream.rangeClosed(1, NODES + 1).mapToObj(Workload::number).toList();
    }

    Workload kernel() {
        return workloads().getLast();
    }

    /** The one whose node the others join. */
    Workload seed() {
        return workloads().getFirst();
    }

    List<Workload> onNodes() {
        return workloads().subList(0, NODES);
    }

    /** Puts up namespaces, bridge and wires. */
    void build() throws IOException {
        namespaces.add("switch");
        namespaces.ip("switch", "link add br0 type bridge");
        namespaces.ip("switch", "link set br0 up");
        for (var workload : workloads()) {
            String host = workload.host();
            namespaces.add(host);
            if (workload.isOnNode()) {
                namespaces.add(workload.namespace());
            }
            namespaces.ip("switch", "link add " + host + " type veth peer name eth0 netns " + namespaces.named(host));
            namespaces.ip("switch", "link set " + host + " master br0 up");
            namespaces.ip(host, "addr add " + workload.vtep() + "/24 dev eth0");
            namespaces.ip(host, "link set eth0 mtu " + UNDERLAY_MTU + " up");
        }
        kernelVxlan();
    }

    /** The fourth host: what iproute2 sets up, and no process of ours. Broadcasts go to each VTEP, which is how it asks for addresses. */
    private void kernelVxlan() throws IOException {
        var kernel = kernel();
        String host = kernel.host();
        namespaces.ip(
                host,
                "link add " + KERNEL_DEVICE + " type vxlan id " + VNI + " local " + kernel.vtep() + " dstport " + PORT);
        for (var workload : onNodes()) {
            namespaces.bridge(host, "fdb append 00:00:00:00:00:00 dev " + KERNEL_DEVICE + " dst " + workload.vtep());
        }
        namespaces.ip(host, "addr add " + kernel.address() + "/24 dev " + KERNEL_DEVICE);
        namespaces.ip(host, "addr add " + kernel.address6() + "/64 dev " + KERNEL_DEVICE + " nodad");
        namespaces.ip(host, "link set " + KERNEL_DEVICE + " mtu " + OVERLAY_MTU + " up");
        // A veth promises to complete checksums and never does, as its packets stay in memory; a network card would.
        // Without this,
        // TCP from here reaches the nodes with half a checksum.
        NetworkNamespace.of(namespaces.path(host)).call(() -> {
            TransmitChecksums.turnOff("eth0");
            return true;
        });
    }

    /** The MAC address that Linux gave its device. */
    String kernelMac() throws IOException {
        String link = namespaces.ip(kernel().host(), "-o link show " + KERNEL_DEVICE);
        return link.replaceFirst("(?s).*link/ether (\\S+).*", "$1");
    }
}
