package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.KeysInTurn.Listener;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is promised of keys that turn, on simulated clusters: whoever has which, all hear each other, and by the newest keys that can be. */
class KeysInTurnTest {
    private static final Duration STEP = Duration.ofMillis(100);
    private static final int SEEDS = 3;

    /** Packets lost, late, doubled, overtaking each other. */
    private static KeysInTurn inBadWeather(long seed, int turning, int plain, double loss) {
        var keys = new KeysInTurn(seed, turning, plain);
        keys.cluster.network().setFaults(new SimulatedNetwork.Faults(100_000, 20_000_000, 0.05, 0.05, 100_000_000));
        keys.heal(loss);
        return keys;
    }

    private static void agree(KeysInTurn keys, Duration atMost) {
        assertThat(keys.cluster.passUntilAgreed(STEP, atMost)).as("%s", keys).isNotNegative();
    }

    @Test
    void allIsSaidByTheNewestKeyButToThoseWhoHaveNone() {
        var keys = new KeysInTurn(1, 12, 2);
        for (int turn = 1; turn <= 3; turn++) {
            keys.turnAll();
            keys.cluster.pass(KeysInTurn.SPREAD.plusSeconds(1));
            Listener whileOldOnesAreHeld = keys.listen(KeysInTurn.GRACE);
            assertThat(whileOldOnesAreHeld.betweenOpened)
                    .as("%s, turn %d", keys, turn)
                    .isZero();
            keys.cluster.pass(KeysInTurn.SPREAD.multipliedBy(2));
            Listener after = keys.listen(Duration.ofMinutes(2));
            assertThat(after.between).isGreaterThan(1_000);
            assertThat(after.betweenOpened).as("%s, turn %d", keys, turn).isZero();
            assertThat(after.others).isGreaterThan(100).isEqualTo(after.othersOpened);
        }
        assertThat(keys.wronged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nobodyIsWrongedWhileMembersStartAndForgetInTheMiddleOfTurns(long seed) {
        int turning = 24;
        var keys = inBadWeather(seed, turning, 3, 0.05);
        for (int turn = 1; turn <= 20; turn++) {
            keys.turnAll();
            for (int i = 0; i < 2; i++) {
                int victim = SEEDS + keys.random(turning - SEEDS);
                keys.cluster.at(keys.random(KeysInTurn.SPREAD.multipliedBy(2)), () -> keys.wipe(victim));
            }
            keys.cluster.pass(KeysInTurn.GRACE.plus(keys.random(KeysInTurn.GRACE)));
        }
        keys.cluster.pass(KeysInTurn.GRACE.plus(KeysInTurn.SPREAD.multipliedBy(2)));
        agree(keys, Duration.ofSeconds(10));
        assertThat(keys.wronged()).as("%s", keys).isEmpty();
        keys.turnAll();
        keys.cluster.pass(KeysInTurn.SPREAD.multipliedBy(2).plus(KeysInTurn.GRACE));
        Listener after = keys.listen(Duration.ofMinutes(1));
        assertThat(after.betweenOpened).as("%s", keys).isZero();
        assertThat(after.others).isEqualTo(after.othersOpened);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void halvesThatTurnedTheirKeysFindTogetherAndOnToOneKey(long seed) {
        int turning = 24;
        var keys = inBadWeather(seed, turning, 2, 0.02);
        keys.turnAll();
        keys.cluster.pass(KeysInTurn.GRACE.multipliedBy(2));
        keys.cut(turning / 2, 0.02);
        for (int turn = 0; turn < 3; turn++) {
            keys.turn(0, turning / 2);
            keys.turn(turning / 2, turning);
            keys.cluster.pass(KeysInTurn.GRACE.multipliedBy(2));
        }
        keys.heal(0.02);
        agree(keys, Duration.ofMinutes(1));
        Listener strangers = keys.listen(Duration.ofSeconds(30));
        assertThat(strangers.betweenOpened)
                .as("halves speak by the ring's key to each other, and not within")
                .isBetween(strangers.between / 4, strangers.between * 3 / 4);
        keys.turnAll();
        keys.cluster.pass(KeysInTurn.GRACE.multipliedBy(2));
        agree(keys, Duration.ofSeconds(10));
        Listener one = keys.listen(Duration.ofMinutes(1));
        assertThat(one.between).isGreaterThan(1_000);
        assertThat(one.betweenOpened).isZero();
    }
}
