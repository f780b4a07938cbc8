package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The experiments with tables on simulated clusters, each of which gives a line of a table. All begin with all members there and quiet. */
final class TableExperiments {
    private static final int VALUE = 200;

    private TableExperiments() {}

    /** The long form: a thousand members, some 4 GiB of heap, a few minutes. Named ones alone, if any are named. */
    public static void main(String[] names) {
        var chosen = Set.of(names);
        Map<String, Supplier<String>> experiments = new LinkedHashMap<>();
        experiments.put("update", () -> update(1000, 0.05, 100, 1));
        experiments.put("quiet", () -> quiet(1000, 10, 1));
        experiments.put("fresh", () -> fresh(8, 100_000, 1));
        experiments.put("burst", () -> burst(1000, 1000, 1));
        experiments.put("heal", () -> heal(Integer.getInteger("n", 1000), 10, 1));
        experiments.put("memory", TableExperiments::memory);
        experiments.forEach((name, experiment) -> {
            if ((chosen.isEmpty() && !name.equals("memory")) || chosen.contains(name)) {
                long began = System.nanoTime();
                String line = experiment.get();
                System.out.printf(Locale.ROOT, "%s  (%.1f s)%n", line, (System.nanoTime() - began) / 1e9);
            }
        });
    }

    /** Single changes by random members: how long until each other member has each of them. */
    static String update(int size, double loss, int changes, long seed) {
        var cluster = quiet(size, seed);
        cluster.loss = loss;
        var random = new SplittableRandom(seed);
        var times = new ArrayList<Long>();
        var began = new HashMap<String, Long>();
        for (var node : cluster.up()) {
            node.tables.table("endpoint").watch(change -> {
                if (change instanceof RowChange.Added(var row) && !row.owner().equals(node.name)) {
                    times.add(cluster.now() - began.getOrDefault(row.key(), 0L));
                }
            });
        }
        cluster.run(Duration.ofSeconds(1));
        var before = new Traffic(cluster);
        Duration pause = Duration.ofMillis(100);
        for (int i = 0; i < changes; i++) {
            String key = "key-" + i;
            began.put(key, cluster.now());
            put(cluster.node(name(random.nextInt(size))), key, value(random));
            cluster.run(pause);
        }
        cluster.run(Duration.ofSeconds(20));
        long missing = (long) changes * (size - 1) - times.size();
        return line("one row's update to all", size, loss, times) + "  missing " + missing + "  "
                + before.perNode(cluster, changes * pause.toMillis() / 1e3 + 20);
    }

    /** A cluster in two halves for five minutes, in which each member rewrites all its rows: how long until all have all. */
    static String heal(int size, int rowsEach, long seed) {
        var cluster = quiet(size, seed);
        var random = new SplittableRandom(seed);
        write(cluster, rowsEach, random);
        cluster.run(Duration.ofSeconds(20));
        requireConverged(cluster, size * rowsEach);
        var parts = new HashMap<String, Integer>();
        for (int i = 0; i < size; i++) {
            parts.put(name(i), i % 2);
        }
        cluster.partition(parts);
        cluster.run(Duration.ofMinutes(4));
        write(cluster, rowsEach, random);
        cluster.run(Duration.ofMinutes(1));
        cluster.heal();
        var before = new Traffic(cluster);
        var times = timesToConverge(cluster, size * rowsEach);
        return line("heal of halves, " + size * rowsEach + " rows rewritten", size, 0, times) + "  "
                + before.total(cluster);
    }

    /** A member that starts where one other owns all rows: how long until it has them. */
    static String fresh(int size, int rows, long seed) {
        var cluster = quiet(size, seed);
        var random = new SplittableRandom(seed);
        for (int i = 0; i < rows; i++) {
            put(cluster.node(name(0)), "key-" + i, value(random));
        }
        cluster.run(Duration.ofSeconds(60));
        requireConverged(cluster, rows);
        var before = new Traffic(cluster);
        var fresh = cluster.start("fresh");
        long began = cluster.now();
        while (fresh.tables.table("endpoint").rows().size() < rows) {
            cluster.run(Duration.ofMillis(1));
        }
        return line("a fresh member fetches " + rows + " rows", size, 0, List.of(cluster.now() - began)) + "  "
                + before.total(cluster);
    }

    /** One member writes many rows at once: how long until each other has all. */
    static String burst(int size, int rows, long seed) {
        var cluster = quiet(size, seed);
        var random = new SplittableRandom(seed);
        for (int i = 0; i < rows; i++) {
            put(cluster.node(name(0)), "key-" + i, value(random));
        }
        var before = new Traffic(cluster);
        var times = timesToConverge(cluster, rows);
        return line("one member writes " + rows + " rows at once", size, 0, times) + "  " + before.total(cluster);
    }

    /** Nothing happens: what it costs. */
    static String quiet(int size, int rowsEach, long seed) {
        var cluster = quiet(size, seed);
        write(cluster, rowsEach, new SplittableRandom(seed));
        cluster.run(Duration.ofSeconds(60));
        var before = new Traffic(cluster);
        cluster.run(Duration.ofMinutes(5));
        return line("quiet, " + size * rowsEach + " rows", size, 0, List.of()) + "  " + before.perNode(cluster, 300);
    }

    /** Bytes of heap for each row of 200 bytes with a key of 10. */
    private static String memory() {
        int rows = 100_000;
        var store = new TableStore("node-0", 1, TableLimits.DEFAULT);
        long before = used();
        var random = new SplittableRandom(1);
        for (int i = 0; i < rows; i++) {
            var _ = store.put("endpoint", String.format(Locale.ROOT, "key-%06d", i), value(random), 0);
        }
        long bytes = used() - before;
        return bytes / rows + " bytes of heap a row, of which key and value " + store.bytes() / rows;
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static TableCluster quiet(int size, long seed) {
        var cluster = new TableCluster(seed);
        cluster.startAll(
                IntStream.range(0, size).mapToObj(TableExperiments::name).toList());
        cluster.run(Duration.ofSeconds(30));
        // memberlist's scale: ceil(log2 n − 5) + 1 times as long above 32 members
        if (size > 32) {
            cluster.pushPullInterval =
                    cluster.pushPullInterval.multipliedBy(1 + (long) Math.ceil(Math.log(size) / Math.log(2) - 5));
        }
        return cluster;
    }

    private static void write(TableCluster cluster, int rowsEach, SplittableRandom random) {
        for (var node : cluster.up()) {
            for (int i = 0; i < rowsEach; i++) {
                put(node, "key-" + node.name + "-" + i, Bytes.utf8("value " + random.nextInt(1 << 20)));
            }
        }
    }

    private static void put(TableCluster.Node node, String key, Bytes value) {
        var _ = node.tables.table("endpoint").put(key, value);
    }

    /** When each member had all rows as they are in the end. */
    private static List<Long> timesToConverge(TableCluster cluster, int rows) {
        var lastChange = new HashMap<String, Long>();
        long began = cluster.now();
        for (var node : cluster.up()) {
            lastChange.put(node.name, began);
            node.tables.table("endpoint").watch(change -> lastChange.put(node.name, cluster.now()));
        }
        cluster.run(Duration.ofNanos(1));
        lastChange.replaceAll((name, time) -> began);
        cluster.run(Duration.ofSeconds(60));
        requireConverged(cluster, rows);
        var times = new ArrayList<Long>();
        lastChange.values().forEach(time -> times.add(time - began));
        return times;
    }

    private static void requireConverged(TableCluster cluster, int rows) {
        Map<String, Long> different = new HashMap<>();
        for (var node : cluster.up()) {
            int size = node.tables.table("endpoint").rows().size();
            if (size != rows) {
                different.put(node.name, (long) size);
            }
        }
        var hashes = cluster.up().stream()
                .map(node -> ((TableLayer) node.layer).summary())
                .distinct()
                .count();
        if (!different.isEmpty() || hashes > 1) {
            throw new IllegalStateException(
                    "not converged to " + rows + " rows: " + different + ", " + hashes + " states");
        }
    }

    static String name(int i) {
        return "node-" + i;
    }

    private static Bytes value(SplittableRandom random) {
        var value = new byte[VALUE];
        random.nextBytes(value);
        return Bytes.wrap(value);
    }

    private static String line(String what, int size, double loss, List<Long> nanos) {
        String head = String.format(Locale.ROOT, "%-44s n %5d  loss %3.0f %%", what, size, loss * 100);
        if (nanos.isEmpty()) {
            return head;
        }
        var sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        return head
                + String.format(
                        Locale.ROOT,
                        "  median %6.3f s  p99 %6.3f s  max %6.3f s",
                        sorted.get(sorted.size() / 2) / 1e9,
                        sorted.get((int) (sorted.size() * 0.99)) / 1e9,
                        sorted.getLast() / 1e9);
    }

    /** What was sent until now. */
    private record Traffic(long packets, long packetBytes, long streams, long streamBytes) {
        Traffic(TableCluster cluster) {
            this(cluster.packets, cluster.packetBytes, cluster.streams, cluster.streamBytes);
        }

        String perNode(TableCluster cluster, double seconds) {
            long bytes = cluster.packetBytes - packetBytes + cluster.streamBytes - streamBytes;
            return String.format(Locale.ROOT, "%6.0f B/s a node", bytes / seconds / cluster.nodes.size());
        }

        String total(TableCluster cluster) {
            return String.format(
                    Locale.ROOT,
                    "packets %d of %.1f MB, streams %d of %.1f MB",
                    cluster.packets - packets,
                    (cluster.packetBytes - packetBytes) / 1e6,
                    cluster.streams - streams,
                    (cluster.streamBytes - streamBytes) / 1e6);
        }
    }
}
