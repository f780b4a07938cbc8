package io.dunlin.lb;

import io.dunlin.vxlan.wire.Memory;

/**
 * The records of a shard, each where its client's hash says: in a group of {@value #SIZE}, beside which lies a tag of 8 bits of the hash for
 * each. So a lookup reads the tags of a group, which are few enough to stay near the processor, and then the one record that it is about: one
 * wait for memory, where an index that names records costs two. A record whose group is full is a <em>stray</em>: it lies where there is room,
 * in a group behind that of the last stray, and has no tag that anybody would look for.
 *
 * <p>Rejected: to probe the next group, as other tables of groups do, or to put strays there. Here the hash knows the client alone, so that both
 * directions find one record, and a client that talks to a thousand services from one port would fill sixty groups in a row: the flows of
 * other clients there would be strays as well, and each more of its own would go past all of them. Guarded by its shard.
 */
final class FlowGroups {
    private static final int SIZE = 16;

    /** Tags below are no part of a hash. */
    private static final int FIRST_TAG = 2;

    private static final int FREE = 0;
    private static final int STRAY = 1;

    private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

    /** The last of a group's records, as a set. */
    private static final long LAST = 1L << 60;

    private final int count;
    /** Two for each group, of eight tags each. */
    private final long[] tags;

    private final Memory records;

    /** The group of the last stray. */
    private int strays;

    /**
     * @param count of groups
     * @throws OutOfMemoryError there is no memory for so many
     */
    FlowGroups(int count, FlowMemory memory) {
        this.count = count;
        tags = memory.allocateWords(2 * count);
        records = memory.allocate(count * SIZE * FlowRecord.BYTES);
    }

    /** Groups for as many records that few of them are strays. */
    static int countFor(int records) {
        return (records + SIZE - 1) / SIZE * 4 / 3 + 1;
    }

    int count() {
        return count;
    }

    /** Records that are so many that there would soon be many strays. */
    int enough() {
        return capacity() / 4 * 3;
    }

    /** Places for records. */
    int capacity() {
        return count * SIZE;
    }

    Memory records() {
        return records;
    }

    /** The group that a hash belongs to. */
    int group(long hash) {
        return (int) ((hash >>> 8 & 0xffff_ffffL) * count >>> 32);
    }

    /**
     * The records of a group that may have the hash, as a set for {@link #first}: all that do and are no strays, and few others.
     */
    long candidates(int group, long hash) {
        return tagged(group, tag(hash));
    }

    /** The record that most likely has the hash; any other of its group if none has. */
    int likely(long hash) {
        int group = group(hash);
        return first(group, candidates(group, hash) | LAST);
    }

    /** The first record of a set; {@code set & set - 1} are the others. */
    static int first(int group, long set) {
        int bit = Long.numberOfTrailingZeros(set);
        return group * SIZE + (bit >>> 3) + ((bit & 4) << 1);
    }

    /** A free place for a record, which is taken then: in the hash's group if it has one. There must be one. */
    int take(long hash) {
        int group = group(hash);
        long free = tagged(group, FREE);
        if (free != 0) {
            int record = first(group, free);
            setTag(record, tag(hash));
            return record;
        }
        do {
            strays = strays + 1 < count ? strays + 1 : 0;
            free = tagged(strays, FREE);
        } while (free == 0);
        int record = first(strays, free);
        setTag(record, STRAY);
        return record;
    }

    void free(int record) {
        setTag(record, FREE);
    }

    boolean isStray(int record) {
        return tag(record) == STRAY;
    }

    private static int tag(long hash) {
        return Math.max((int) hash & 0xff, FIRST_TAG);
    }

    /** Bit 8 n of the result is the group's record n, bit 8 n + 4 is record 8 + n. Where a tag is found, others behind it may seem to be. */
    private long tagged(int group, int tag) {
        long pattern = tag * LOWEST_BITS;
        return zeroBytes(tags[2 * group] ^ pattern) >>> 7 | zeroBytes(tags[2 * group + 1] ^ pattern) >>> 3;
    }

    private static long zeroBytes(long bytes) {
        return bytes - LOWEST_BITS & ~bytes & HIGHEST_BITS;
    }

    private int tag(int record) {
        return (int) (tags[record >>> 3] >>> shift(record)) & 0xff;
    }

    private void setTag(int record, int tag) {
        long others = tags[record >>> 3] & ~(0xffL << shift(record));
        tags[record >>> 3] = others | (long) tag << shift(record);
    }

    private static int shift(int record) {
        return (record & 7) * 8;
    }
}
