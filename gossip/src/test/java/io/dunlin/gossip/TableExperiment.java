package io.dunlin.gossip;

import io.dunlin.gossip.SimulatedCluster.Node;
import io.dunlin.gossip.SimulatedCluster.Options;
import io.dunlin.gossip.wire.Bytes;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Tables on the membership that is simulated with them: what rows cost, and how long they take. */
final class TableExperiment {
    static final String HEADER = """
            | members | what | loss | median, s | p99, s | max, s | traffic |
            |---|---|---|---|---|---|---|
            """;

    private static final String TABLE = "endpoint";
    private static final int SEEDS = 3;
    private static final Duration STEP = Duration.ofMillis(50);

    private final int members;
    private final double loss;
    private final long seed;
    private final SplittableRandom random;
    private final SimulatedCluster cluster;
    private final Map<Integer, Carried> layers = new HashMap<>();

    TableExperiment(int members, double loss, long seed) {
        this.members = members;
        this.loss = loss;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.cluster = new SimulatedCluster(seed, Options.of(Profile.lan()).withLayer(number -> {
            var carried = new Carried(new SplittableRandom(seed * 7919 + number));
            layers.put(number, carried);
            return carried;
        }));
        cluster.network().setLoss((from, to) -> loss);
        cluster.startFormed(members);
        List<InetSocketAddress> seeds =
                IntStream.range(0, SEEDS).mapToObj(SimulatedNetwork::address).toList();
        cluster.nodes().forEach(node -> node.protocol.join(seeds, result -> {}));
        // startFormed put the members where they are seen, but told no layer.
        for (Node node : cluster.nodes()) {
            node.protocol.members().forEach(layer(node)::joined);
        }
        cluster.pass(Duration.ofSeconds(30));
    }

    /** Single changes by random members: how long until each other member has each. */
    Line update(int changes) {
        var began = new HashMap<String, Long>();
        var times = new ArrayList<Long>();
        watch((node, row) -> {
            Long since = began.get(row.key());
            if (since != null && !row.owner().equals(node.name)) {
                times.add(cluster.now() - since);
            }
        });
        long sent = cluster.sent();
        for (int i = 0; i < changes; i++) {
            began.put("key-" + i, cluster.now());
            put(cluster.node(random.nextInt(members)), "key-" + i, value());
            cluster.pass(Duration.ofMillis(100));
        }
        cluster.pass(Duration.ofSeconds(20));
        long missing = (long) changes * (members - 1) - times.size();
        if (missing != 0) {
            throw new IllegalStateException(missing + " changes did not arrive, seed " + seed);
        }
        double rate = (cluster.sent() - sent) / (double) members / (changes / 10.0 + 20);
        return new Line(
                this,
                "a row's change, ten a second",
                times,
                String.format(Locale.ROOT, "%,.0f B/s a member, all in all", rate));
    }

    /** Two halves for five minutes, in which each member rewrites all its rows. */
    Line heal(int rowsEach) {
        write(rowsEach);
        cluster.pass(Duration.ofSeconds(60));
        require(members * rowsEach);
        int border = members / 2;
        cluster.network().setLoss((from, to) -> from.number() < border == to.number() < border ? loss : 1);
        cluster.pass(Duration.ofMinutes(3));
        write(rowsEach);
        cluster.pass(Duration.ofMinutes(2));
        cluster.network().setLoss((from, to) -> loss);
        long healed = cluster.now();
        long sent = cluster.sent();
        var last = new HashMap<String, Long>();
        watch((node, row) -> last.put(node.name, cluster.now() - healed));
        cluster.pass(STEP);
        last.clear();
        long agreed = -1;
        long atMost = healed + Duration.ofSeconds(90).toNanos();
        while (cluster.now() < atMost && (agreed < 0 || !isConverged(members * rowsEach))) {
            cluster.pass(STEP);
            if (agreed < 0 && cluster.agrees(cluster.nodes())) {
                agreed = cluster.now() - healed;
            }
        }
        require(members * rowsEach);
        String traffic = String.format(
                Locale.ROOT,
                "%,.0f kB a member; membership alone agreed after %.1f s",
                (cluster.sent() - sent) / 1e3 / members,
                agreed / 1e9);
        return new Line(
                this,
                String.format(
                        Locale.ROOT, "halves apart for 5 minutes, %,d rows rewritten, healed", members * rowsEach),
                new ArrayList<>(last.values()),
                traffic);
    }

    /** What tables cost when nothing changes. */
    Line quiet(int rowsEach) {
        write(rowsEach);
        cluster.pass(Duration.ofSeconds(60));
        long sent = cluster.sent();
        cluster.pass(Duration.ofMinutes(5));
        return new Line(
                this,
                String.format(Locale.ROOT, "quiet, %,d rows", members * rowsEach),
                List.of(),
                String.format(
                        Locale.ROOT, "%,.0f B/s a member, all in all", (cluster.sent() - sent) / 300.0 / members));
    }

    /** One member writes many rows at once: how long until each other has all. */
    Line burst(int rows) {
        var last = new HashMap<String, Long>();
        long began = cluster.now();
        watch((node, row) -> last.put(node.name, cluster.now() - began));
        for (int i = 0; i < rows; i++) {
            put(cluster.node(0), "key-" + i, value());
        }
        long sent = cluster.sent();
        cluster.pass(Duration.ofSeconds(30));
        require(rows);
        last.remove(cluster.node(0).name);
        return new Line(
                this,
                String.format(Locale.ROOT, "one member writes %,d rows at once", rows),
                new ArrayList<>(last.values()),
                String.format(Locale.ROOT, "%,.0f kB a member", (cluster.sent() - sent) / 1e3 / members));
    }

    /** A member that starts where one other owns many rows. */
    Line fresh(int rows) {
        for (int i = 0; i < rows; i++) {
            put(cluster.node(0), "key-" + i, value());
        }
        cluster.pass(Duration.ofSeconds(60));
        require(rows);
        long began = cluster.now();
        long sent = cluster.sent();
        Node fresh = cluster.start(members);
        fresh.protocol.join(List.of(SimulatedNetwork.address(1)), result -> {});
        while (table(fresh).rows().size() < rows
                && cluster.now() - began < Duration.ofMinutes(1).toNanos()) {
            cluster.pass(Duration.ofMillis(10));
        }
        return new Line(
                this,
                String.format(Locale.ROOT, "a fresh member fetches %,d rows", rows),
                List.of(cluster.now() - began),
                String.format(Locale.ROOT, "%,.0f kB in all", (cluster.sent() - sent) / 1e3));
    }

    private interface Seen {
        void row(Node node, Row row);
    }

    private void watch(Seen seen) {
        for (Node node : cluster.nodes()) {
            table(node).watch(change -> {
                switch (change) {
                    case RowChange.Added(var row) -> seen.row(node, row);
                    case RowChange.Updated(var before, var row) -> seen.row(node, row);
                    case RowChange.Removed(var row, var cause) -> {}
                }
            });
        }
        cluster.pass(Duration.ofMillis(1));
    }

    private void write(int rowsEach) {
        for (Node node : cluster.nodes()) {
            for (int i = 0; i < rowsEach; i++) {
                put(node, node.name + "-" + i, Bytes.utf8("value " + random.nextInt(1 << 20)));
            }
        }
    }

    private void put(Node node, String key, Bytes value) {
        var _ = table(node).put(key, value);
    }

    private Bytes value() {
        var value = new byte[200];
        random.nextBytes(value);
        return Bytes.wrap(value);
    }

    private Table table(Node node) {
        return layer(node).tables().table(TABLE);
    }

    private Carried layer(Node node) {
        Carried layer = layers.get(node.number);
        if (layer == null) {
            throw new IllegalStateException("no layer on " + node.name);
        }
        return layer;
    }

    private boolean isConverged(int rows) {
        long first = layer(cluster.node(0)).summary();
        return cluster.nodes().stream()
                .allMatch(
                        node -> table(node).rows().size() == rows && layer(node).summary() == first);
    }

    private void require(int rows) {
        if (!isConverged(rows)) {
            throw new IllegalStateException("not converged to " + rows + " rows, seed " + seed + ": "
                    + cluster.nodes().stream()
                            .filter(node -> table(node).rows().size() != rows)
                            .count() + " members differ in number");
        }
    }

    /** A line of the table. */
    record Line(TableExperiment of, String what, List<Long> nanos, String traffic) {
        double p99() {
            return at(0.99);
        }

        private double at(double share) {
            var sorted = nanos.stream().sorted().toList();
            return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() * share, sorted.size() - 1.0)) / 1e9;
        }

        double max() {
            return at(1);
        }

        @Override
        public String toString() {
            String times = nanos.isEmpty()
                    ? "– | – | –"
                    : String.format(Locale.ROOT, "%.2f | %.2f | %.2f", at(0.5), p99(), max());
            return String.format(
                    Locale.ROOT, "| %,d | %s | %.0f %% | %s | %s |%n", of.members, what, 100 * of.loss, times, traffic);
        }
    }

    /** Tables that come to be when membership starts. */
    private static final class Carried implements Layer {
        private final SplittableRandom random;
        private @Nullable Tables made;

        Carried(SplittableRandom random) {
            this.random = random;
        }

        Tables tables() {
            if (made == null) {
                throw new IllegalStateException("not started");
            }
            return made;
        }

        long summary() {
            return ((TableLayer) tables().layer()).summary();
        }

        @Override
        public void start(Membership membership) {
            made = new Tables(membership.localName(), membership.clock(), random, TableLimits.DEFAULT);
            made.layer().start(membership);
        }

        @Override
        public void message(byte[] data) {
            tables().layer().message(data);
        }

        @Override
        public void gossip(int overhead, int space, Consumer<byte[]> out) {
            tables().layer().gossip(overhead, space, out);
        }

        @Override
        public byte[] localState(boolean join) {
            return tables().layer().localState(join);
        }

        @Override
        public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {
            tables().layer().remoteState(state, join, from);
        }

        @Override
        public void joined(Member member) {
            if (made != null) {
                made.layer().joined(member);
            }
        }

        @Override
        public void updated(Member member) {
            tables().layer().updated(member);
        }

        @Override
        public void gone(Member member) {
            tables().layer().gone(member);
        }
    }
}
