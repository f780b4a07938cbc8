package io.dunlin.node;

import static io.dunlin.testkit.Frames.payload;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is held back never grows beyond its bounds, nor grows old. */
class HeldPacketsTest {
    private final Holding holding = new Holding();

    @AfterEach
    void close() {
        holding.close();
    }

    @Test
    void eachPeerHasItsShareAndNoMore() {
        for (int i = 0; i < HeldPackets.MAX_PACKETS_PER_PEER; i++) {
            assertThat(holding.hold(1, payload(100), 0)).isTrue();
        }
        assertThat(holding.hold(1, payload(100), 0)).as("one too many").isFalse();
        assertThat(holding.hold(2, payload(100), 0)).as("of another").isTrue();
        assertThat(holding.take(1)).hasSize(HeldPackets.MAX_PACKETS_PER_PEER);
        assertThat(holding.hold(1, payload(100), 0)).as("there is room again").isTrue();
    }

    @Test
    void aPeersBytesAreBoundedToo() {
        int large = HeldPackets.MAX_BYTES_PER_PEER / Holding.LARGEST;
        for (int i = 0; i < large; i++) {
            assertThat(holding.hold(1, payload(Holding.LARGEST), 0)).isTrue();
        }
        assertThat(holding.hold(1, payload(Holding.LARGEST), 0)).isFalse();
        assertThat(holding.take(1)).hasSize(large);
    }

    @Test
    void allPeersTogetherAreBounded() {
        int taken = 0;
        for (int peer = 1; peer < 20; peer++) {
            for (int i = 0; i < HeldPackets.MAX_PACKETS_PER_PEER; i++) {
                taken += holding.hold(peer, payload(64), 0) ? 1 : 0;
            }
        }
        assertThat(taken).isEqualTo(HeldPackets.MAX_PACKETS);
    }

    @Test
    void timeRunsOutForTheFirstFirst() {
        holding.hold(1, payload(10), 5);
        holding.hold(2, payload(20), 7);
        assertThat(holding.held.dueNanos()).isEqualTo(5 + HeldPackets.MAX_AGE_NANOS);
        assertThat(holding.held.expire(4 + HeldPackets.MAX_AGE_NANOS)).isZero();
        assertThat(holding.held.expire(5 + HeldPackets.MAX_AGE_NANOS)).isOne();
        assertThat(holding.take(1, 2)).containsExactly(payload(20));
        assertThat(holding.held.isEmpty()).isTrue();
    }

    @Test
    void whatWasTakenFromTheMiddleIsNotGivenUpAsWell() {
        holding.hold(1, payload(10), 0);
        holding.hold(2, payload(20), 0);
        holding.hold(1, payload(30), 0);
        assertThat(holding.take(2)).containsExactly(payload(20));
        assertThat(holding.held.expire(HeldPackets.MAX_AGE_NANOS)).isEqualTo(2);
        assertThat(holding.held.isEmpty()).isTrue();
    }
}
