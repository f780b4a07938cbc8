package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.SecurityAssociations.Inbound;
import io.dunlin.ipsec.Spi;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of nodes in one room: a clock and threads that the test moves by hand, messages that arrive at once. */
class ClusterKeysTest {
    private static final Duration TICK = Duration.ofMillis(250);

    /** More than the grace time, after which a first node makes keys. */
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    private final Map<String, Station> stations = new TreeMap<>();
    private final Queue<Runnable> messages = new ArrayDeque<>();
    private long nowNanos = 1;
    private long wallMillis = 1_700_000_000_000L;

    /** Runs nothing by itself. */
    private static final class ByHand extends ScheduledThreadPoolExecutor {
        Runnable tick = () -> {};

        ByHand() {
            super(0);
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        @SuppressWarnings("NullAway") // nobody asks for it
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
            tick = task;
            return null;
        }
    }

    private final class Station implements ClusterKeys.Node {
        final String name;
        final ByHand thread = new ByHand();
        final ErrorLog errors;
        final ClusterKeys keys;
        final Set<String> unknown = new HashSet<>();
        SecurityAssociations given = SecurityAssociations.NONE;
        int refusals;
        List<String> gossipKeys = List.of();
        long sealedByGossipKey;
        boolean refuses;

        Station(String name, KeysConfig config) throws IOException {
            this.name = name;
            this.errors = new ErrorLog(name);
            this.keys = new ClusterKeys(
                    name,
                    config,
                    this,
                    () -> nowNanos,
                    () -> wallMillis,
                    new SplittableRandom(name.hashCode()),
                    errors,
                    thread);
            keys.start();
        }

        @Override
        public List<Row> nodes() {
            return stations.values().stream()
                    .filter(each -> !failed.contains(each.name) && !left.contains(each.name))
                    .map(each -> new Row("nodes", each.name, Bytes.EMPTY, each.name, 1, 1))
                    .toList();
        }

        @Override
        public boolean isGone(String other) {
            return left.contains(other);
        }

        @Override
        public @Nullable IpAddress vtepOf(String other) {
            return unknown.contains(other) ? null : vtep(other);
        }

        @Override
        public void send(String to, Bytes message) {
            messages.add(() -> {
                if (!failed.contains(to) && !left.contains(to)) {
                    station(to).keys.heard(message);
                }
            });
        }

        @Override
        public void turnGossipKeys(List<byte[]> newestFirst) {
            gossipKeys = newestFirst.stream()
                    .map(key -> HexFormat.of().formatHex(key))
                    .toList();
            sealedByGossipKey = 0;
        }

        @Override
        public long sealedByGossipKey() {
            return sealedByGossipKey;
        }

        @Override
        public void associate(SecurityAssociations associations) throws IOException {
            if (refuses) {
                refusals++;
                throw new IOException("no engine");
            }
            given = associations;
        }

        List<IpAddress> sendsTo() {
            return given.outbound().stream()
                    .map(SecurityAssociations.Outbound::vtep)
                    .toList();
        }

        Set<Spi> receivesBy() {
            var spis = new HashSet<Spi>();
            given.inbound().forEach(each -> spis.add(each.sa().spi()));
            return spis;
        }
    }

    private final Set<String> failed = new HashSet<>();
    private final Set<String> left = new HashSet<>();

    private static IpAddress vtep(String name) {
        return IpAddress.parse("192.0.2." + (int) name.charAt(0));
    }

    private Station station(String name) {
        return Objects.requireNonNull(stations.get(name));
    }

    private void start(String... names) throws IOException {
        for (String name : names) {
            stations.put(name, new Station(name, KeysConfig.DEFAULT));
        }
        pass(A_MINUTE);
        for (String name : names) {
            assertThat(station(name).sendsTo()).as(name).hasSize(names.length - 1);
        }
    }

    private void pass(Duration duration) {
        for (long passed = 0; passed < duration.toNanos(); passed += TICK.toNanos()) {
            nowNanos += TICK.toNanos();
            wallMillis += TICK.toMillis();
            for (Station each : stations.values()) {
                if (!failed.contains(each.name) && !left.contains(each.name)) {
                    each.thread.tick.run();
                }
            }
            while (!messages.isEmpty()) {
                messages.remove().run();
            }
        }
    }

    @AfterEach
    void close() {
        for (Station each : stations.values()) {
            each.keys.stop();
            each.keys.wipe();
        }
    }

    @Test
    void nodesThatKnowEachOthersAddressesAgreeOnAssociations() throws IOException {
        start("a", "b", "c");
        Station a = station("a");
        assertThat(a.sendsTo()).containsExactlyInAnyOrder(vtep("b"), vtep("c"));
        assertThat(a.given.inbound()).extracting(Inbound::vtep).containsExactlyInAnyOrder(vtep("b"), vtep("c"));
        assertThat(a.keys.status().epoch()).isOne();
        assertThat(a.keys.status().peers()).isEqualTo(2);
        assertThat(a.errors.snapshot()).isEmpty();
    }

    @Test
    void gossipsKeysTurnWithTheRing() throws IOException {
        start("a", "b", "c");
        String first = station("a").gossipKeys.getFirst();
        for (Station each : stations.values()) {
            assertThat(each.gossipKeys).as(each.name).containsExactly(first);
        }
        station("b").keys.rotate();
        pass(Duration.ofSeconds(2));
        String second = station("a").gossipKeys.getFirst();
        for (Station each : stations.values()) {
            assertThat(each.gossipKeys).as(each.name).containsExactly(second, first);
        }
        pass(A_MINUTE);
        for (Station each : stations.values()) {
            assertThat(each.gossipKeys).as(each.name).containsExactly(second).doesNotContain(first);
        }
    }

    @Test
    void gossipsKeyTurnsBeforeItIsDueWhenAllTogetherMayHaveSealedTooMuchByIt() throws IOException {
        start("a", "b", "c", "d");
        station("c").sealedByGossipKey = (1L << 30) - 1;
        pass(Duration.ofSeconds(2));
        assertThat(station("c").keys.status().epoch()).isOne();
        station("c").sealedByGossipKey = 1L << 30;
        pass(Duration.ofSeconds(2));
        assertThat(station("c").keys.status().epoch()).isEqualTo(2);
        pass(A_MINUTE);
        assertThat(station("a").keys.status().epoch()).isEqualTo(2);
    }

    @Test
    void gossipsKeysComeBackFromTheFile(@TempDir Path directory) throws IOException {
        KeysConfig kept = KeysConfig.DEFAULT.ringFile(directory.resolve("ring"));
        stations.put("a", new Station("a", kept));
        pass(A_MINUTE);
        List<String> before = station("a").gossipKeys;
        assertThat(before).hasSize(1);
        station("a").keys.stop();
        station("a").keys.wipe();
        stations.put("a", new Station("a", kept));
        assertThat(station("a").gossipKeys).isEqualTo(before);
    }

    @Test
    void whoseAddressIsNotKnownYetIsGivenAsSoonAsItIs() throws IOException {
        stations.put("a", new Station("a", KeysConfig.DEFAULT));
        stations.put("b", new Station("b", KeysConfig.DEFAULT));
        station("a").unknown.add("b");
        pass(A_MINUTE);
        assertThat(station("b").sendsTo()).containsExactly(vtep("a"));
        assertThat(station("a").given).isEqualTo(SecurityAssociations.NONE);
        station("a").unknown.clear();
        pass(TICK);
        assertThat(station("a").sendsTo()).containsExactly(vtep("b"));
        assertThat(station("a").receivesBy()).hasSize(1);
    }

    @Test
    void aClockThatWasSetMakesANodeBeginAnew() throws IOException {
        start("a", "b");
        Set<Spi> before = station("a").receivesBy();
        wallMillis += 4_000;
        pass(TICK);
        assertThat(station("a").receivesBy()).as("after four seconds").isEqualTo(before);
        wallMillis -= 6_000;
        pass(Duration.ofSeconds(5));
        assertThat(station("a").receivesBy()).hasSize(1).doesNotContainAnyElementsOf(before);
        assertThat(station("a").sendsTo()).containsExactly(vtep("b"));
        assertThat(station("b").sendsTo()).containsExactly(vtep("a"));
    }

    @Test
    void whoFailedIsKeptAndWhoLeftIsForgotten() throws IOException {
        start("a", "b", "c");
        failed.add("b");
        pass(Duration.ofSeconds(5));
        assertThat(station("a").sendsTo()).as("packets may reach it").contains(vtep("b"));
        failed.clear();
        left.add("b");
        pass(TICK);
        assertThat(station("a").sendsTo()).containsExactly(vtep("c"));
        assertThat(station("a").given.inbound()).extracting(Inbound::vtep).containsExactly(vtep("c"));
    }

    @Test
    void whatTheDataPathRefusesIsTriedAgainAndToldOnce() throws IOException {
        stations.put("a", new Station("a", KeysConfig.DEFAULT));
        stations.put("b", new Station("b", KeysConfig.DEFAULT));
        station("a").refuses = true;
        pass(A_MINUTE);
        assertThat(station("a").refusals).isGreaterThan(10);
        assertThat(station("a").errors.snapshot())
                .containsOnlyKeys("the data path did not take new associations: java.io.IOException: no engine");
        station("a").refuses = false;
        pass(TICK);
        assertThat(station("a").sendsTo()).containsExactly(vtep("b"));
    }

    @Test
    void aRingThatCouldNotBeKeptIsKeptAsSoonAsItCan(@TempDir Path directory) throws IOException {
        Path place = directory.resolve("not-there-yet");
        Path file = place.resolve("ring");
        stations.put("a", new Station("a", KeysConfig.DEFAULT.ringFile(file)));
        pass(A_MINUTE);
        assertThat(station("a").keys.status().epoch()).isOne();
        assertThat(station("a").errors.snapshot()).hasSize(1);
        Files.createDirectory(place);
        pass(TICK);
        assertThat(file).exists();
        Map<String, Long> errors = new HashMap<>(station("a").errors.snapshot());
        pass(A_MINUTE);
        assertThat(station("a").errors.snapshot()).as("no more of it").isEqualTo(errors);
    }

    /** Whatever another program of the cluster sends as a user message. */
    @Test
    void messagesThatAreNoneOfItsOwnArePassedOver() throws IOException {
        start("a", "b");
        SecurityAssociations before = station("a").given;
        var strangers = new ArrayList<Bytes>();
        strangers.add(Bytes.EMPTY);
        strangers.add(Bytes.wrap(new byte[] {0x64, 0x6b, 1, 1}));
        strangers.add(new KeyMessage("b", "a", Bytes.wrap(new byte[200])).encode());
        strangers.add(new KeyMessage("nobody", "a", Bytes.EMPTY).encode());
        strangers.add(new KeyMessage("a", "b", Bytes.EMPTY).encode());
        strangers.forEach(station("a").keys::heard);
        pass(TICK);
        assertThat(station("a").given).isEqualTo(before);
        assertThat(station("a").errors.snapshot()).isEmpty();
    }
}
