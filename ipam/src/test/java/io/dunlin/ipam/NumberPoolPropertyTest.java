package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.NumberPool.Kind;
import io.dunlin.ipam.NumberPool.Outcome;
import io.dunlin.ipam.SlowNumberPool.Range;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Each answer of a pool against that of a slow one, through half a million random requests; with -Plong ten million. */
class NumberPoolPropertyTest {
    private static final int STEPS = 2_500;
    private static final int BITS = 14;

    private record Numbers() implements ValuePool.Meaning<Long> {
        @Override
        public Long valueOf(long number) {
            return number;
        }

        @Override
        public String name() {
            return "all";
        }

        @Override
        public String nameOf(Segment segment) {
            return "segment";
        }
    }

    @Property
    void answersAsSetsAndLoopsDo(@ForAll long seed) {
        var random = new SplittableRandom(seed);
        Policy policy = random.nextBoolean() ? Policy.NEXT_FIT : Policy.LOWEST_FIRST;
        long quarantine = random.nextInt(3) * 20L;
        List<Range> ranges = ranges(random);
        SlowNumberPool model = new SlowNumberPool(ranges, policy, quarantine);
        var reserved = new CellTree(BITS);
        for (Range range : ranges) {
            if (random.nextInt(3) == 0) {
                long number = random.nextLong(range.first(), range.last() + 1);
                reserved.take(number);
                model.reserve(number);
            }
        }
        NumberPool pool = newPool(ranges, reserved, policy, quarantine);
        var values = new ValuePool<>(pool, new Numbers());
        long now = 0;
        for (int step = 0; step < STEPS; step++) {
            // the clock goes back now and then
            now += random.nextInt(-2, 5);
            Requester requester =
                    random.nextInt(4) == 0 ? Requester.ANONYMOUS : new Requester("r" + random.nextInt(1, 120));
            long number = random.nextLong(0, ranges.getLast().last() + 20);
            // phases that fill, and phases that empty
            boolean fills = step / 400 % 2 == 0;
            int choice = random.nextInt(10);
            if (choice < (fills ? 7 : 2)) {
                assertThat(pool.request(requester, now)).isEqualTo(model.request(requester, now));
            } else if (choice < (fills ? 8 : 3)) {
                assertThat(pool.claim(number, requester, now)).isEqualTo(model.claim(number, requester, now));
            } else {
                var holder =
                        random.nextInt(5) == 0 ? requester : model.granted().getOrDefault(number, requester);
                assertThat(pool.release(number, holder, now)).isEqualTo(model.release(number, holder, now));
            }
            if (step % 50 == 0) {
                assertSameFigures(values.usage(), model.usage());
                assertThat(pool.granted()).isEqualTo(model.granted().size());
            }
        }
    }

    private static void assertSameFigures(List<Usage> actual, List<Usage> expected) {
        for (int i = 0; i < actual.size(); i++) {
            Usage figures = actual.get(i);
            assertThat(new Usage(
                            expected.get(i).pool(),
                            figures.size(),
                            figures.granted(),
                            figures.inQuarantine(),
                            figures.longestFreeRun()))
                    .isEqualTo(expected.get(i));
        }
    }

    static List<Range> ranges(SplittableRandom random) {
        var ranges = new ArrayList<Range>();
        long next = random.nextInt(3);
        int count = random.nextInt(1, 4);
        for (int i = 0; i < count; i++) {
            long last = next + random.nextInt(2, 90);
            ranges.add(new Range(next, last));
            next = last + 1 + random.nextInt(2);
        }
        return ranges;
    }

    private static NumberPool newPool(List<Range> ranges, Policy policy, long quarantine) {
        return newPool(ranges, new CellTree(BITS), policy, quarantine);
    }

    private static NumberPool newPool(List<Range> ranges, CellTree reserved, Policy policy, long quarantine) {
        var segments = ranges.stream()
                .map(range -> new Segment(range.first(), range.last()))
                .toList();
        return new NumberPool(BITS, segments, reserved, policy, quarantine);
    }

    @Test
    void grantsAllThereIsOnceAndNothingTwice() {
        NumberPool pool = newPool(List.of(new Range(5, 5000)), Policy.NEXT_FIT, 0);
        var seen = new HashSet<Long>();
        for (int i = 0; i < 4996; i++) {
            Outcome outcome = pool.request(new Requester("r" + i), 0);
            assertThat(outcome.kind()).isEqualTo(Kind.GRANTED);
            assertThat(seen.add(outcome.number())).isTrue();
        }
        assertThat(seen).contains(5L, 5000L);
        assertThat(pool.request(new Requester("one more"), 0).kind()).isEqualTo(Kind.EXHAUSTED);
    }

    @Test
    void nextFitComesBackToAReleasedNumberAfterAllOthers() {
        NumberPool pool = newPool(List.of(new Range(1, 4)), Policy.NEXT_FIT, 0);
        pool.request(Requester.ANONYMOUS, 0);
        pool.request(Requester.ANONYMOUS, 0);
        pool.release(1, Requester.ANONYMOUS, 0);
        assertThat(pool.request(Requester.ANONYMOUS, 0).number()).isEqualTo(3);
        assertThat(pool.request(Requester.ANONYMOUS, 0).number()).isEqualTo(4);
        assertThat(pool.request(Requester.ANONYMOUS, 0).number()).isEqualTo(1);
    }

    @Test
    void lowestFirstComesBackToItAtOnce() {
        NumberPool pool = newPool(List.of(new Range(1, 4)), Policy.LOWEST_FIRST, 0);
        pool.request(Requester.ANONYMOUS, 0);
        pool.request(Requester.ANONYMOUS, 0);
        pool.release(1, Requester.ANONYMOUS, 0);
        assertThat(pool.request(Requester.ANONYMOUS, 0).number()).isEqualTo(1);
    }

    @Test
    void aReleasedNumberWaitsForItsTimeAndGoesToNobodyElseBefore() {
        NumberPool pool = newPool(List.of(new Range(1, 1)), Policy.NEXT_FIT, 100);
        var a = new Requester("a");
        var b = new Requester("b");
        assertThat(pool.request(a, 1000)).isEqualTo(new Outcome(Kind.GRANTED, 1));
        assertThat(pool.release(1, a, 2000)).isEqualTo(new Outcome(Kind.RELEASED, 1));
        assertThat(pool.request(b, 2099).kind()).isEqualTo(Kind.EXHAUSTED);
        assertThat(pool.claim(1, b, 2099).kind()).isEqualTo(Kind.IN_QUARANTINE);
        // the clock went back: the time that was told counts
        assertThat(pool.request(b, 1000).kind()).isEqualTo(Kind.EXHAUSTED);
        assertThat(pool.request(b, 2100)).isEqualTo(new Outcome(Kind.GRANTED, 1));
    }

    @Test
    void whoReleasedItMayHaveItBackInQuarantine() {
        NumberPool pool = newPool(List.of(new Range(1, 9)), Policy.NEXT_FIT, 100);
        var a = new Requester("a");
        pool.request(a, 0);
        pool.release(1, a, 0);
        assertThat(pool.request(a, 50)).isEqualTo(new Outcome(Kind.GRANTED, 1));
        assertThat(pool.request(new Requester("b"), 500)).isEqualTo(new Outcome(Kind.GRANTED, 2));
        assertThat(pool.request(a, 500)).isEqualTo(new Outcome(Kind.HELD, 1));
    }
}
