package io.dunlin.vxlan;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from (scope, 128-bit address) to a value, for tables of a million entries that one thread reads for each packet
 * while another changes an entry now and then. A scope is a VNI, or 0.
 *
 * <p>It is an extendible hash: the upper bits of a key's hash choose one of 2^depth directory entries, each of which names a page of up
 * to {@value #SLOTS} slots with linear probing. A change copies the pages it touches and the directory, not the map: at a million
 * entries some 30 KB instead of 30 MB. A flat table would save a lookup one dependent load and cost each change a copy of it all; a
 * balanced or bit-partitioned tree costs a lookup three to five loads.
 *
 * <p>Reading is safe from any thread once the map was safely published. Changes are made in an {@link Edit}, by one thread.
 */
final class AddressMap<V> {
    private static final int SLOTS = 256;
    /** Beyond that a page grows instead of being split: what keeps chosen collisions from growing the directory without end. */
    private static final int MAX_DEPTH = 20;

    private static final int SCOPE = 0;
    private static final int HIGH = 1;
    private static final int LOW = 2;
    private static final int WIDTH = 3;

    private static final AddressMap<?> EMPTY = new AddressMap<>(new Page[] {new Page(0, SLOTS, new Object())}, 0, 0);

    private final Page[] directory;
    private final int depth;
    private final int size;

    private AddressMap(Page[] directory, int depth, int size) {
        this.directory = directory;
        this.depth = depth;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // it holds no value of any type
    static <V> AddressMap<V> empty() {
        return (AddressMap<V>) EMPTY;
    }

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // an Edit<V> put it there
    @Nullable
    V get(int scope, long high, long low) {
        long hash = hash(scope, high, low);
        Page page = directory[directoryIndex(hash, depth)];
        int slot = page.find(scope, high, low, hash);
        return slot < 0 ? null : (V) page.values[slot];
    }

    Edit<V> edit() {
        return new Edit<>(this);
    }

    /** Each value once, in no order. */
    @SuppressWarnings("unchecked") // an Edit<V> put it there
    void forEach(Consumer<? super V> action) {
        Page last = null;
        for (Page page : directory) {
            // The entries that share a page are neighbours, as they share their upper bits.
            if (page != last) {
                for (Object value : page.values) {
                    if (value != null) {
                        action.accept((V) value);
                    }
                }
            }
            last = page;
        }
    }

    private static int directoryIndex(long hash, int depth) {
        return (int) (hash >>> 1 >>> (63 - depth)); // in two steps, as a shift by 64 would be none
    }

    private static long hash(int scope, long high, long low) {
        long hash = low * 0x9E37_79B9_7F4A_7C15L
                ^ Long.rotateLeft(high * 0xC2B2_AE3D_27D4_EB4FL, 31)
                ^ scope * 0x1656_67B1_9E37_79F9L;
        hash = (hash ^ hash >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return hash ^ hash >>> 29;
    }

    /** Slots of keys and values. Written only by the edit that owns it, before that is committed. */
    private static final class Page {
        private final int depth;
        private final Object owner;
        private final long[] keys;
        private final @Nullable Object[] values;
        private int used;

        Page(int depth, int slots, Object owner) {
            this.depth = depth;
            this.owner = owner;
            this.keys = new long[slots * WIDTH];
            this.values = new Object[slots];
        }

        private Page(Page page, Object owner) {
            this.depth = page.depth;
            this.owner = owner;
            this.keys = page.keys.clone();
            this.values = page.values.clone();
            this.used = page.used;
        }

        @SuppressWarnings("ReferenceEquality") // an owner is an identity
        Page ownedBy(Object edit) {
            return owner == edit ? this : new Page(this, edit);
        }

        /** The key's slot; where it is absent, the complement of the slot it would take. */
        int find(int scope, long high, long low, long hash) {
            int mask = values.length - 1;
            int slot = (int) hash & mask;
            while (values[slot] != null) {
                int key = slot * WIDTH;
                if (keys[key + LOW] == low && keys[key + HIGH] == high && keys[key + SCOPE] == scope) {
                    return slot;
                }
                slot = slot + 1 & mask;
            }
            return ~slot;
        }

        void insert(int free, int scope, long high, long low, Object value) {
            int key = free * WIDTH;
            keys[key + SCOPE] = scope;
            keys[key + HIGH] = high;
            keys[key + LOW] = low;
            values[free] = value;
            used++;
        }

        /** Empties a slot, and moves up what was probed past it, so that no tombstones are needed. */
        void remove(int slot) {
            int mask = values.length - 1;
            int hole = slot;
            for (int next = hole + 1 & mask; values[next] != null; next = next + 1 & mask) {
                int home = (int) hashOf(next) & mask;
                boolean reachesHole = (next - home & mask) >= (next - hole & mask);
                if (reachesHole) {
                    System.arraycopy(keys, next * WIDTH, keys, hole * WIDTH, WIDTH);
                    values[hole] = values[next];
                    hole = next;
                }
            }
            values[hole] = null;
            used--;
        }

        long hashOf(int slot) {
            int key = slot * WIDTH;
            return hash((int) keys[key + SCOPE], keys[key + HIGH], keys[key + LOW]);
        }

        void copyInto(Page target, int slot) {
            int key = slot * WIDTH;
            int scope = (int) keys[key + SCOPE];
            long high = keys[key + HIGH];
            long low = keys[key + LOW];
            Object value = values[slot];
            if (value != null) {
                target.insert(~target.find(scope, high, low, hash(scope, high, low)), scope, high, low, value);
            }
        }
    }

    /** Changes to a map, which becomes a new one. Not thread-safe; of no use after {@link #commit}. */
    static final class Edit<V> {
        private Page[] directory;
        private int depth;
        private int size;
        private boolean ownsDirectory;

        private Edit(AddressMap<V> map) {
            this.directory = map.directory;
            this.depth = map.depth;
            this.size = map.size;
        }

        @SuppressWarnings("unchecked") // put() below is the only writer
        @Nullable
        V get(int scope, long high, long low) {
            long hash = hash(scope, high, low);
            Page page = directory[directoryIndex(hash, depth)];
            int slot = page.find(scope, high, low, hash);
            return slot < 0 ? null : (V) page.values[slot];
        }

        void put(int scope, long high, long low, V value) {
            long hash = hash(scope, high, low);
            while (true) {
                Page page = own(directoryIndex(hash, depth));
                int slot = page.find(scope, high, low, hash);
                if (slot >= 0) {
                    page.values[slot] = value;
                    return;
                }
                if (page.used < page.values.length * 3 / 4) {
                    page.insert(~slot, scope, high, low, value);
                    size++;
                    return;
                }
                makeRoom(hash, page);
            }
        }

        void remove(int scope, long high, long low) {
            long hash = hash(scope, high, low);
            int index = directoryIndex(hash, depth);
            int slot = directory[index].find(scope, high, low, hash);
            if (slot >= 0) {
                own(index).remove(slot);
                size--;
            }
        }

        AddressMap<V> commit() {
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
                var larger = new Page(page.depth, page.values.length * 2, this);
                for (int slot = 0; slot < page.values.length; slot++) {
                    page.copyInto(larger, slot);
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
            var zero = new Page(page.depth + 1, page.values.length, this);
            var one = new Page(page.depth + 1, page.values.length, this);
            for (int slot = 0; slot < page.values.length; slot++) {
                boolean upper = (page.hashOf(slot) >>> (63 - page.depth) & 1) != 0;
                page.copyInto(upper ? one : zero, slot);
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
