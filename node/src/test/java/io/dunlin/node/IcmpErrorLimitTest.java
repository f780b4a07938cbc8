package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IcmpErrorLimitTest {
    private static int allowed(IcmpErrorLimit limit, long now, int attempts) {
        int allowed = 0;
        for (int i = 0; i < attempts; i++) {
            allowed += limit.allows(now) ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void allowsABurstThenARate() {
        var limit = new IcmpErrorLimit();
        long now = Long.MAX_VALUE - 500_000_000L; // System.nanoTime may be near its end
        assertThat(allowed(limit, now, 1000)).isEqualTo(64);
        assertThat(allowed(limit, now + 999_999, 10)).isZero();
        assertThat(allowed(limit, now + 1_000_000, 10)).isEqualTo(1);
        assertThat(allowed(limit, now + 1_000_000_000L, 2000))
                .as("no more than a burst was saved")
                .isEqualTo(64);
    }

    @Test
    void losesNoFractionOfAToken() {
        var limit = new IcmpErrorLimit();
        assertThat(allowed(limit, 0, 100)).isEqualTo(64);
        int allowed = 0;
        for (int i = 1; i <= 1000; i++) {
            allowed += allowed(limit, i * 1_500_000L, 5);
        }
        assertThat(allowed).isEqualTo(1500);
    }
}
