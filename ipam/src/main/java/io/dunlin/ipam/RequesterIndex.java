package io.dunlin.ipam;

import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Which cell a requester holds: at most one each. A hash table with open addressing, whose entries lie one after the other in one array:
 * {@code cell (8) │ length (1) │ name}. At sixteen million requesters that is some 40 bytes each with short names, where objects in a
 * {@code HashMap} take 150.
 */
final class RequesterIndex {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int NAME_AT = Long.BYTES + 1;
    /** There are many pools with few requesters, or none. */
    private static final int MIN_SLOTS = 2;
    /** Empty, and never written: an index that gets an entry has slots of its own. */
    private static final long[] NO_SLOTS = new long[1];
    /** Entries and what removed ones left must fit an array. */
    private static final int MAX_ENTRY_BYTES = Integer.MAX_VALUE - 64;

    /** Below, moving all entries together is cheap, and lists of lengths are not. */
    private static final int LARGE = 1 << 16;

    private static final byte[] NOTHING = {};
    private static final int[] NONE_REUSABLE = {};

    /** Upper half: the hash. Lower half: where the entry begins, plus one; 0: an empty slot. */
    private long[] slots = NO_SLOTS;

    private byte[] entries = NOTHING;
    private int end;
    /** Of {@link #end}, what removed entries left. */
    private int dead;

    /**
     * By a name's length, where a removed entry of that length lies, plus one; its first bytes are where the next one does. Without, a large
     * index whose requesters come and go would move all entries again and again.
     */
    private int[] reusable = NONE_REUSABLE;

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
        int slot = slotOf(name);
        return slots[slot] == 0 ? CellTree.NONE : cellAt(entryAt(slot));
    }

    boolean hasRoomFor(byte[] name) {
        return (long) end - dead + NAME_AT + name.length <= MAX_ENTRY_BYTES;
    }

    /** For a requester that holds nothing, and a cell that nobody holds. */
    void put(byte[] name, long cell) {
        if (4L * (size + 1) > 3L * slots.length) {
            grow();
        }
        int slot = slotOf(name);
        int entry = append(name, cell);
        slots[slot] = (long) hash(name) << 32 | entry + 1;
        size++;
        cells.take(cell);
    }

    void remove(byte[] name) {
        int slot = slotOf(name);
        int entry = entryAt(slot);
        cells.free(cellAt(entry));
        dead += NAME_AT + lengthAt(entry);
        size--;
        closeGap(slot);
        if (end > LARGE) {
            offer(entry);
        }
        if (dead > end / 2 && end > MIN_SLOTS * NAME_AT) {
            compact(end - dead);
        }
    }

    private void offer(int entry) {
        if (reusable.length == 0) {
            reusable = new int[Requester.MAX_BYTES + 1];
        }
        int length = lengthAt(entry);
        LONG.set(entries, entry, (long) reusable[length]);
        reusable[length] = entry + 1;
    }

    /** Moves later ones of the same run forward, so that no probe ends too early (Knuth 6.4, algorithm R). */
    private void closeGap(int removed) {
        int mask = slots.length - 1;
        int gap = removed;
        int next = gap;
        while (true) {
            next = next + 1 & mask;
            if (slots[next] == 0) {
                slots[gap] = 0;
                return;
            }
            int home = (int) (slots[next] >>> 32) & mask;
            if ((next - home & mask) >= (next - gap & mask)) {
                slots[gap] = slots[next];
                gap = next;
            }
        }
    }

    /** Where the requester is, or the empty slot where it belongs. */
    private int slotOf(byte[] name) {
        int mask = slots.length - 1;
        int hash = hash(name);
        int slot = hash & mask;
        while (slots[slot] != 0) {
            if ((int) (slots[slot] >>> 32) == hash && isNamed(entryAt(slot), name)) {
                return slot;
            }
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private int entryAt(int slot) {
        return (int) slots[slot] - 1;
    }

    private long cellAt(int entry) {
        return (long) LONG.get(entries, entry);
    }

    private int lengthAt(int entry) {
        return entries[entry + Long.BYTES] & 0xff;
    }

    private boolean isNamed(int entry, byte[] name) {
        int begin = entry + NAME_AT;
        return lengthAt(entry) == name.length
                && Arrays.equals(entries, begin, begin + name.length, name, 0, name.length);
    }

    private static int hash(byte[] name) {
        int hash = Arrays.hashCode(name) * 0x9E37_79B1;
        hash = (hash ^ hash >>> 15) * 0x85EB_CA6B;
        return hash ^ hash >>> 13;
    }

    private void grow() {
        long[] old = slots;
        slots = new long[Math.max(2 * old.length, MIN_SLOTS)];
        int mask = slots.length - 1;
        for (long occupied : old) {
            if (occupied != 0) {
                int slot = (int) (occupied >>> 32) & mask;
                while (slots[slot] != 0) {
                    slot = slot + 1 & mask;
                }
                slots[slot] = occupied;
            }
        }
    }

    private int append(byte[] name, long cell) {
        int length = NAME_AT + name.length;
        if (reusable.length > 0 && reusable[name.length] != 0) {
            int entry = reusable[name.length] - 1;
            reusable[name.length] = (int) (long) LONG.get(entries, entry);
            dead -= length;
            write(entry, name, cell);
            return entry;
        }
        if ((long) end + length > entries.length) {
            long wanted = Math.min((long) (end - dead) * 5 / 4 + NAME_AT + length, MAX_ENTRY_BYTES);
            compact((int) wanted);
        }
        int entry = end;
        write(entry, name, cell);
        end += length;
        return entry;
    }

    private void write(int entry, byte[] name, long cell) {
        LONG.set(entries, entry, cell);
        entries[entry + Long.BYTES] = (byte) name.length;
        System.arraycopy(name, 0, entries, entry + NAME_AT, name.length);
    }

    /** Into an array of that length, without what removed entries left. */
    private void compact(int length) {
        var moved = new byte[length];
        int to = 0;
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot] != 0) {
                int entry = entryAt(slot);
                int bytes = NAME_AT + lengthAt(entry);
                System.arraycopy(entries, entry, moved, to, bytes);
                slots[slot] = slots[slot] & -1L << 32 | to + 1;
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
        var byCell = new long[size];
        int count = 0;
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot] != 0) {
                byCell[count++] = signed(cellAt(entryAt(slot)));
            }
        }
        Arrays.sort(byCell);
        var entryOf = new int[size];
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot] != 0) {
                int entry = entryAt(slot);
                entryOf[Arrays.binarySearch(byCell, signed(cellAt(entry)))] = entry;
            }
        }
        for (int entry : entryOf) {
            out.write(entries, entry, NAME_AT + lengthAt(entry));
        }
    }

    /** A number whose order with sign is the order without. */
    private static long signed(long cell) {
        return cell ^ Long.MIN_VALUE;
    }
}
