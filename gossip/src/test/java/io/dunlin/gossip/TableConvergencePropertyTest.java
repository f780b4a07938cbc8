package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.PutResult.Accepted;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Whatever happens to messages and members, all see the owners' rows in the end, and what watchers were told adds up to what is to be seen.
 * The model is one map for each owner.
 */
class TableConvergencePropertyTest {
    private static final List<String> TABLES = List.of("endpoint", "node");

    private final Map<String, Map<String, String>> truth = new TreeMap<>();
    private final List<Log> logs = new ArrayList<>();
    private final List<CompletableFuture<Void>> results = new ArrayList<>();

    @Property(tries = 300)
    void allSeeTheOwnersRowsInTheEnd(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int size) {
        truth.clear();
        logs.clear();
        var random = new SplittableRandom(seed);
        var cluster = new TableCluster(seed);
        cluster.loss = random.nextInt(4) * 0.1;
        cluster.duplicates = 0.1;
        if (random.nextBoolean()) {
            // Hardly any removal is remembered.
            cluster.limits =
                    new TableLimits(1000, 6000, 1 << 20, random.nextInt(4), Duration.ofSeconds(3), Duration.ofHours(1));
        }
        cluster.delay = Duration.ofMillis(1 + random.nextInt(300));
        for (int i = 0; i < size; i++) {
            start(cluster, "n" + i);
        }
        int steps = 20 + random.nextInt(120);
        for (int i = 0; i < steps; i++) {
            step(cluster, random, "n" + random.nextInt(size));
            check(cluster);
        }
        cluster.heal();
        cluster.run(Duration.ofSeconds(40));
        check(cluster);
        var expected = new TreeMap<String, String>();
        for (var node : cluster.up()) {
            truth(node.name).forEach((key, value) -> expected.put(key + " of " + node.name, value));
        }
        for (var node : cluster.up()) {
            assertThat(visible(node)).as("rows at %s, seed %d", node.name, seed).isEqualTo(expected);
        }
        for (var node : cluster.up()) {
            assertThat(node.tables.stats().malformed()).isZero();
            assertThat(node.tables.stats().contradictions())
                    .as("contradictions, seed %d", seed)
                    .isZero();
        }
    }

    private void step(TableCluster cluster, SplittableRandom random, String name) {
        var node = cluster.node(name);
        String table = TABLES.get(random.nextInt(TABLES.size()));
        String key = "k" + random.nextInt(12);
        switch (random.nextInt(20)) {
            case 0 -> {
                var parts = new HashMap<String, Integer>();
                cluster.nodes.keySet().forEach(each -> parts.put(each, random.nextInt(2)));
                cluster.partition(parts);
            }
            case 1, 2 -> cluster.heal();
            case 3 -> {
                cluster.run(Duration.ofNanos(1)); // what was just asked for is still done
                if (node.up) {
                    cluster.crash(name);
                } else {
                    start(cluster, name);
                }
            }
            case 4 -> {
                if (!node.up) {
                    start(cluster, name);
                }
            }
            case 5, 6, 7 -> cluster.run(Duration.ofMillis(random.nextInt(3000)));
            case 13 -> logs.add(new Log(node, node.tables.table(table)));
            case 8 -> cluster.run(Duration.ofSeconds(random.nextInt(60)));
            case 9, 10, 11, 12 -> {
                if (node.up) {
                    boolean known = truth(name).remove(table + "/" + key) != null;
                    results.add(node.tables
                            .table(table)
                            .remove(key)
                            .thenAccept(removed -> assertThat(removed).isEqualTo(known)));
                }
            }
            default -> {
                if (node.up) {
                    String value = "v" + random.nextInt(1000)
                            + ".".repeat(random.nextInt(20) == 0 ? 5000 : random.nextInt(300));
                    results.add(node.tables
                            .table(table)
                            .put(key, Bytes.utf8(value))
                            .thenAccept(put -> assertThat(put).isInstanceOf(Accepted.class)));
                    truth(name).put(table + "/" + key, value);
                }
            }
        }
    }

    private Map<String, String> truth(String owner) {
        return truth.computeIfAbsent(owner, _ -> new TreeMap<>());
    }

    private void start(TableCluster cluster, String name) {
        truth.put(name, new TreeMap<>());
        var node = cluster.start(name);
        for (String table : TABLES) {
            logs.add(new Log(node, node.tables.table(table)));
        }
    }

    /** What was told adds up to what is to be seen, at any moment. */
    private void check(TableCluster cluster) {
        cluster.run(Duration.ofNanos(1)); // what was asked for is done
        results.forEach(CompletableFuture::join);
        results.clear();
        for (Log log : logs) {
            if (log.node.up) {
                assertThat(log.rows.values()).containsExactlyInAnyOrderElementsOf(log.table.rows());
            }
        }
    }

    private static Map<String, String> visible(TableCluster.Node node) {
        var rows = new TreeMap<String, String>();
        for (String table : TABLES) {
            for (Row row : node.tables.table(table).rows()) {
                rows.put(
                        table + "/" + row.key() + " of " + row.owner(),
                        row.value().text());
            }
        }
        return rows;
    }

    /** What a watcher was told, applied to nothing; it notices what does not fit. */
    private static final class Log {
        final TableCluster.Node node;
        final Table table;
        final Map<String, Row> rows = new HashMap<>();

        Log(TableCluster.Node node, Table table) {
            this.node = node;
            this.table = table;
            table.watch(this::changed);
        }

        private void changed(RowChange change) {
            switch (change) {
                case Added(var row) -> assertThat(put(row)).isNull();
                case Updated(var before, var row) -> {
                    assertThat(row).isNotEqualTo(before);
                    assertThat(put(row)).isEqualTo(before);
                }
                case Removed(var row, var cause) ->
                    assertThat(rows.remove(row.key() + " of " + row.owner())).isEqualTo(row);
            }
        }

        private @Nullable Row put(Row row) {
            return rows.put(row.key() + " of " + row.owner(), row);
        }
    }
}
