package io.dunlin.ipam;

import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Which cell a requester holds: at most one each. A hash table whose entries lie one after the other in one array, each with the place of the
 * next one of its bucket: {@code next (4) │ cell (8) │ length (1) │ name}. At sixteen million requesters that is some 50 bytes each with names of
 * 20, where objects in a {@code HashMap} take 150.
 *
 * <p>Names come from others, who can make any number of them fall into one bucket. A bucket takes {@value #MOST_IN_BUCKET}, which others never
 * have; further names are kept in a tree, in the order of their bytes. (A hash with a secret would do as well, but there is no place to take one from:
 * states are equal by what was done to them.)
 */
final class RequesterIndex {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int CELL_AT = Integer.BYTES;
    private static final int LENGTH_AT = CELL_AT + Long.BYTES;
    private static final int NAME_AT = LENGTH_AT + 1;

    /** With one requester to two buckets, the odds that one bucket of sixteen million has so many are 1 in 10<sup>12</sup>. */
    static final int MOST_IN_BUCKET = 16;

    /** There are many pools with few requesters, or none. */
    private static final int MIN_BUCKETS = 2;
    /** Empty, and never written: an index that gets an entry has buckets of its own. */
    private static final int[] NO_BUCKETS = new int[1];
    /** Entries and what removed ones left must fit an array. */
    private static final int MAX_ENTRY_BYTES = Integer.MAX_VALUE - 64;

    /** Below, moving all entries together is cheap, and lists of lengths are not. */
    private static final int LARGE = 1 << 16;

    private static final byte[] NOTHING = {};
    private static final int[] NONE_REUSABLE = {};
    private static final int NO_ENTRY = -1;

    /** Where the first entry of each begins, plus one; 0: it has none. */
    private int[] buckets = NO_BUCKETS;

    private byte[] entries = NOTHING;
    private int end;
    /** Of {@link #end}, what removed entries left. */
    private int dead;

    /**
     * By a name's length, where a removed entry of that length lies, plus one, which has the place of the next one. Without, a large index whose
     * requesters come and go would move all entries again and again.
     */
    private int[] reusable = NONE_REUSABLE;

    /** Cells of those for whom there was no place in their bucket. */
    private NavigableMap<byte[], Long> crowded = Collections.emptyNavigableMap();

    private int size;
    /** All cells in here, so that nobody else can release them. */
    private final CellTree cells;

    RequesterIndex(int bits) {
        this.cells = new CellTree(bits);
    }

    int size() {
        return size;
    }

    boolean isHeld(long cell) {
        return cells.isTaken(cell);
    }

    long count(long first, long last) {
        return cells.count(first, last);
    }

    /** The cell that the requester holds, or {@link CellTree#NONE}. */
    long find(byte[] name) {
        for (int entry = first(bucketOf(name)); entry != NO_ENTRY; entry = next(entry)) {
            if (isNamed(entry, name)) {
                return cellAt(entry);
            }
        }
        return crowded.isEmpty() ? CellTree.NONE : crowded.getOrDefault(name, CellTree.NONE);
    }

    boolean hasRoomFor(byte[] name) {
        return (long) end - dead + NAME_AT + name.length <= MAX_ENTRY_BYTES;
    }

    /** For a requester that holds nothing, and a cell that nobody holds. */
    void put(byte[] name, long cell) {
        if (2L * (size + 1) > buckets.length) {
            grow();
        }
        int bucket = bucketOf(name);
        if (isFull(bucket)) {
            if (crowded.isEmpty()) {
                crowded = new TreeMap<>(Arrays::compare);
            }
            crowded.put(name.clone(), cell);
        } else {
            int entry = append(name, cell); // which may move all others
            link(bucket, entry);
        }
        size++;
        cells.take(cell);
    }

    private boolean isFull(int bucket) {
        int count = 0;
        for (int entry = first(bucket); entry != NO_ENTRY; entry = next(entry)) {
            count++;
        }
        return count >= MOST_IN_BUCKET;
    }

    /** For a requester that is in here. */
    void remove(byte[] name) {
        size--;
        int bucket = bucketOf(name);
        int before = NO_ENTRY;
        for (int entry = first(bucket); entry != NO_ENTRY; entry = next(entry)) {
            if (isNamed(entry, name)) {
                cells.free(cellAt(entry));
                unlink(bucket, before, entry);
                drop(entry);
                return;
            }
            before = entry;
        }
        cells.free(Objects.requireNonNull(crowded.remove(name)));
    }

    private void unlink(int bucket, int before, int entry) {
        int next = (int) INT.get(entries, entry);
        if (before == NO_ENTRY) {
            buckets[bucket] = next;
        } else {
            INT.set(entries, before, next);
        }
    }

    /** Leaves the room of an entry that is in no bucket to others. */
    private void drop(int entry) {
        dead += NAME_AT + lengthAt(entry);
        if (end > LARGE) {
            if (reusable.length == 0) {
                reusable = new int[Requester.MAX_BYTES + 1];
            }
            int length = lengthAt(entry);
            INT.set(entries, entry, reusable[length]);
            reusable[length] = entry + 1;
        }
        if (dead > end / 2 && end > MIN_BUCKETS * NAME_AT) {
            compact(end - dead);
        }
    }

    private int bucketOf(byte[] name) {
        return hash(name, 0, name.length) & buckets.length - 1;
    }

    private int first(int bucket) {
        return buckets[bucket] - 1;
    }

    private int next(int entry) {
        return (int) INT.get(entries, entry) - 1;
    }

    private void link(int bucket, int entry) {
        INT.set(entries, entry, buckets[bucket]);
        buckets[bucket] = entry + 1;
    }

    private long cellAt(int entry) {
        return (long) LONG.get(entries, entry + CELL_AT);
    }

    private int lengthAt(int entry) {
        return entries[entry + LENGTH_AT] & 0xff;
    }

    private boolean isNamed(int entry, byte[] name) {
        int begin = entry + NAME_AT;
        return lengthAt(entry) == name.length
                && Arrays.equals(entries, begin, begin + name.length, name, 0, name.length);
    }

    private static int hash(byte[] bytes, int from, int to) {
        int length = to - from;
        long hash = length;
        int at = from;
        for (; to - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash, (long) LONG.get(bytes, at));
        }
        long rest = 0;
        for (; at < to; at++) {
            rest = rest << Byte.SIZE | bytes[at] & 0xff;
        }
        return (int) mix(hash, rest);
    }

    static long mix(long hash, long word) {
        long product = (hash ^ word) * 0x9E37_79B9_7F4A_7C15L;
        return product ^ product >>> 32;
    }

    /** Entries are gone through as they lie, and not bucket after bucket: of many, each would come from memory. */
    private void grow() {
        if (dead > 0) {
            compact(entries.length);
        }
        buckets = new int[Math.max(2 * buckets.length, MIN_BUCKETS)];
        for (int entry = 0; entry < end; entry += NAME_AT + lengthAt(entry)) {
            int begin = entry + NAME_AT;
            link(hash(entries, begin, begin + lengthAt(entry)) & buckets.length - 1, entry);
        }
    }

    private int append(byte[] name, long cell) {
        int length = NAME_AT + name.length;
        if (reusable.length > 0 && reusable[name.length] != 0) {
            int entry = reusable[name.length] - 1;
            reusable[name.length] = (int) INT.get(entries, entry);
            dead -= length;
            write(entry, name, cell);
            return entry;
        }
        if ((long) end + length > entries.length) {
            long wanted = Math.min((long) (end - dead) * 5 / 4 + length, MAX_ENTRY_BYTES);
            if (dead > 0) {
                compact((int) wanted);
            } else {
                entries = Arrays.copyOf(entries, (int) wanted);
            }
        }
        int entry = end;
        write(entry, name, cell);
        end += length;
        return entry;
    }

    private void write(int entry, byte[] name, long cell) {
        LONG.set(entries, entry + CELL_AT, cell);
        entries[entry + LENGTH_AT] = (byte) name.length;
        System.arraycopy(name, 0, entries, entry + NAME_AT, name.length);
    }

    /** Into an array of that length, bucket after bucket, without what removed entries left. */
    private void compact(int length) {
        var moved = new byte[length];
        int to = 0;
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            int entry = first(bucket);
            if (entry != NO_ENTRY) {
                buckets[bucket] = to + 1;
            }
            while (entry != NO_ENTRY) {
                int bytes = NAME_AT + lengthAt(entry);
                System.arraycopy(entries, entry, moved, to, bytes);
                entry = next(entry);
                INT.set(moved, to, entry == NO_ENTRY ? 0 : to + bytes + 1);
                to += bytes;
            }
        }
        entries = moved;
        end = to;
        dead = 0;
        reusable = NONE_REUSABLE;
    }

    /** All requesters, in the order of their cells: cell (8), length of the name (1), name. */
    void writeTo(DataOutputStream out) throws IOException {
        var names = new ArrayList<>(crowded.keySet());
        var byCell = new long[size];
        int count = 0;
        for (byte[] name : names) {
            byCell[count++] = signed(Objects.requireNonNull(crowded.get(name)));
        }
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            for (int entry = first(bucket); entry != NO_ENTRY; entry = next(entry)) {
                byCell[count++] = signed(cellAt(entry));
            }
        }
        Arrays.sort(byCell);
        // where each one's entry is, or, below zero, which of the crowded ones it is
        var where = new int[size];
        for (int i = 0; i < names.size(); i++) {
            long cell = Objects.requireNonNull(crowded.get(names.get(i)));
            where[Arrays.binarySearch(byCell, signed(cell))] = ~i;
        }
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            for (int entry = first(bucket); entry != NO_ENTRY; entry = next(entry)) {
                where[Arrays.binarySearch(byCell, signed(cellAt(entry)))] = entry;
            }
        }
        for (int i = 0; i < size; i++) {
            if (where[i] >= 0) {
                out.write(entries, where[i] + CELL_AT, NAME_AT - CELL_AT + lengthAt(where[i]));
            } else {
                byte[] name = names.get(~where[i]);
                out.writeLong(signed(byCell[i]));
                out.writeByte(name.length);
                out.write(name);
            }
        }
    }

    /** A number whose order with sign is the order without. */
    private static long signed(long cell) {
        return cell ^ Long.MIN_VALUE;
    }
}
