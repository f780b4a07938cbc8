package io.dunlin.node;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that agree on addresses, on virtual time, over a network that loses, doubles and delays what it carries, and parts. Rows arrive late, and
 * each node notices at another time who is gone. A node's disk outlives it; the node may be killed at each writing, before or after. All that
 * happens follows from the seed.
 *
 * <p>Whenever an endpoint gets an address, no other that is alive may have it: {@link #doubles} has those that do.
 */
final class SimulatedAddresses {
    static final String NETWORK = "backend";

    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration SYNC = Duration.ofSeconds(2);
    private static final long START_MILLIS = 1_700_000_000_000L;
    private static final Comparator<Row> ORDER =
            Comparator.comparing(Row::key).thenComparingLong(Row::generation).thenComparing(Row::owner);

    final SplittableRandom random;
    final Map<String, Station> stations = new TreeMap<>();
    final List<String> doubles = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, byte[]> disks = new HashMap<>();
    private final PoolsConfig config;
    private final boolean isKept;
    private long now = 1;
    private long sequence;

    /** Of messages: lost, and coming twice. */
    double loss;

    double duplicates;
    /** Of writings: the node is killed at it. */
    double kills;
    /** The most that a message or a row is under way. */
    Duration delay = Duration.ofMillis(100);
    /** The most that somebody's end is noticed late. */
    Duration detection = Duration.ofSeconds(3);

    long grants;
    long killed;
    long unanswered;

    private record Event(long at, long sequence, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
        }
    }

    /** All rows of a node. */
    private record Told(long generation, long version, Map<String, Row> rows) {
        boolean isNewerThan(@Nullable Told other) {
            return other == null
                    || generation > other.generation
                    || generation == other.generation && version > other.version;
        }
    }

    /** The process ends at once. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    SimulatedAddresses(long seed, PoolsConfig config, boolean isKept) {
        this.random = new SplittableRandom(seed);
        this.config = config;
        this.isKept = isKept;
    }

    static PoolsConfig pools(String range, int prefix, Duration reclaimAfter) {
        return PoolsConfig.DEFAULT.ranges(IpamConfig.of().pool(range, prefix)).reclaimAfter(reclaimAfter);
    }

    Station start(String name) throws IOException {
        var station = new Station(name);
        stations.put(name, station);
        station.begin();
        presenceChanged();
        return station;
    }

    Station station(String name) {
        return Objects.requireNonNull(stations.get(name));
    }

    List<Station> up() {
        return stations.values().stream().filter(each -> each.isUp).toList();
    }

    /** From now on nodes reach only those of their own part; 0 for those that are not named. */
    void partition(Map<String, Integer> parts) {
        stations.values().forEach(each -> each.part = parts.getOrDefault(each.name, 0));
        presenceChanged();
    }

    void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.poll();
            now = event.at;
            event.task.run();
        }
        now = end;
    }

    private void later(Duration most, Runnable task) {
        at(1 + random.nextLong(most.toNanos()), task);
    }

    private void at(long nanos, Runnable task) {
        events.add(new Event(now + nanos, sequence++, task));
    }

    private void presenceChanged() {
        for (Station seer : up()) {
            for (Station seen : stations.values()) {
                later(detection, () -> seer.look(seen.name));
            }
        }
    }

    private static boolean reaches(Station from, Station to) {
        return from.isUp && to.isUp && from.part == to.part;
    }

    /** A process of a node; one that is started again is another. */
    final class Station implements AddressCluster, LedgerStore {
        final String name;
        final Map<String, List<IpAddress>> endpoints = new TreeMap<>();
        final Set<String> attaching = new HashSet<>();
        final ErrorLog errors;
        private final AddressProtocol protocol;
        private final Map<String, Told> known = new HashMap<>();
        private final Set<String> alive = new HashSet<>();
        private final Set<String> left = new HashSet<>();
        private Told own = new Told(now, 0, Map.of());
        private Collection<Row> networks = List.of();
        private @Nullable NetworkSpec open;
        boolean isUp = true;
        boolean isDiskFull;
        private boolean hasLeft;
        private int part;

        Station(String name) throws IOException {
            this.name = name;
            this.errors = new ErrorLog(name);
            AddressLedger ledger =
                    GossipedAddresses.ledger(name, config.ranges(), this, SimulatedAddresses.this::wallMillis);
            var times = new AddressTimes(
                    now,
                    false,
                    !stations.isEmpty(),
                    Duration.ofSeconds(1).toNanos(),
                    config.patience().toNanos(),
                    config.reclaimAfter().toNanos());
            this.protocol = new AddressProtocol(name, ledger, this, this, times, () -> now, wallMillis() << 10, errors);
        }

        private void begin() {
            put("node", name, Bytes.EMPTY);
            doing(protocol::start);
            at(random.nextLong(TICK.toNanos()), this::tick);
            at(random.nextLong(SYNC.toNanos()), this::sync);
        }

        /** The process may be killed meanwhile. */
        private void doing(Runnable task) {
            if (isUp) {
                try {
                    task.run();
                    protocol.settle();
                } catch (Killed e) {
                    killed++;
                    crash();
                }
            }
        }

        private void tick() {
            doing(protocol::tick);
            if (isUp) {
                at(TICK.toNanos(), this::tick);
            }
        }

        // -------------------------------------------------------------- what a test does

        void open(NetworkSpec asked) {
            doing(() -> protocol.open(asked, outcome -> {
                if (outcome instanceof NetworkDefinitions.Outcome.Opened(var record)) {
                    open = asked.as(record);
                }
            }));
        }

        Optional<NetworkSpec> opened() {
            return Optional.ofNullable(open);
        }

        void close() {
            String network = Objects.requireNonNull(open).name();
            open = null;
            doing(() -> protocol.close(network));
        }

        void attach(String endpoint) {
            if (open == null || endpoints.containsKey(endpoint) || !attaching.add(endpoint)) {
                return;
            }
            String network = open.name();
            doing(() -> protocol.attach(network, endpoint, List.of(), false, outcome -> {
                attaching.remove(endpoint);
                switch (outcome) {
                    case AddressRequests.Outcome.Has(var addresses) -> attached(endpoint, addresses);
                    case AddressRequests.Outcome.Refused _ -> {}
                    case AddressRequests.Outcome.Unanswered _ -> unanswered++;
                }
            }));
        }

        private void attached(String endpoint, List<IpAddress> addresses) {
            grants++;
            for (Station other : up()) {
                other.endpoints.forEach((its, theirs) -> {
                    if (theirs.stream().anyMatch(addresses::contains)) {
                        doubles.add(addresses + " of " + name + "/" + endpoint + " and " + other.name + "/" + its);
                    }
                });
            }
            endpoints.put(endpoint, addresses);
            Vni vni = Objects.requireNonNull(Objects.requireNonNull(open).vni());
            put(EndpointRecord.TABLE, RowKey.of(vni, endpoint), new EndpointRecord(vni, 0, addresses).encode());
        }

        void detach(String endpoint) {
            if (endpoints.remove(endpoint) != null) {
                NetworkSpec network = Objects.requireNonNull(open);
                remove(EndpointRecord.TABLE, RowKey.of(Objects.requireNonNull(network.vni()), endpoint));
                doing(() -> protocol.detach(network.name(), endpoint));
            }
        }

        int reclaim(String node) {
            var freed = new int[1];
            doing(() -> freed[0] = protocol.reclaim(node));
            return freed[0];
        }

        /** As kill -9: what it had is gone, its disk is not. */
        void crash() {
            isUp = false;
            endpoints.clear();
            presenceChanged();
        }

        void leave() {
            hasLeft = true;
            crash();
        }

        AddressLedger ledger() {
            return protocol.ledger();
        }

        // -------------------------------------------------------------- its disk

        @Override
        public Optional<byte[]> read() {
            return Optional.ofNullable(disks.get(name));
        }

        @Override
        public void write(byte[] content) throws IOException {
            if (isDiskFull) {
                throw new IOException("no space left");
            }
            boolean isKilled = random.nextDouble() < kills;
            if (isKilled && random.nextBoolean()) {
                throw new Killed();
            }
            if (isKept) {
                disks.put(name, content);
            }
            if (isKilled) {
                throw new Killed();
            }
        }

        // -------------------------------------------------------------- its tables

        void put(String table, String key, Bytes value) {
            var rows = new HashMap<>(own.rows());
            rows.put(table + " " + key, new Row(table, key, value, name, own.generation(), own.version() + 1));
            change(rows);
        }

        private void remove(String table, String key) {
            var rows = new HashMap<>(own.rows());
            rows.remove(table + " " + key);
            change(rows);
        }

        private void change(Map<String, Row> rows) {
            own = new Told(own.generation(), own.version() + 1, Map.copyOf(rows));
            learn(name, own);
            for (Station other : up()) {
                if (other != this && random.nextDouble() >= loss) {
                    later(delay, () -> {
                        if (reaches(this, other)) {
                            other.learn(name, own);
                        }
                    });
                }
            }
        }

        private void sync() {
            List<Station> others = up().stream()
                    .filter(each -> each != this && reaches(this, each))
                    .toList();
            if (!others.isEmpty()) {
                Station other = others.get(random.nextInt(others.size()));
                Map.copyOf(other.known).forEach(this::learn);
                Map.copyOf(known).forEach(other::learn);
            }
            if (isUp) {
                at(SYNC.toNanos(), this::sync);
            }
        }

        private void learn(String owner, Told told) {
            if (isUp && (owner.equals(name) ? told.equals(own) : told.isNewerThan(known.get(owner)))) {
                known.put(owner, told);
                networks = rows(NetworkRecord.TABLE);
            }
        }

        private void look(String other) {
            Station seen = station(other);
            if (seen != this && reaches(this, seen)) {
                alive.add(other);
                left.remove(other);
            } else {
                alive.remove(other);
                if (seen.hasLeft) {
                    left.add(other);
                }
            }
            networks = rows(NetworkRecord.TABLE);
        }

        private SortedSet<Row> rows(String table) {
            var rows = new TreeSet<>(ORDER);
            known.forEach((owner, told) -> {
                if (owner.equals(name) || alive.contains(owner)) {
                    told.rows().values().stream()
                            .filter(row -> row.table().equals(table))
                            .forEach(rows::add);
                }
            });
            return rows;
        }

        @Override
        public Collection<Row> networks() {
            return networks;
        }

        @Override
        public SortedSet<Row> endpoints(Vni vni) {
            return ofNetwork(EndpointRecord.TABLE, vni);
        }

        @Override
        public SortedSet<Row> services(Vni vni) {
            return ofNetwork(ServiceRecord.TABLE, vni);
        }

        private SortedSet<Row> ofNetwork(String table, Vni vni) {
            var rows = new TreeSet<>(ORDER);
            rows(table).stream().filter(row -> row.key().startsWith(vni + "/")).forEach(rows::add);
            return rows;
        }

        @Override
        public boolean isAlive(String node) {
            return alive.contains(node) && known.containsKey(node);
        }

        @Override
        public boolean hasLeft(String node) {
            return left.contains(node);
        }

        @Override
        public int others() {
            return alive.size();
        }

        @Override
        public void announce(String network, NetworkRecord record) {
            put(NetworkRecord.TABLE, network, record.encode());
        }

        @Override
        public void withdraw(String network) {
            remove(NetworkRecord.TABLE, network);
        }

        @Override
        public void send(String node, Bytes message) {
            int copies = random.nextDouble() < duplicates ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                Duration most = random.nextDouble() < duplicates ? Duration.ofSeconds(10) : delay;
                if (random.nextDouble() >= loss) {
                    later(most, () -> {
                        Station receiver = stations.get(node);
                        if (receiver != null && isUp && reaches(this, receiver)) {
                            receiver.doing(() -> receiver.protocol.heard(message));
                        }
                    });
                }
            }
        }
    }

    private long wallMillis() {
        return START_MILLIS + now / 1_000_000;
    }
}
