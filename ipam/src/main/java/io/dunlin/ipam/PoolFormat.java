package io.dunlin.ipam;

import static io.dunlin.ipam.StateFormat.check;

import io.dunlin.ipam.Quarantine.Rest;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What of a {@link NumberPool} changes, as bytes.
 *
 * <pre>
 * each segment: cursor (8)
 * latest time (8)
 * taken numbers: the root of the tree, see below
 * in quarantine: count (4), each: first (8) │ last (8) │ until (8) │ requester
 * requesters: count (4), each in the order of their numbers: number (8) │ requester
 *
 * a node: bits of full parts (8) │ bits of mixed parts (8) │ each mixed part: a node, or the bits (8) of its 64 numbers
 * </pre>
 */
final class PoolFormat {
    private static final int REST = 3 * Long.BYTES + 1;
    private static final int HOLDING = Long.BYTES + 1;

    private PoolFormat() {}

    static void write(NumberPool pool, DataOutputStream out) throws IOException {
        for (Segment segment : pool.segments()) {
            out.writeLong(segment.cursor());
        }
        out.writeLong(pool.quarantine().nowMillis());
        write(pool.taken().root(), out);
        var rests = pool.quarantine().rests();
        out.writeInt(rests.size());
        for (Rest rest : rests) {
            out.writeLong(rest.first);
            out.writeLong(rest.last);
            out.writeLong(rest.untilMillis);
            StateFormat.write(rest.requester.utf8(), out);
        }
        out.writeInt(pool.index().size());
        pool.index().writeTo(out);
    }

    /** As deep as the tree, which has 10 levels at most. */
    private static void write(CellNode node, DataOutputStream out) throws IOException {
        out.writeLong(node.full);
        out.writeLong(node.mixed);
        switch (node) {
            case CellBranch branch -> {
                for (CellNode child : branch.nodes()) {
                    write(child, out);
                }
            }
            case CellLeaf leaf -> {
                for (long word : leaf.words()) {
                    out.writeLong(word);
                }
            }
        }
    }

    /**
     * Into a pool of which nothing is granted yet.
     *
     * @param first the lowest number that can be taken
     * @param last the highest, unsigned; all below {@code first} if there is none
     * @throws IllegalArgumentException or {@link java.nio.BufferUnderflowException}
     */
    static void read(NumberPool pool, long first, long last, ByteBuffer in) {
        var cursors = new long[pool.segments().size()];
        for (int i = 0; i < cursors.length; i++) {
            cursors[i] = in.getLong();
            check(pool.segments().get(i).contains(cursors[i]), "a cursor at " + cursors[i]);
        }
        pool.quarantine().restoreTime(in.getLong());
        pool.restore(CellTree.of(readBranch(pool.taken().root().shift(), in)), cursors, first, last);
        int rests = StateFormat.count(in, REST);
        for (int i = 0; i < rests; i++) {
            pool.restore(new Rest(in.getLong(), in.getLong(), in.getLong(), StateFormat.readRequester(in)));
        }
        int holdings = StateFormat.count(in, HOLDING);
        long before = 0;
        for (int i = 0; i < holdings; i++) {
            long number = in.getLong();
            check(i == 0 || Long.compareUnsigned(before, number) < 0, "a number out of order: " + number);
            pool.restore(number, StateFormat.readRequester(in));
            before = number;
        }
    }

    private static CellBranch readBranch(int shift, ByteBuffer in) {
        var branch = new CellBranch(shift);
        long full = in.getLong();
        long mixed = in.getLong();
        check((full & mixed) == 0, "a part both full and mixed");
        var nodes = new CellNode[Long.bitCount(mixed)];
        for (int i = 0; i < nodes.length; i++) {
            int below = shift - CellNode.PART_BITS;
            nodes[i] = below == CellNode.PART_BITS ? readLeaf(in) : readBranch(below, in);
            check(nodes[i].full != -1 && (nodes[i].full | nodes[i].mixed) != 0, "a mixed part that is not");
        }
        branch.restore(full, mixed, nodes);
        return branch;
    }

    private static CellLeaf readLeaf(ByteBuffer in) {
        long full = in.getLong();
        long mixed = in.getLong();
        check((full & mixed) == 0, "a part both full and mixed");
        var words = new long[Long.bitCount(mixed)];
        for (int i = 0; i < words.length; i++) {
            words[i] = in.getLong();
            check(words[i] != 0 && words[i] != -1, "a mixed part that is not");
        }
        var leaf = new CellLeaf();
        leaf.restore(full, mixed, words);
        return leaf;
    }
}
