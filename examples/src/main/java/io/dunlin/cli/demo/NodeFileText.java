package io.dunlin.cli.demo;

import java.nio.file.Path;

/** The file that one host's node runs from, as a user would write it. */
final class NodeFileText {
    private NodeFileText() {}

    static String of(Topology topology, Topology.Workload own, Path namespace, Path control, String kernelMac) {
        var text = new StringBuilder();
        text.append("""
                node: %s
                dataPath: {address: %s, port: %d, mtu: %d}
                control: %s
                networks:
                  - name: backend
                    vni: %d
                    subnets: [%s, "%s"]
                    endpoints:
                      - name: %s
                        addresses: [%s, "%s"]
                        namespace: %s
                        device: eth0
                    remotes:
                """.formatted(
                        own.host(),
                        own.vtep(),
                        Topology.PORT,
                        Topology.UNDERLAY_MTU,
                        control,
                        Topology.VNI,
                        Topology.SUBNET,
                        Topology.SUBNET6,
                        own.name(),
                        own.address(),
                        own.address6(),
                        namespace));
        for (var other : topology.workloads()) {
            if (!other.equals(own)) {
                text.append("      - {name: %s, addresses: [%s, \"%s\"], vtep: %s%s}%n"
                        .formatted(
                                other.name(),
                                other.address(),
                                other.address6(),
                                other.vtep(),
                                other.isOnNode() ? "" : ", mac: \"" + kernelMac + "\""));
            }
        }
        return text.toString();
    }
}
