package io.dunlin.ipsec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {
    /** All numbers that came, and the highest: what the window keeps a part of. */
    private static final class Model {
        private final Set<Long> came = new HashSet<>();
        private final long first;
        private final int size;
        private long highest;

        Model(long first, int size) {
            this.first = first;
            this.size = size;
            this.highest = first - 1;
        }

        boolean isNew(long sequence) {
            boolean isTooOld =
                    Long.compareUnsigned(sequence, highest) <= 0 && Long.compareUnsigned(highest - sequence, size) >= 0;
            return Long.compareUnsigned(sequence, first) >= 0 && !isTooOld && !came.contains(sequence);
        }

        void accept(long sequence) {
            came.add(sequence);
            if (Long.compareUnsigned(sequence, highest) > 0) {
                highest = sequence;
            }
        }
    }

    @Property(tries = 500)
    void equalsASetOfAllThatCame(@ForAll("firsts") long first, @ForAll("steps") List<Long> steps) {
        for (int size : new int[] {64, 192, 4032}) {
            var window = new ReplayWindow(first, size);
            var model = new Model(first, size);
            for (long step : steps) {
                long sequence = model.highest + step;
                assertThat(window.isNew(sequence))
                        .as("%d after %d", sequence, model.highest)
                        .isEqualTo(model.isNew(sequence));
                if (model.isNew(sequence)) {
                    window.accept(sequence);
                    model.accept(sequence);
                }
                assertThat(window.highest()).isEqualTo(model.highest);
            }
        }
    }

    @Provide
    Arbitrary<Long> firsts() {
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(1L)),
                Tuple.of(1, Arbitraries.longs().between(1, 5000)),
                Tuple.of(1, Arbitraries.longs().between((1L << 32) - 5000, (1L << 32) + 5000)));
    }

    /** From the highest so far: mostly near it, on both sides, now and then far away. */
    @Provide
    Arbitrary<List<Long>> steps() {
        return Arbitraries.frequencyOf(
                        Tuple.of(10, Arbitraries.longs().between(-70, 70)),
                        Tuple.of(3, Arbitraries.longs().between(-4100, 4100)),
                        Tuple.of(1, Arbitraries.of(1L << 31, 1L << 32, 1L << 40, 1L << 62, -1L << 33)))
                .list()
                .ofMaxSize(400);
    }

    @Test
    void takesEachNumberOfAWindowThatArrivesBackwards() {
        var window = new ReplayWindow(1, 4032);
        for (long sequence = 10_000; sequence > 10_000 - 4032; sequence--) {
            assertThat(window.isNew(sequence)).as("%d", sequence).isTrue();
            window.accept(sequence);
        }
        for (long sequence = 10_000; sequence > 10_000 - 4032; sequence--) {
            assertThat(window.isNew(sequence)).as("%d again", sequence).isFalse();
        }
        assertThat(window.isNew(10_000 - 4032)).isFalse();
    }

    @Test
    void takesNothingBelowTheFirstAndAllFromThereInAnyOrder() {
        for (long first = 1; first < 300; first++) {
            var window = new ReplayWindow(first, 192);
            for (long sequence = first - 1; sequence >= 0; sequence--) {
                assertThat(window.isNew(sequence))
                        .as("%d of %d", sequence, first)
                        .isFalse();
            }
            for (long sequence = first + 190; sequence >= first; sequence--) {
                assertThat(window.isNew(sequence))
                        .as("%d of %d", sequence, first)
                        .isTrue();
                window.accept(sequence);
                assertThat(window.isNew(sequence)).isFalse();
            }
        }
    }

    @Test
    void endsWithTheLastNumberThereIs() {
        var window = new ReplayWindow(1, 64);
        window.accept(-2); // 2^64 − 2
        assertThat(window.isNew(-1)).isTrue();
        window.accept(-1);
        assertThat(window.isNew(-1)).isFalse();
        assertThat(window.isNew(0)).isFalse();
        assertThat(window.isNew(1)).as("wrapped").isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 65, 128, 2048, -64})
    void refusesSizesThatAreNone(int size) {
        assertThatThrownBy(() -> new ReplayWindow(1, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a replay window of " + size);
    }
}
