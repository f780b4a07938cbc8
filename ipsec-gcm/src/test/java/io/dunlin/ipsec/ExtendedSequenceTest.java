package io.dunlin.ipsec;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtendedSequenceTest {
    private static final int SIZE = 4032;

    /** Whatever lies in the window, or up to 2^32 − size above it, is found from its lower half. */
    @Property(tries = 2000)
    void findsTheNumberFromItsLowerHalf(
            @ForAll("highest") long highest,
            @ForAll @LongRange(min = -SIZE + 1, max = (1L << 32) - SIZE) long distance) {
        long sequence = highest + distance;
        if (sequence > 0) {
            assertThat(ExtendedSequence.of((int) sequence, highest, SIZE)).isEqualTo(sequence);
        }
    }

    @Provide
    Arbitrary<Long> highest() {
        return Arbitraries.oneOf(
                Arbitraries.longs().between(0, 10_000),
                Arbitraries.longs().between((1L << 32) - 10_000, (1L << 32) + 10_000),
                Arbitraries.longs().between((1L << 40) - 10_000, (1L << 40) + 10_000),
                Arbitraries.longs().between(0, 1L << 62));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 1",
        "ffffffff, 0, 0", // would lie before the first
        "ffffffff, fffffffe, ffffffff",
        "0, ffffffff, 100000000",
        "ffffffff, 100000000, ffffffff", // in the window, before the step
        "fffff03f, 100000000, 1fffff03f", // too old for it, so of the next 2^32
    })
    void stepsOverTheLowerHalfsEnd(String low, String highest, String sequence) {
        assertThat(Long.toHexString(ExtendedSequence.of(
                        Integer.parseUnsignedInt(low, 16), Long.parseUnsignedLong(highest, 16), SIZE)))
                .isEqualTo(sequence);
    }
}
