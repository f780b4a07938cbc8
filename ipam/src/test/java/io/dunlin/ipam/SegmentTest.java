package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTest {
    /** From 100 numbers to as many as a /64 has. */
    @ParameterizedTest
    @ValueSource(longs = {100, 1L << 56, (1L << 56) - 1, 1L << 60, Long.MAX_VALUE, -129})
    void warnsAt80And95Percent(long size) {
        var segment = new Segment(1, size);
        long percent = Long.divideUnsigned(size, 100);
        segment.use(79 * percent);
        assertThat(segment.warning()).isZero();
        segment.use(2 * percent);
        assertThat(segment.warning()).isEqualTo(80);
        assertThat(segment.warning()).isZero();
        segment.use(13 * percent);
        assertThat(segment.warning()).isZero();
        segment.use(2 * percent);
        assertThat(segment.warning()).isEqualTo(95);
        segment.unuse(5 * percent);
        assertThat(segment.warning()).isZero();
        segment.use(5 * percent);
        assertThat(segment.warning()).as("it was not well below").isZero();
        segment.unuse(7 * percent);
        assertThat(segment.warning()).isZero();
        segment.use(7 * percent);
        assertThat(segment.warning()).isEqualTo(95);
    }

    @Test
    void anEmptySegmentDoesNotWarn() {
        var segment = new Segment(7, 7);
        segment.keepFree(1);
        assertThat(segment.hasFree()).isFalse();
        assertThat(segment.warning()).isZero();
    }

    @Test
    void holdsOneNumberAtLeastAndTheHighestThereIs() {
        assertThat(new Segment(0, CellTree.MAX_CELL).size()).isEqualTo(-1L);
        assertThatThrownBy(() -> new Segment(0, -1)).hasMessage("a segment from 0 to 18446744073709551615");
        assertThatThrownBy(() -> new Segment(2, 1)).hasMessage("a segment from 2 to 1");
    }
}
