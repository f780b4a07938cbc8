package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who recorded everything, and then gets hold of all that a node has: what of it can be read. */
class OldCapturesTest {
    private static final int UDP = 17;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final AeadEngine engine = AeadEngines.find(() -> 0).named("jdk");
    private final Hall hall = new Hall();

    /** Names and boot ids are no secrets: who attacks knows them all, also those of starts that are over. */
    private final List<Incarnation> everSeen = new ArrayList<>();

    @BeforeEach
    void start() {
        everSeen.add(hall.start("a").incarnation());
        hall.wallMillis++;
        everSeen.add(hall.start("b").incarnation());
        everSeen.add(hall.start("c").incarnation());
        hall.pass(MINUTE);
    }

    /** What all say to each other now. */
    private List<byte[]> capture() {
        var packets = new ArrayList<byte[]>();
        for (Hall.Station from : hall.stations.values()) {
            for (String to : hall.stations.keySet()) {
                from.traffic.seal(to, 7).ifPresent(packets::add);
            }
        }
        assertThat(packets).hasSize(6);
        return packets;
    }

    private void turn() {
        long epoch = hall.station("a").epoch();
        hall.station("a").rotation.rotate();
        hall.pass(MINUTE);
        assertThat(hall.station("a").epoch()).isEqualTo(epoch + 1);
        assertThat(hall.station("a").ring().isSettled()).isTrue();
    }

    /** Nothing is left of it but its name. */
    private Hall.Station wipe(String name) {
        hall.stop(name);
        Hall.Station again = hall.start(name);
        everSeen.add(again.incarnation());
        hall.pass(MINUTE);
        assertThat(again.epoch()).isPositive();
        return again;
    }

    /** How many packets can be opened by any association that follows from these keys, for whichever pair of starts. */
    private long readable(List<byte[]> packets, Collection<RingKey> keys) {
        long opened = 0;
        for (RingKey ringKey : keys) {
            for (Incarnation from : everSeen) {
                for (Incarnation to : everSeen) {
                    try (SaKey key = ringKey.derive(from, to)) {
                        opened += packets.stream()
                                .filter(packet -> opens(packet, key))
                                .count();
                    }
                }
            }
        }
        return opened;
    }

    private boolean opens(byte[] packet, SaKey key) {
        try (var arena = Arena.ofConfined()) {
            Memory memory = Memory.copyOf(arena, packet);
            var sa = new InboundSa(new Spi(EspHeader.spi(memory, 0)), key, true, true, 4032);
            try (var open = new EspOpen(sa, engine)) {
                return open.open(memory, 0, packet.length, UDP) >= 0;
            }
        }
    }

    @Test
    void aNodeThatWasWipedAndCameBackHasNoKeyThatOpensWhatWasRecordedBeforeTheLastTurn() {
        List<byte[]> old = capture();
        turn();
        Hall.Station wiped = wipe("c");
        assertThat(readable(old, wiped.ring().keys())).isZero();
        for (byte[] packet : old) {
            assertThat(wiped.traffic.open(packet)).isEmpty();
        }
    }

    /** Not only the wiped one: nobody has those keys any more, in memory or in a file. */
    @Test
    void noNodeKeepsARetiredKey() {
        List<byte[]> old = capture();
        byte[] retired = hall.station("a").ring().keys().getFirst().copy();
        assertThat(latin(hall.station("a").disk)).contains(latin(retired));
        turn();
        for (Hall.Station station : hall.stations.values()) {
            assertThat(readable(old, station.ring().keys())).as(station.name).isZero();
            assertThat(latin(station.disk)).as(station.name).doesNotContain(latin(retired));
        }
    }

    /** What is not claimed: the key is the cluster's, and whoever has it reads what goes by it, of all nodes, since it was made. */
    @Test
    void theKeyInUseOpensAllThatWasRecordedSinceItWasMade() {
        List<byte[]> recent = capture();
        Hall.Station wiped = wipe("c");
        assertThat(readable(recent, wiped.ring().keys())).isEqualTo(recent.size());
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
