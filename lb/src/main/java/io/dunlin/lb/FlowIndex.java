package io.dunlin.lb;

/**
 * A hash index of flow records: open addressing, probed linearly, at most half full while there is memory. A slot holds a record's hash and its number, so that
 * records are looked at only where all 32 bits of the hash agree, and neither growing nor removing looks at any. Guarded by its shard.
 */
final class FlowIndex {
    /** No slot. */
    static final int NONE = -1;

    private static final int FIRST_SLOTS = 16;

    private final FlowMemory memory;
    private long[] slots;
    private int size;

    /** @throws OutOfMemoryError there is no memory for the first slots */
    FlowIndex(FlowMemory memory) {
        this.memory = memory;
        this.slots = memory.allocateWords(FIRST_SLOTS);
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Where to begin looking for a hash. */
    int begin(int hash) {
        return hash & slots.length - 1;
    }

    /** The first slot from {@code at} on that has the hash; {@link #NONE} if there is none before the next free one. */
    int find(int hash, int at) {
        int mask = slots.length - 1;
        for (int slot = at & mask; ; slot = slot + 1 & mask) {
            long entry = slots[slot];
            if (entry == 0) {
                return NONE;
            }
            if ((int) (entry >>> 32) == hash) {
                return slot;
            }
        }
    }

    /** The number of the record in a slot that is taken. */
    int record(int slot) {
        return (int) slots[slot] - 1;
    }

    /**
     * Grows if it is half full.
     *
     * @throws OutOfMemoryError there is no memory; it is as it was
     */
    void makeRoom() {
        if (size >= slots.length / 2) {
            grow();
        }
    }

    /** Whether so few slots are free that nothing is to be added: looking for what is not there ends at a free one. */
    boolean isCrowded() {
        return size >= slots.length / 8 * 7;
    }

    /** It must not be {@linkplain #isCrowded crowded}. */
    void add(int hash, int record) {
        size++;
        put((long) hash << 32 | record + 1);
    }

    /** @param record is there */
    void remove(int hash, int record) {
        int mask = slots.length - 1;
        int hole = find(hash, begin(hash));
        while (record(hole) != record) {
            hole = find(hash, hole + 1);
        }
        // What was probed past it moves up, so that no tombstones are needed.
        for (int next = hole + 1 & mask; slots[next] != 0; next = next + 1 & mask) {
            int home = begin((int) (slots[next] >>> 32));
            if ((next - home & mask) >= (next - hole & mask)) {
                slots[hole] = slots[next];
                hole = next;
            }
        }
        slots[hole] = 0;
        size--;
    }

    private void grow() {
        long[] old = slots;
        slots = memory.allocateWords(old.length * 2);
        for (long entry : old) {
            if (entry != 0) {
                put(entry);
            }
        }
    }

    private void put(long entry) {
        int mask = slots.length - 1;
        int slot = begin((int) (entry >>> 32));
        while (slots[slot] != 0) {
            slot = slot + 1 & mask;
        }
        slots[slot] = entry;
    }
}
