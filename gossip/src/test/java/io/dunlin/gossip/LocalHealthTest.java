package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LocalHealthTest {
    @Test
    void staysBetweenZeroAndTheMost() {
        var health = new LocalHealth(8);
        health.better();
        assertThat(health.score()).isZero();
        health.worse(100);
        assertThat(health.score()).isEqualTo(7);
        health.better();
        assertThat(health.score()).isEqualTo(6);
    }

    @Test
    void stretchesTimesByTheScoreAndOne() {
        var health = new LocalHealth(8);
        assertThat(health.scale(Duration.ofSeconds(1))).isEqualTo(1_000_000_000L);
        health.worse(3);
        assertThat(health.scale(Duration.ofSeconds(1))).isEqualTo(4_000_000_000L);
    }

    @Test
    void isSwitchedOffByAMaximumOfOne() {
        var health = new LocalHealth(1);
        health.worse(5);
        assertThat(health.score()).isZero();
    }
}
