package io.dunlin.ipam;

/** The longest run of free cells among cells that are told of in their order. Lengths are unsigned. */
final class FreeRuns {
    private static final long UNKNOWN = -1;

    /** Free cells at the beginning, {@link #UNKNOWN} while all were free. */
    private long head = UNKNOWN;

    private long longest;
    /** Free cells at the end of what was told. */
    private long tail;

    void free(long count) {
        tail += count;
    }

    void taken() {
        endRun();
        tail = 0;
    }

    /** Cells of which at least one is taken, that begin with {@code first} free ones, and end with {@code last}. */
    void mixed(long first, long most, long last) {
        tail += first;
        endRun();
        longest = max(longest, most);
        tail = last;
    }

    private void endRun() {
        head = head == UNKNOWN ? tail : head;
        longest = max(longest, tail);
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) > 0 ? a : b;
    }

    long head() {
        return head == UNKNOWN ? tail : head;
    }

    long longest() {
        return max(longest, tail);
    }

    long tail() {
        return tail;
    }
}
