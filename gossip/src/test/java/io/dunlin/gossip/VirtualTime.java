package io.dunlin.gossip;

import java.util.Arrays;

/**
 * Time that passes only when nothing is left to do at present: tasks run in the order in which they are due, those due at once in the order
 * in which they came. A heap with four children per node, in arrays; a day of a small cluster passes in seconds.
 */
final class VirtualTime {
    private static final int CHILDREN = 4;

    private long[] dues = new long[1024];
    private long[] numbers = new long[1024];
    private Runnable[] tasks = new Runnable[1024];
    private int size;
    private long counter;
    private long now;

    long now() {
        return now;
    }

    /** Runs {@code task} at {@code due}, or at once if that is past. */
    void at(long due, Runnable task) {
        if (size == dues.length) {
            dues = Arrays.copyOf(dues, size * 2);
            numbers = Arrays.copyOf(numbers, size * 2);
            tasks = Arrays.copyOf(tasks, size * 2);
        }
        long when = Math.max(due, now);
        long number = counter++;
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) / CHILDREN;
            // what is due with the parent came later, as its number is the greatest
            if (dues[parent] <= when) {
                break;
            }
            move(parent, hole);
            hole = parent;
        }
        dues[hole] = when;
        numbers[hole] = number;
        tasks[hole] = task;
    }

    /** Lets {@code nanos} pass. */
    void pass(long nanos) {
        long end = now + nanos;
        while (size > 0 && dues[0] <= end) {
            now = dues[0];
            removeFirst().run();
        }
        now = end;
    }

    private Runnable removeFirst() {
        Runnable first = tasks[0];
        size--;
        long due = dues[size];
        long number = numbers[size];
        Runnable task = tasks[size];
        tasks[size] = VirtualTime::nothing;
        int hole = 0;
        while (true) {
            int child = hole * CHILDREN + 1;
            if (child >= size) {
                break;
            }
            int least = child;
            int end = Math.min(child + CHILDREN, size);
            for (int other = child + 1; other < end; other++) {
                if (isBefore(dues[other], numbers[other], dues[least], numbers[least])) {
                    least = other;
                }
            }
            if (!isBefore(dues[least], numbers[least], due, number)) {
                break;
            }
            move(least, hole);
            hole = least;
        }
        dues[hole] = due;
        numbers[hole] = number;
        tasks[hole] = task;
        return first;
    }

    private static boolean isBefore(long due, long number, long otherDue, long otherNumber) {
        return due < otherDue || due == otherDue && number < otherNumber;
    }

    private void move(int from, int to) {
        dues[to] = dues[from];
        numbers[to] = numbers[from];
        tasks[to] = tasks[from];
    }

    /** In the place of a task that ran, so that it can be collected. */
    private static void nothing() {}
}
