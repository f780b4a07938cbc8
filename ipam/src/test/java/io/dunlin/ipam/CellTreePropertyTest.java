package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A tree of cells against a sorted set of them. */
class CellTreePropertyTest {
    @Test
    void thereIsNoFreeCellBeyondTheLast() {
        assertThat(new CellTree(18).nextFree(1 << 18, CellTree.MAX_CELL)).isEqualTo(CellTree.NONE);
    }

    /** Cells that a try works on. They lie at the beginning, at the end, or across a border of parts of some level. */
    private static final int WINDOW = 9_000;

    private static final int STEPS = 40;

    @Property
    void equalsASortedSet(@ForAll long seed, @ForAll @IntRange(min = 15, max = 64) int bits) {
        var random = new SplittableRandom(seed);
        long base = base(random, bits);
        var tree = new CellTree(bits);
        var model = new TreeSet<Integer>();
        for (int step = 0; step < STEPS; step++) {
            int first = random.nextInt(WINDOW);
            int last = switch (random.nextInt(4)) {
                case 0 -> first;
                case 1 -> Math.min(WINDOW - 1, first + random.nextInt(64));
                case 2 -> Math.min(WINDOW - 1, first | (1 << random.nextInt(14)) - 1);
                default -> first + random.nextInt(WINDOW - first);
            };
            // one range, or many single cells, so that a node has mixed parts by the dozen
            int stride = random.nextInt(3) == 0 ? random.nextInt(33, 130) : 0;
            boolean isTaken = random.nextInt(5) < 3;
            if (stride == 0) {
                change(tree, model, base, first, last, isTaken);
            }
            for (int cell = first; stride > 0 && cell < Math.min(WINDOW, first + 5_000); cell += stride) {
                change(tree, model, base, cell, cell, isTaken);
            }
            check(tree, model, base, random);
        }
    }

    private static void change(
            CellTree tree, NavigableSet<Integer> model, long base, int first, int last, boolean isTaken) {
        if (!isTaken) {
            tree.free(base + first, base + last);
            model.subSet(first, true, last, true).clear();
            return;
        }
        tree.take(base + first, base + last);
        for (int cell = first; cell <= last; cell++) {
            model.add(cell);
        }
    }

    private static long base(SplittableRandom random, int bits) {
        long cells = bits == 64 ? CellTree.MAX_CELL : (1L << bits) - 1;
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> cells - WINDOW + 1;
            default -> {
                long border = 1L << random.nextInt(13, bits);
                yield border - random.nextInt(1, 8_000);
            }
        };
    }

    private static void check(CellTree tree, NavigableSet<Integer> model, long base, SplittableRandom random) {
        long last = base + WINDOW - 1;
        assertThat(tree.count(base, last)).isEqualTo(model.size());
        assertThat(tree.count(0, CellTree.MAX_CELL)).isEqualTo(model.size());
        for (int i = 0; i < 10; i++) {
            int from = random.nextInt(WINDOW);
            int to = from + random.nextInt(WINDOW - from);
            assertThat(tree.isTaken(base + from)).isEqualTo(model.contains(from));
            assertThat(tree.nextFree(base + from, base + to)).isEqualTo(nextFree(model, base, from, to));
            Integer taken = model.ceiling(from);
            assertThat(tree.nextTaken(base + from)).isEqualTo(taken == null ? CellTree.NONE : base + taken);
            assertThat(tree.count(base + from, base + to))
                    .isEqualTo(model.subSet(from, true, to, true).size());
            assertThat(tree.longestFreeRun(base + from, base + to)).isEqualTo(longestFreeRun(model, from, to));
        }
    }

    private static long nextFree(NavigableSet<Integer> model, long base, int from, int to) {
        for (int cell = from; cell <= to; cell++) {
            if (!model.contains(cell)) {
                return base + cell;
            }
        }
        return CellTree.NONE;
    }

    private static long longestFreeRun(NavigableSet<Integer> model, int from, int to) {
        int begin = from;
        int longest = 0;
        for (int taken : model.subSet(from, true, to, true)) {
            longest = Math.max(longest, taken - begin);
            begin = taken + 1;
        }
        return Math.max(longest, to + 1 - begin);
    }

    @Test
    void aFullTreeIsNoLargerThanAnEmptyOne() {
        var tree = new CellTree(24);
        for (int cell = 0; cell < 1 << 24; cell++) {
            tree.take(cell);
        }
        assertThat(tree.root().nodes()).isEmpty();
        assertThat(tree.nextFree(0, (1 << 24) - 1)).isEqualTo(CellTree.NONE);
        for (int cell = 0; cell < 1 << 24; cell++) {
            tree.free(cell);
        }
        assertThat(tree.root().nodes()).isEmpty();
        assertThat(tree.nextTaken(0)).isEqualTo(CellTree.NONE);
    }

    @Test
    void reachesTheHighestCellThereIs() {
        var tree = new CellTree(64);
        tree.take(CellTree.MAX_CELL);
        assertThat(tree.nextTaken(0)).isEqualTo(CellTree.MAX_CELL);
        assertThat(tree.nextFree(CellTree.MAX_CELL, CellTree.MAX_CELL)).isEqualTo(CellTree.NONE);
        assertThat(tree.longestFreeRun(0, CellTree.MAX_CELL)).isEqualTo(-2L);
        tree.take(0, CellTree.MAX_CELL);
        assertThat(tree.nextFree(0, CellTree.MAX_CELL)).isEqualTo(CellTree.NONE);
        assertThat(tree.longestFreeRun(0, CellTree.MAX_CELL)).isZero();
    }
}
