package io.dunlin.ipam;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A node whose mixed parts are nodes. It remembers its longest run of free cells until a cell changes. */
final class CellBranch extends CellNode {
    private static final CellNode[] NO_NODES = {};
    private final int shift;
    private CellNode[] nodes = NO_NODES;
    /** Of all its cells; null until somebody asks, and again once a cell has changed. */
    private @Nullable FreeRuns known;

    CellBranch(int shift) {
        this.shift = shift;
    }

    @Override
    int shift() {
        return shift;
    }

    @Override
    void take(long first, long last) {
        known = null;
        super.take(first, last);
    }

    @Override
    void free(long first, long last) {
        known = null;
        super.free(first, last);
    }

    /** A node for a part, all free. */
    private CellNode newPart() {
        return shift == 2 * PART_BITS ? new CellLeaf() : new CellBranch(shift - PART_BITS);
    }

    @Override
    long nextFreeIn(int part, long from) {
        return nodes[place(part)].nextFree(from);
    }

    @Override
    long nextTakenIn(int part, long from) {
        return nodes[place(part)].nextTaken(from);
    }

    @Override
    long countIn(int part, long first, long last) {
        return nodes[place(part)].count(first, last);
    }

    @Override
    void insert(int part, boolean isTaken) {
        CellNode node = newPart();
        node.full = isTaken ? -1L : 0;
        int place = place(part);
        var longer = Arrays.copyOf(nodes, nodes.length + 1);
        System.arraycopy(nodes, place, longer, place + 1, nodes.length - place);
        longer[place] = node;
        nodes = longer;
    }

    @Override
    void drop(long parts) {
        if (parts == 0) {
            return;
        }
        int first = Long.bitCount(mixed & lower(Long.numberOfTrailingZeros(parts)));
        int count = Long.bitCount(parts); // neighbours: one, or all that lie between two
        var shorter = Arrays.copyOf(nodes, nodes.length - count);
        System.arraycopy(nodes, first + count, shorter, first, shorter.length - first);
        nodes = shorter;
    }

    @Override
    void takeIn(int part, long first, long last) {
        nodes[place(part)].take(first, last);
    }

    @Override
    void freeIn(int part, long first, long last) {
        nodes[place(part)].free(first, last);
    }

    @Override
    boolean isFull(int part) {
        return nodes[place(part)].full == -1L;
    }

    @Override
    boolean isEmpty(int part) {
        CellNode node = nodes[place(part)];
        return (node.full | node.mixed) == 0;
    }

    @Override
    void runsIn(int part, long first, long last, FreeRuns runs) {
        CellNode node = nodes[place(part)];
        if (first == 0 && last == lastOfPart() && node instanceof CellBranch branch) {
            branch.tell(runs);
        } else {
            node.runs(first, last, runs);
        }
    }

    private void tell(FreeRuns runs) {
        FreeRuns own = known;
        if (own == null) {
            own = new FreeRuns();
            runs(0, ((long) PARTS << shift) - 1, own);
            known = own;
        }
        runs.mixed(own.head(), own.longest(), own.tail());
    }

    /** The nodes of the mixed parts, to be read. */
    CellNode[] nodes() {
        return nodes;
    }

    /** Takes parts and nodes as they are, for a tree that is read. */
    void restore(long fullParts, long mixedParts, CellNode[] mixedNodes) {
        full = fullParts;
        mixed = mixedParts;
        nodes = mixedNodes;
    }
}
