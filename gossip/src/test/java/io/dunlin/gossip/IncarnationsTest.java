package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class IncarnationsTest {
    private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long CLOCK = 189_388_800; // six years, one of them a leap year, in seconds

    @Test
    void beginWithTheSecondsSince2020() {
        assertThat(Incarnations.atStart(NOW)).isEqualTo(CLOCK);
        assertThat(Incarnations.atStart(NOW + 1000)).isEqualTo(CLOCK + 1);
    }

    @Test
    void areNeverZeroNorMoreThan32Bits() {
        assertThat(Incarnations.atStart(0)).isEqualTo(1);
        assertThat(Incarnations.atStart(Long.MAX_VALUE)).isEqualTo(0xFFFF_FFFFL);
        assertThat(Incarnations.after(0xFFFF_FFFFL)).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void farAheadOfTheClockIsNotBelieved() {
        long limit = CLOCK + Incarnations.ALLOWANCE;
        assertThat(Incarnations.plausibleAlive(limit, 5, NOW)).isTrue();
        assertThat(Incarnations.plausibleAlive(limit + 1, 5, NOW)).isFalse();
        assertThat(Incarnations.plausibleAccusation(limit, 5, NOW)).isTrue();
        assertThat(Incarnations.plausibleAccusation(limit + 1, 5, NOW)).isFalse();
    }

    @Test
    void whateverAccusationIsBelievedHasAnAnswerThatIsBelieved() {
        for (long known : new long[] {1, CLOCK, CLOCK + Incarnations.ALLOWANCE, 0xFFFF_0000L}) {
            for (long accused : new long[] {known, CLOCK + Incarnations.ALLOWANCE}) {
                assertThat(Incarnations.plausibleAccusation(accused, known, NOW))
                        .isTrue();
                long answer = Incarnations.after(Math.max(accused, known));
                assertThat(Incarnations.plausibleAlive(answer, Math.max(accused, known), NOW))
                        .as("%d accused with %d", known, accused)
                        .isTrue();
            }
        }
    }

    @Test
    void aMemberThatSpokeBeyondTheLimitCanStillBeAccused() {
        long known = CLOCK + Incarnations.ALLOWANCE + 3;
        assertThat(Incarnations.plausibleAccusation(known, known, NOW)).isTrue();
        assertThat(Incarnations.plausibleAccusation(known + 1, known, NOW)).isFalse();
    }

    @Test
    void aClockWithoutABatteryBelievesAnOrdinaryOne() {
        assertThat(Incarnations.plausibleAlive(CLOCK, 0, 0)).isTrue();
        assertThat(Incarnations.plausibleAccusation(CLOCK, 0, 0)).isTrue();
    }
}
