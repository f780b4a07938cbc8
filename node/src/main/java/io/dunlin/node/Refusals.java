package io.dunlin.node;

import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What other nodes told and was not taken: counted, and said once of each of them and each reason. Under the node's lock. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNode.class);

    private final String self;
    private final Map<ClusterStats.Refusal, Long> counts = new EnumMap<>(ClusterStats.Refusal.class);
    private final SaidOnce said = new SaidOnce();

    Refusals(String self) {
        this.self = self;
    }

    /** @param why for people */
    void refuse(ClusterStats.Refusal reason, String owner, String why) {
        counts.merge(reason, 1L, Long::sum);
        if (said.isNew(reason + " " + owner)) {
            LOG.warn("node {}: refused of node {}: {}; more of this kind is only counted", self, owner, why);
        }
    }

    /** By reason; a snapshot. */
    Map<ClusterStats.Refusal, Long> counts() {
        return Map.copyOf(counts);
    }
}
