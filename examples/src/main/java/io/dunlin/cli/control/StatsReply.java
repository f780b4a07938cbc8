package io.dunlin.cli.control;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.dunlin.node.ClusterStats;
import io.dunlin.node.OverlayNode;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code stats} answers, as it travels: a node's name, what it carries, and what it counted.
 *
 * @param socket which socket carries the data path, for people
 * @param drops reasons that did not occur are absent
 * @param cluster what it knows through gossip; null if it does not gossip
 * @param keys of encrypted networks, as they turn; null without a cluster that gossips encrypted
 * @param errors failures that ended a device or socket, with how often
 */
public record StatsReply(
        String node,
        String socket,
        List<Network> networks,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ClusterStats cluster,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable KeysReply keys,
        Map<Counter, Long> counters,
        Map<DropReason, Long> drops,
        Map<String, Long> errors) {
    /** A network, the names of the endpoints here, and how many are known by hand behind other VTEPs. */
    public record Network(String name, int vni, int mtu, List<String> endpoints, int remotes) {}

    static StatsReply of(OverlayNode node) {
        var stats = node.stats();
        var networks = node.networks().stream()
                .map(network -> new Network(
                        network.spec().name(),
                        network.vni().value(),
                        network.mtu(),
                        network.endpoints().stream()
                                .map(endpoint -> endpoint.spec().name())
                                .toList(),
                        network.remotes().size()))
                .toList();
        // Enum maps keep the order of a packet's way.
        var counters = new EnumMap<Counter, Long>(Counter.class);
        counters.putAll(stats.counters());
        var drops = new EnumMap<DropReason, Long>(DropReason.class);
        drops.putAll(stats.drops());
        return new StatsReply(
                node.name(),
                node.socketKind(),
                networks,
                node.cluster().orElse(null),
                node.keys().map(KeysReply::of).orElse(null),
                counters,
                drops,
                stats.errors());
    }
}
