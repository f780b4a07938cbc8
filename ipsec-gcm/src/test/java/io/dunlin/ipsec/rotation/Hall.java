package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.aead.AeadEngines;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Nodes in one room: messages arrive at once, and time passes a second at a step. */
final class Hall {
    static final RotationConfig CONFIG = RotationConfig.DEFAULT;
    static final long HOUR = 3_600_000;
    static final long START = 1_700_000_000_000L;

    final NonceOracle oracle = new NonceOracle(AeadEngines.find(() -> 0).named("jdk"));
    final Map<String, Station> stations = new TreeMap<>();
    private final Deque<Runnable> messages = new ArrayDeque<>();
    private final SplittableRandom random = new SplittableRandom(11);
    private final Set<String> cutOff = new HashSet<>();
    private RotationConfig config = CONFIG;
    long wallMillis = START;
    private long nowNanos;
    private long packets;

    Hall with(RotationConfig other) {
        config = other;
        return this;
    }

    final class Station implements Outlet {
        final String name;
        final long since;
        private final byte[] firstDisk;
        private final BootId boot;
        private final long seed;
        private final List<Consumer<Rotation>> heard = new ArrayList<>();
        private boolean isMute;
        final Traffic traffic = new Traffic(oracle);
        final Rotation rotation;
        byte[] disk;
        boolean isPaused;

        Station(String name, byte[] disk, BootId boot, long seed, long since) {
            this.name = name;
            this.disk = disk;
            this.firstDisk = disk;
            this.boot = boot;
            this.seed = seed;
            this.since = since;
            this.rotation = new Rotation(
                    name, boot, read(disk), config, LeaderRule.LONGEST_LIVED, new SplittableRandom(seed), this);
        }

        /** All that happens to a node happens through here, so that it can happen again. */
        private void hear(Consumer<Rotation> event) {
            heard.add(event);
            event.accept(rotation);
        }

        Incarnation incarnation() {
            return new Incarnation(name, boot);
        }

        /** So much happened to it by now. */
        int moment() {
            return heard.size();
        }

        @Override
        public void send(String to, byte[] message) {
            if (isMute) {
                return;
            }
            messages.add(() -> {
                Station receiver = stations.get(to);
                if (receiver != null && !receiver.isPaused && reach(name, to)) {
                    long at = nowNanos;
                    receiver.hear(rotation -> {
                        rotation.receive(name, message, at);
                        rotation.settle(at);
                    });
                }
            });
        }

        @Override
        public void store(KeyRing ring) {
            disk = KeyRingFormat.encode(ring);
        }

        @Override
        public void publish(AssociationTable table) {
            traffic.take(table);
        }

        KeyRing ring() {
            return rotation.ring();
        }

        long epoch() {
            KeyId current = ring().current();
            return current == null ? 0 : current.epoch();
        }
    }

    private static KeyRing read(byte[] disk) {
        try {
            return KeyRingFormat.decode(disk);
        } catch (KeyRingException e) {
            throw new AssertionError(e);
        }
    }

    Station station(String name) {
        return Objects.requireNonNull(stations.get(name));
    }

    Station start(String name, KeyRing ring) {
        return start(
                new Station(name, KeyRingFormat.encode(ring), BootId.random(random), random.nextLong(), wallMillis));
    }

    Station start(String name) {
        return start(name, KeyRing.EMPTY);
    }

    private Station start(Station station) {
        stations.put(station.name, station);
        tellMembers();
        return station;
    }

    /** From what its disk has. */
    Station restart(String name) {
        Station old = station(name);
        stop(name);
        return start(name, read(old.disk));
    }

    /** The machine is what it was at that moment, and has forgotten what happened since. The others notice nothing. */
    Station setBack(String name, int moment) {
        Station old = station(name);
        var back = new Station(name, old.firstDisk, old.boot, old.seed, old.since);
        back.isMute = true;
        old.heard.subList(0, moment).forEach(back::hear);
        back.isMute = false;
        stations.put(name, back);
        return back;
    }

    void stop(String name) {
        Station old = station(name);
        stations.remove(name);
        old.rotation.close();
        old.traffic.close();
        tellMembers();
    }

    /** These and the others hold each other for failed. */
    void cutOff(String... names) {
        cutOff.clear();
        cutOff.addAll(List.of(names));
        tellMembers();
    }

    void pause(String name, boolean paused) {
        station(name).isPaused = paused;
        tellMembers();
    }

    private boolean reach(String one, String other) {
        return cutOff.contains(one) == cutOff.contains(other);
    }

    private void tellMembers() {
        for (Station station : stations.values()) {
            if (!station.isPaused) {
                List<Member> living = stations.values().stream()
                        .filter(each -> !each.isPaused && reach(station.name, each.name))
                        .map(each -> new Member(each.name, each.since))
                        .toList();
                station.hear(rotation -> rotation.members(living));
            }
        }
    }

    void pass(Duration duration) {
        for (long second = 0; second < duration.toSeconds(); second++) {
            second();
        }
    }

    /** Only the clocks: nobody is asked in between. */
    void skip(Duration duration) {
        wallMillis += duration.toMillis();
        nowNanos += duration.toNanos();
    }

    private void second() {
        skip(Duration.ofSeconds(1));
        for (Station station : List.copyOf(stations.values())) {
            if (!station.isPaused) {
                long nanos = nowNanos;
                long wall = wallMillis;
                station.hear(rotation -> rotation.tick(nanos, wall));
                deliver();
            }
        }
    }

    void deliver() {
        while (!messages.isEmpty()) {
            messages.remove().run();
        }
    }

    long nowNanos() {
        return nowNanos;
    }

    /** A packet's way from one to the other; empty if it was held or lost. */
    Optional<Long> packet(String from, String to) {
        return station(from).traffic.seal(to, ++packets).flatMap(station(to).traffic::open);
    }
}
