package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class NodeConfigTest {
    private static final NodeConfig CONFIG = NodeConfig.named("a");

    /** By the component that it changes. */
    private static final Map<String, UnaryOperator<NodeConfig>> SETTINGS = Map.ofEntries(
            Map.entry("dataPath", config -> config.dataPath("192.168.39.1")),
            Map.entry("port", config -> config.port(4790)),
            Map.entry("underlayMtu", config -> config.underlayMtu(9000)),
            Map.entry("socket", config -> config.socket(NodeConfig.SocketKind.PORTABLE)),
            Map.entry("workers", config -> config.workers(3)),
            Map.entry("offloads", config -> config.offloads(false)),
            Map.entry("aead", config -> config.aead(NodeConfig.Engine.JDK)),
            Map.entry("gossip", config -> config.gossip(GossipConfig.named("a"))),
            Map.entry("keys", config -> config.keys(KeysConfig.DEFAULT.every(Duration.ofHours(1)))),
            Map.entry("pools", config -> config.pools(PoolsConfig.DEFAULT.patience(Duration.ofSeconds(7)))),
            Map.entry("names", config -> config.names(NamesConfig.DEFAULT.ttlSeconds(7))),
            Map.entry("maxFlows", config -> config.maxFlows(2_000_000)));

    /** Copies are made by hand, component by component: two that are exchanged there would compile. */
    @Test
    void eachSettingChangesItsOwnComponentAlone() throws ReflectiveOperationException {
        NodeConfig all = CONFIG;
        for (Map.Entry<String, UnaryOperator<NodeConfig>> setting : SETTINGS.entrySet()) {
            assertThat(differences(CONFIG, setting.getValue().apply(CONFIG))).containsExactly(setting.getKey());
            all = setting.getValue().apply(all);
        }
        assertThat(differences(CONFIG, all)).containsExactlyInAnyOrderElementsOf(SETTINGS.keySet());
        assertThat(differences(CONFIG, NodeConfig.named("b"))).containsExactly("name");
        assertThat(NodeConfig.class.getRecordComponents()).hasSize(1 + SETTINGS.size());
    }

    private static List<String> differences(NodeConfig one, NodeConfig other) throws ReflectiveOperationException {
        var names = new ArrayList<String>();
        for (RecordComponent component : NodeConfig.class.getRecordComponents()) {
            if (!Objects.equals(
                    component.getAccessor().invoke(one), component.getAccessor().invoke(other))) {
                names.add(component.getName());
            }
        }
        return names;
    }
}
