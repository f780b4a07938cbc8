package io.dunlin.ipsec.rotation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time: what is to happen, in its order, and in that in which it was asked for where it is to happen at once. */
final class EventQueue {
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long number;
    private long now;

    private record Event(long due, long number, Runnable task) implements Comparable<Event> {
        private static final Comparator<Event> ORDER =
                Comparator.comparingLong(Event::due).thenComparingLong(Event::number);

        @Override
        public int compareTo(Event other) {
            return ORDER.compare(this, other);
        }
    }

    /** In nanoseconds. */
    long now() {
        return now;
    }

    void at(long due, Runnable task) {
        events.add(new Event(due, number++, task));
    }

    /** What is next happens. */
    void step() {
        Event event = events.remove();
        now = event.due();
        event.task().run();
    }

    void pass(long nanos) {
        long end = now + nanos;
        while (!events.isEmpty() && events.element().due() <= end) {
            step();
        }
        now = end;
    }
}
