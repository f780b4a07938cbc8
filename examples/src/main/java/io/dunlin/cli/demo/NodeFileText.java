package io.dunlin.cli.demo;

import java.nio.file.Path;

/** The file that one host's node runs from, as a user would write it. */
final class NodeFileText {
    private NodeFileText() {}

    /** The other nodes join the first. Of others' endpoints only the one is written that no node tells of: Linux's own VXLAN device. */
    static String of(Topology topology, Topology.Workload own, Path namespace, Path control, String kernelMac) {
        var kernel = topology.kernel();
        return """
                node: %s
                dataPath: {address: %s, port: %d, mtu: %d}
                gossip: %s
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
                      - {name: %s, addresses: [%s, "%s"], vtep: %s, mac: "%s"}
                """.formatted(
                        own.host(),
                        own.vtep(),
                        Topology.PORT,
                        Topology.UNDERLAY_MTU,
                        own.equals(topology.seed())
                                ? "{}"
                                : "{join: [" + topology.seed().vtep() + "]}",
                        control,
                        Topology.VNI,
                        Topology.SUBNET,
                        Topology.SUBNET6,
                        own.name(),
                        own.address(),
                        own.address6(),
                        namespace,
                        kernel.name(),
                        kernel.address(),
                        kernel.address6(),
                        kernel.vtep(),
                        kernelMac);
    }
}
