package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GenerationWatchTest {
    private static final long SECOND = 1_000_000_000;
    private static final long WALL = 1_700_000_000_000L;

    private final GenerationWatch watch = new GenerationWatch(Duration.ofSeconds(5));

    @Test
    void isQuietWhileBothClocksGoOn() {
        for (long second = -10; second < 10_000; second += 7) {
            assertThat(watch.isSetBack(second * SECOND, WALL + second * 1000 + second % 3, 4))
                    .isFalse();
        }
    }

    @Test
    void seesAClockThatJumpedEitherWayOnce() {
        assertThat(watch.isSetBack(0, WALL, 0)).isFalse();
        assertThat(watch.isSetBack(SECOND, WALL + 7_000, 0)).isTrue();
        assertThat(watch.isSetBack(2 * SECOND, WALL + 8_000, 0)).isFalse();
        assertThat(watch.isSetBack(3 * SECOND, WALL, 0)).isTrue();
        assertThat(watch.isSetBack(4 * SECOND, WALL + 1_000, 0)).isFalse();
    }

    @Test
    void seesAnotherGeneration() {
        assertThat(watch.isSetBack(0, WALL, 0)).isFalse();
        assertThat(watch.isSetBack(SECOND, WALL + 1_000, 1)).isTrue();
        assertThat(watch.isSetBack(2 * SECOND, WALL + 2_000, 1)).isFalse();
    }
}
