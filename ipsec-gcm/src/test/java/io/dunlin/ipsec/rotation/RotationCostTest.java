package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.rotation.RotationCost.Share;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What a turn of the key costs a node: in messages and bytes it grows with the number of nodes, and with nothing else. */
class RotationCostTest {
    /** What waits at a node whose own work is slower than what arrives: it has room for 4,096. */
    private static final int MOST_WAITING_PER_NODE = 4;

    @Test
    void aTurnCostsSevenMessagesForEachPeer() {
        measure(60);
    }

    @Test
    @EnabledIfSystemProperty(named = "dunlin.long", matches = "true", disabledReason = "takes minutes: -Plong")
    void aTurnCostsSevenMessagesForEachPeerOfManyToo() {
        measure(300);
    }

    private static void measure(int nodes) {
        var cost = new RotationCost(1, nodes);
        cost.begin();
        List<Share> shares = cost.turn();
        cost.close();
        String figures =
                "%d nodes: messages %d, bytes %d, waiting %d, work %.1f ms, switched after %.2f s, tables %d (the most of each)"
                        .formatted(
                                nodes,
                                most(shares, Share::sent),
                                most(shares, Share::bytes),
                                most(shares, Share::mostWaiting),
                                most(shares, Share::workNanos) / 1e6,
                                most(shares, Share::switchedNanos) / 1e9,
                                most(shares, Share::published));
        System.out.println(figures);
        assertThat(most(shares, Share::sent)).as(figures).isLessThan(12L * nodes);
        assertThat(most(shares, Share::bytes)).as(figures).isLessThan(1_500L * nodes);
        assertThat(most(shares, Share::mostWaiting)).as(figures).isLessThan(MOST_WAITING_PER_NODE * (long) nodes);
        assertThat(most(shares, Share::published))
                .as("the data path takes few tables: " + figures)
                .isLessThan(10);
        assertThat(most(shares, Share::switchedNanos))
                .as(figures)
                .isLessThan(Duration.ofSeconds(10).toNanos());
    }

    private static long most(List<Share> shares, ToLongFunction<Share> what) {
        return shares.stream().mapToLong(what).max().orElseThrow();
    }
}
