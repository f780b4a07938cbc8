package io.dunlin.cli.demo;

import java.nio.file.Path;

/** The file that one host's node runs from, as a user would write it. */
final class NodeFileText {
    private NodeFileText() {}

    /**
     * The other nodes join the first, and hear of its service. Of others' endpoints only the one is written that no node tells of: Linux's own
     * VXLAN device.
     */
    static String of(Topology topology, Topology.Workload own, Path namespace, Path control, String kernelMac) {
        var kernel = topology.kernel();
        boolean isSeed = own.equals(topology.seed());
        return """
                node: %s
                dataPath: {address: %s, port: %d, mtu: %d}
                gossip: %s
                control: %s
                networks:
                  - name: backend
                    vni: %d
                    subnets: [%s, "%s"]
                    services: %s
                    endpoints:
                      - name: %s
                        addresses: [%s, "%s"]
                        namespace: %s
                        device: eth0
                        service: %s
                    remotes:
                      - {name: %s, addresses: [%s, "%s"], vtep: %s, mac: "%s"}
                """.formatted(
                        own.host(),
                        own.vtep(),
                        Topology.PORT,
                        Topology.UNDERLAY_MTU,
                        isSeed ? "{}" : "{join: [" + topology.seed().vtep() + "]}",
                        control,
                        Topology.VNI,
                        Topology.SUBNET,
                        Topology.SUBNET6,
                        isSeed
                                ? "[{name: " + Topology.SERVICE + ", vips: [" + Topology.VIP + "], ports: ["
                                        + ServiceCheck.HTTP_PORT + "]}]"
                                : "[]",
                        own.name(),
                        own.address(),
                        own.address6(),
                        namespace,
                        Topology.SERVICE,
                        kernel.name(),
                        kernel.address(),
                        kernel.address6(),
                        kernel.vtep(),
                        kernelMac);
    }
}
