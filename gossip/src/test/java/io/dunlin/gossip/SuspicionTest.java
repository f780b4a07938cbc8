package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SuspicionTest {
    private static final long START = 5_000_000_000L;

    private static double seconds(Suspicion suspicion) {
        return (suspicion.deadlineNanos() - START) / 1e9;
    }

    @Test
    void startsAtTheLongestTimeAndFallsWithTheLogarithmOfConfirmations() {
        var suspicion = new Suspicion(Profile.lan(), "a", 10, START);
        assertThat(seconds(suspicion)).isEqualTo(24);
        assertThat(suspicion.confirm("b")).isTrue();
        // 24 − (24 − 4) · ln 2 / ln 3
        assertThat(seconds(suspicion)).isCloseTo(11.381, within(0.001));
        assertThat(suspicion.confirm("c")).isTrue();
        assertThat(seconds(suspicion)).isEqualTo(4);
    }

    @Test
    void hundredMembersHaveEightToFortyEightSeconds() {
        var suspicion = new Suspicion(Profile.lan(), "a", 100, START);
        assertThat(seconds(suspicion)).isEqualTo(48);
        suspicion.confirm("b");
        suspicion.confirm("c");
        assertThat(seconds(suspicion)).isEqualTo(8);
    }

    @Test
    void nobodyConfirmsTwiceNorWhatItSaidFirst() {
        var suspicion = new Suspicion(Profile.lan(), "a", 10, START);
        assertThat(suspicion.confirm("a")).isFalse();
        assertThat(suspicion.confirm("b")).isTrue();
        assertThat(suspicion.confirm("b")).isFalse();
        assertThat(suspicion.confirmations()).isEqualTo(1);
    }

    @Test
    void moreConfirmationsThanNeededAreNotPassedOn() {
        var suspicion = new Suspicion(Profile.lan(), "a", 10, START);
        suspicion.confirm("b");
        suspicion.confirm("c");
        assertThat(suspicion.confirm("d")).isFalse();
        assertThat(seconds(suspicion)).isEqualTo(4);
    }

    @Test
    void whereThereAreTooFewToConfirmNobodyIsWaitedFor() {
        var suspicion = new Suspicion(Profile.lan(), "a", 3, START);
        assertThat(seconds(suspicion)).isEqualTo(4);
        assertThat(suspicion.confirm("b")).isFalse();
    }

    @Test
    void withoutAMultiplierTheTimeIsThatOfPlainSwim() {
        var plain =
                SimulatedCluster.Options.of(Profile.lan()).withoutLifeguard().profile();
        assertThat(seconds(new Suspicion(plain, "a", 1000, START))).isEqualTo(12);
    }

    @Test
    void theMinimumGrowsWithTheLogarithmOfTheCluster() {
        assertThat(Suspicion.minimum(Duration.ofSeconds(1), 4, 1)).isEqualTo(4_000_000_000L);
        assertThat(Suspicion.minimum(Duration.ofSeconds(1), 4, 10)).isEqualTo(4_000_000_000L);
        assertThat(Suspicion.minimum(Duration.ofSeconds(5), 6, 1000)).isEqualTo(90_000_000_000L);
    }
}
