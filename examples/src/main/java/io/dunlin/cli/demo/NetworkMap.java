package io.dunlin.cli.demo;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The hosts, endpoints and paths between them, drawn with plain characters. */
final class NetworkMap {
    private static final int WIDTH = 19;

    private final Topology topology;

    NetworkMap(Topology topology) {
        this.topology = topology;
    }

    String text() {
        var lines = List.of(
                row(w -> "[" + w.name() + "]"),
                row(Topology.Workload::address),
                row(Topology.Workload::address6),
                row(w -> w.isOnNode() ? "| eth0 (TUN)" : "| vx0"),
                row(w -> w.isOnNode() ? "overlay-node" : "Linux VXLAN"),
                row(w -> w.host() + " " + w.vtep().replaceFirst(".*(?=\\.)", "")),
                row(_ -> "|"),
                row(_ -> "+").replaceAll("(?<=\\+)( +)(?=\\+)", "-".repeat(WIDTH - 1)) + "   switch, 192.168.39.0/24");
        return String.join("\n", lines)
                + "\n\n  overlay network backend: VNI " + Topology.VNI + ", " + Topology.SUBNET + ", "
                + Topology.SUBNET6 + ", MTU "
                + Topology.OVERLAY_MTU + "\n  service " + Topology.SERVICE + ": "
                + Topology.VIP + ", for "
                + topology.onNodes().stream().map(Topology.Workload::name).collect(Collectors.joining(", "));
    }

    private String row(Function<Topology.Workload, String> cell) {
        return topology.workloads().stream()
                .map(workload -> String.format("%-" + WIDTH + "s", cell.apply(workload)))
                .collect(Collectors.joining("", "  ", ""))
                .stripTrailing();
    }
}
