package io.dunlin.node;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What is held back comes out as it went in, in order, or not at all: against a model that is a plain queue. */
class HeldPacketsPropertyTest {
    sealed interface Step {
        record Hold(int peer, int bytes, int content, int afterNanos) implements Step {}

        record Take(int peer) implements Step {}

        record Expire(int afterNanos) implements Step {}
    }

    private static final class Waiting {
        final int peer;
        final byte[] packet;
        final long since;

        Waiting(int peer, byte[] packet, long since) {
            this.peer = peer;
            this.packet = packet;
            this.since = since;
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> peers = Arbitraries.integers().between(1, 12);
        Arbitrary<Integer> nanos = Arbitraries.integers().between(0, 40_000_000);
        Arbitrary<Step> hold = Combinators.combine(
                        peers,
                        Arbitraries.integers().between(22, Holding.LARGEST),
                        Arbitraries.integers().between(0, 255),
                        nanos)
                .as(Step.Hold::new);
        Arbitrary<Step> take = peers.map(Step.Take::new);
        Arbitrary<Step> expire = nanos.map(Step.Expire::new);
        return Arbitraries.frequencyOf(Tuple.of(40, hold), Tuple.of(3, take), Tuple.of(1, expire))
                .list()
                .ofMaxSize(600);
    }

    @Property(tries = 200)
    void whatComesOutIsWhatWentIn(@ForAll("steps") List<Step> steps) {
        try (var holding = new Holding()) {
            run(holding, steps);
        }
    }

    private static void run(Holding holding, List<Step> steps) {
        Deque<Waiting> model = new ArrayDeque<>();
        long now = 0;
        for (Step step : steps) {
            switch (step) {
                case Step.Hold(int peer, int bytes, int content, int after) -> {
                    now += after;
                    byte[] packet = payload(bytes);
                    Arrays.fill(packet, 0, 22, (byte) content);
                    int ofPeer = 0;
                    int bytesOfPeer = 0;
                    int all = 0;
                    for (Waiting each : model) {
                        ofPeer += each.peer == peer ? 1 : 0;
                        bytesOfPeer += each.peer == peer ? each.packet.length : 0;
                        all += each.packet.length;
                    }
                    boolean isAllowed = ofPeer < HeldPackets.MAX_PACKETS_PER_PEER
                            && bytesOfPeer + bytes <= HeldPackets.MAX_BYTES_PER_PEER;
                    boolean isHeld = holding.hold(peer, packet, now);
                    if (!isAllowed) {
                        assertThat(isHeld).as("beyond the peer's share").isFalse();
                    }
                    if (isHeld) {
                        model.add(new Waiting(peer, packet, now));
                        assertThat(all + bytes).isLessThanOrEqualTo(HeldPackets.MAX_BYTES);
                    }
                    if (model.isEmpty()) {
                        assertThat(isHeld).as("there is room for one").isTrue();
                    }
                }
                case Step.Take(int peer) -> {
                    var expected = new ArrayList<byte[]>();
                    for (Iterator<Waiting> each = model.iterator(); each.hasNext(); ) {
                        Waiting waiting = each.next();
                        if (waiting.peer == peer) {
                            expected.add(waiting.packet);
                            each.remove();
                        }
                    }
                    assertThat(holding.take(peer))
                            .usingElementComparator(Arrays::compare)
                            .isEqualTo(expected);
                }
                case Step.Expire(int after) -> {
                    now += after;
                    int expired = 0;
                    while (!model.isEmpty() && now - model.peek().since >= HeldPackets.MAX_AGE_NANOS) {
                        model.remove();
                        expired++;
                    }
                    assertThat(holding.held.expire(now)).isEqualTo(expired);
                }
            }
            assertThat(holding.held.isEmpty()).isEqualTo(model.isEmpty());
        }
    }
}
