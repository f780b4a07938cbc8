package io.dunlin.vxlan;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from (scope, 128-bit address) to a value, for tables of a million entries that one thread reads for each packet
 * while another changes an entry now and then. A scope is a VNI, or 0.
 *
 * <p>It is an extendible hash of neighbourhoods. 64 addresses that differ in their last six bits alone share a slot: a bitmap says which of
 * them are there, and their values lie side by side. Pools hand out one address after the other, so a million of them are 16,000 slots,
 * which stay in the processor's caches; addresses scattered over a /64 take a slot each, some 100 bytes. The upper bits of a
 * neighbourhood's hash choose one of 2^depth directory entries, each of which names a page of up to {@value #SLOTS} slots, probed
 * linearly. A change copies the pages it touches and the directory, not the map: at a million entries some 30 KB.
 *
 * <p>Rejected: a slot for each address, which had to come from memory for almost each of a million (16 to 20 times the time of ten; {@code
 * ForwardingTableBenchmark}); a flat table, of which each change copies all; a trie, which costs a lookup three to five dependent loads.
 *
 * <p>Reading is safe from any thread once the map was safely published. Changes are made in an {@link Edit}, by one thread.
 */
public final class AddressMap<V> {
    private static final int SLOTS = 256;
    /** Beyond that a page grows instead of being split: what keeps chosen collisions from growing the directory without end. */
    private static final int MAX_DEPTH = 20;

    private static final int NEIGHBOUR_BITS = 6; // as a bitmap of 64 bits tells apart

    /** The scope, and above it where the slot's values begin. */
    private static final int SCOPE = 0;

    private static final int HIGH = 1;
    private static final int LOW = 2;
    private static final int PRESENT = 3;
    private static final int WIDTH = 4;

    private static final AddressMap<?> EMPTY = new AddressMap<>(new Page[] {new Page(0, SLOTS, 0, new Object())}, 0, 0);

    private final Page[] directory;
    private final int depth;
    private final int size;

    private AddressMap(Page[] directory, int depth, int size) {
        this.directory = directory;
        this.depth = depth;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // it holds no value of any type
    public static <V> AddressMap<V> empty() {
        return (AddressMap<V>) EMPTY;
    }

    /** Addresses that have a value. */
    public int size() {
        return size;
    }

    /** The address's value; null if it has none. */
    @SuppressWarnings("unchecked") // an Edit<V> put it there
    public @Nullable V get(int scope, long high, long low) {
        long hash = hash(scope, high, low >>> NEIGHBOUR_BITS);
        return (V) directory[directoryIndex(hash, depth)].get(scope, high, low, hash);
    }

    /** Begins a change, of which this map will know nothing. */
    public Edit<V> edit() {
        return new Edit<>(this);
    }

    /** Each value once, in no order. */
    @SuppressWarnings("unchecked") // an Edit<V> put it there
    public void forEach(Consumer<? super V> action) {
        Page last = null;
        for (Page page : directory) {
            // The entries that share a page are neighbours, as they share their upper bits.
            if (page != last) {
                for (int i = 0; i < page.count; i++) {
                    action.accept((V) Objects.requireNonNull(page.values[i]));
                }
            }
            last = page;
        }
    }

    private static int directoryIndex(long hash, int depth) {
        return (int) (hash >>> 1 >>> (63 - depth)); // in two steps, as a shift by 64 would be none
    }

    private static long hash(int scope, long high, long neighbourhood) {
        long hash = neighbourhood * 0x9E37_79B9_7F4A_7C15L
                ^ Long.rotateLeft(high * 0xC2B2_AE3D_27D4_EB4FL, 31)
                ^ scope * 0x1656_67B1_9E37_79F9L;
        hash = (hash ^ hash >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return hash ^ hash >>> 29;
    }

    /** Slots of neighbourhoods, and their values side by side. Written only by the edit that owns it, before that is committed. */
    private static final class Page {
        private final int depth;
        private final Object owner;
        private final long[] keys;
        private int usedSlots;

        /** Of one slot after the other, in the order of their {@link #first}; in a slot in the order of addresses. */
        private @Nullable Object[] values;

        private int count;

        Page(int depth, int slots, int values, Object owner) {
            this.depth = depth;
            this.owner = owner;
            this.keys = new long[slots * WIDTH];
            this.values = new Object[values];
        }

        private Page(Page page, Object owner) {
            this.depth = page.depth;
            this.owner = owner;
            this.keys = page.keys.clone();
            this.usedSlots = page.usedSlots;
            this.values = Arrays.copyOf(page.values, page.count + 1);
            this.count = page.count;
        }

        @SuppressWarnings("ReferenceEquality") // an owner is an identity
        Page ownedBy(Object edit) {
            return owner == edit ? this : new Page(this, edit);
        }

        int slots() {
            return keys.length / WIDTH;
        }

        boolean isFull() {
            return usedSlots >= slots() / 2;
        }

        @Nullable
        Object get(int scope, long high, long low, long hash) {
            int slot = find(scope, high, low, hash);
            if (slot < 0) {
                return null;
            }
            long present = keys[slot * WIDTH + PRESENT];
            return (present & bit(low)) == 0 ? null : values[first(slot) + before(present, low)];
        }

        /** The slot of the address's neighbourhood; where that is absent, the complement of the slot it would take. */
        int find(int scope, long high, long low, long hash) {
            long neighbourhood = low >>> NEIGHBOUR_BITS;
            int mask = slots() - 1;
            int slot = (int) hash & mask;
            while (!isFree(slot)) {
                int key = slot * WIDTH;
                if (keys[key + LOW] == neighbourhood && keys[key + HIGH] == high && (int) keys[key + SCOPE] == scope) {
                    return slot;
                }
                slot = slot + 1 & mask;
            }
            return ~slot;
        }

        /** Takes a free slot for a neighbourhood without addresses yet, which {@link #put} is to follow. */
        void insert(int free, int scope, long high, long low) {
            int key = free * WIDTH;
            keys[key + SCOPE] = (long) count << Integer.SIZE | Integer.toUnsignedLong(scope);
            keys[key + HIGH] = high;
            keys[key + LOW] = low >>> NEIGHBOUR_BITS;
            usedSlots++;
        }

        /**
         * Puts a value into a neighbourhood's slot.
         *
         * @return whether the address was not there
         */
        boolean put(int slot, long low, Object value) {
            long present = keys[slot * WIDTH + PRESENT];
            int index = first(slot) + before(present, low);
            boolean added = (present & bit(low)) == 0;
            if (added) {
                if (count == values.length) {
                    values = Arrays.copyOf(values, count + count / 2 + 1);
                }
                System.arraycopy(values, index, values, index + 1, count - index);
                count++;
                keys[slot * WIDTH + PRESENT] = present | bit(low);
                moveFirst(slot, 1);
            }
            values[index] = value;
            return added;
        }

        /** Removes an address that is there. */
        void remove(int slot, long low) {
            long present = keys[slot * WIDTH + PRESENT];
            int index = first(slot) + before(present, low);
            System.arraycopy(values, index + 1, values, index, count - index - 1);
            values[--count] = null;
            moveFirst(slot, -1);
            if (present == bit(low)) {
                free(slot);
            } else {
                keys[slot * WIDTH + PRESENT] = present & ~bit(low);
            }
        }

        /** All values that lie behind the slot's own moved by one. */
        private void moveFirst(int slot, int by) {
            long first = first(slot);
            for (int key = 0; key < keys.length; key += WIDTH) {
                if (keys[key + PRESENT] != 0 && keys[key + SCOPE] >>> Integer.SIZE > first) {
                    keys[key + SCOPE] += (long) by << Integer.SIZE;
                }
            }
        }

        /** Frees a slot without values, and moves up what was probed past it, so that no tombstones are needed. */
        private void free(int slot) {
            int mask = slots() - 1;
            int hole = slot;
            for (int next = hole + 1 & mask; !isFree(next); next = next + 1 & mask) {
                int home = (int) hashOf(next) & mask;
                boolean reachesHole = (next - home & mask) >= (next - hole & mask);
                if (reachesHole) {
                    System.arraycopy(keys, next * WIDTH, keys, hole * WIDTH, WIDTH);
                    hole = next;
                }
            }
            keys[hole * WIDTH + PRESENT] = 0;
            usedSlots--;
        }

        /** Puts the neighbourhood of a slot into a page that has none of it. */
        void copyInto(Page target, int slot) {
            int mask = target.slots() - 1;
            int free = (int) hashOf(slot) & mask;
            while (!target.isFree(free)) {
                free = free + 1 & mask;
            }
            int length = Long.bitCount(keys[slot * WIDTH + PRESENT]);
            if (target.values.length < target.count + length) {
                target.values = Arrays.copyOf(target.values, target.count + target.count / 2 + length);
            }
            System.arraycopy(keys, slot * WIDTH, target.keys, free * WIDTH, WIDTH);
            target.keys[free * WIDTH + SCOPE] =
                    (long) target.count << Integer.SIZE | keys[slot * WIDTH + SCOPE] & 0xffff_ffffL;
            System.arraycopy(values, first(slot), target.values, target.count, length);
            target.count += length;
            target.usedSlots++;
        }

        boolean isFree(int slot) {
            return keys[slot * WIDTH + PRESENT] == 0;
        }

        long hashOf(int slot) {
            int key = slot * WIDTH;
            return hash((int) keys[key + SCOPE], keys[key + HIGH], keys[key + LOW]);
        }

        /** Where the slot's values begin. */
        private int first(int slot) {
            return (int) (keys[slot * WIDTH + SCOPE] >>> Integer.SIZE);
        }

        private static long bit(long low) {
            return 1L << low; // by its last six bits
        }

        /** How many of a neighbourhood's addresses are lower. */
        private static int before(long present, long low) {
            return Long.bitCount(present & bit(low) - 1);
        }
    }

    /** Changes to a map, which becomes a new one. Not thread-safe; of no use after {@link #commit}. */
    public static final class Edit<V> {
        private Page[] directory;
        private int depth;
        private int size;
        private boolean ownsDirectory;

        private Edit(AddressMap<V> map) {
            this.directory = map.directory;
            this.depth = map.depth;
            this.size = map.size;
        }

        /** The address's value as it stands now; null if it has none. */
        @SuppressWarnings("unchecked") // put() below is the only writer
        public @Nullable V get(int scope, long high, long low) {
            long hash = hash(scope, high, low >>> NEIGHBOUR_BITS);
            return (V) directory[directoryIndex(hash, depth)].get(scope, high, low, hash);
        }

        public void put(int scope, long high, long low, V value) {
            long hash = hash(scope, high, low >>> NEIGHBOUR_BITS);
            while (true) {
                Page page = own(directoryIndex(hash, depth));
                int slot = page.find(scope, high, low, hash);
                if (slot < 0 && !page.isFull()) {
                    slot = ~slot;
                    page.insert(slot, scope, high, low);
                }
                if (slot >= 0) {
                    size += page.put(slot, low, value) ? 1 : 0;
                    return;
                }
                makeRoom(hash, page);
            }
        }

        /** Harmless if the address has no value. */
        public void remove(int scope, long high, long low) {
            long hash = hash(scope, high, low >>> NEIGHBOUR_BITS);
            int index = directoryIndex(hash, depth);
            Page page = directory[index];
            if (page.get(scope, high, low, hash) != null) {
                own(index).remove(page.find(scope, high, low, hash), low);
                size--;
            }
        }

        /** The changed map. */
        public AddressMap<V> commit() {
            // From here on pages and directory belong to the map; a page's owner is this edit, which nobody can use
            // again.
            var map = new AddressMap<V>(directory, depth, size);
            directory = new Page[0];
            return map;
        }

        private Page own(int index) {
            Page page = directory[index];
            Page owned = page.ownedBy(this);
            if (owned != page) {
                replace(index, page, owned, owned);
            }
            return owned;
        }

        private void makeRoom(long hash, Page page) {
            if (page.depth == MAX_DEPTH) {
                var larger = new Page(page.depth, page.slots() * 2, page.count, this);
                for (int slot = 0; slot < page.slots(); slot++) {
                    if (!page.isFree(slot)) {
                        page.copyInto(larger, slot);
                    }
                }
                replace(directoryIndex(hash, depth), page, larger, larger);
                return;
            }
            if (page.depth == depth) {
                var doubled = new Page[directory.length * 2];
                for (int i = 0; i < doubled.length; i++) {
                    doubled[i] = directory[i >> 1];
                }
                directory = doubled;
                ownsDirectory = true;
                depth++;
            }
            var zero = new Page(page.depth + 1, page.slots(), page.count / 2, this);
            var one = new Page(page.depth + 1, page.slots(), page.count / 2, this);
            for (int slot = 0; slot < page.slots(); slot++) {
                if (!page.isFree(slot)) {
                    boolean upper = (page.hashOf(slot) >>> (63 - page.depth) & 1) != 0;
                    page.copyInto(upper ? one : zero, slot);
                }
            }
            replace(directoryIndex(hash, depth), page, zero, one);
        }

        /** Lets the lower half of the directory entries that name {@code page} name {@code zero}, the upper half {@code one}. */
        private void replace(int index, Page page, Page zero, Page one) {
            if (!ownsDirectory) {
                directory = directory.clone();
                ownsDirectory = true;
            }
            int entries = 1 << (depth - page.depth);
            int first = index & -entries;
            int half = zero == one ? entries : entries / 2;
            Arrays.fill(directory, first, first + half, zero);
            Arrays.fill(directory, first + half, first + entries, one);
        }
    }
}
