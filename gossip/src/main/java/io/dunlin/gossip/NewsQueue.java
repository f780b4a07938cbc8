package io.dunlin.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Messages that are told a number of times each: those told least first, and of these the newest first. Bounded: what was told most gives
 * way, as it is the best known.
 */
final class NewsQueue {
    /** Nothing smaller is worth the search. */
    private static final int LEAST_SPACE = 32;

    private final int capacity;
    /** By the number of times that they were told, newest first. */
    private final List<Deque<byte[]>> told = new ArrayList<>();

    private int size;

    NewsQueue(int capacity) {
        this.capacity = capacity;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a message that was told {@code times} times already. */
    void add(byte[] message, int times) {
        if (size == capacity) {
            told.reversed().stream()
                    .filter(level -> !level.isEmpty())
                    .findFirst()
                    .ifPresent(Deque::removeLast);
            size--;
        }
        level(times).addFirst(message);
        size++;
    }

    /**
     * Fills a packet.
     *
     * @param overhead bytes that each message takes beyond its own
     * @param limit a message that was told so often is done with
     * @return bytes left of {@code space}
     */
    int take(int overhead, int space, int limit, Consumer<byte[]> out) {
        while (told.size() > limit) {
            size -= told.removeLast().size();
        }
        int left = space;
        var taken = new ArrayList<Taken>(4);
        for (int times = 0; times < told.size() && left >= LEAST_SPACE + overhead; times++) {
            for (var messages = told.get(times).iterator(); messages.hasNext() && left >= LEAST_SPACE + overhead; ) {
                byte[] message = messages.next();
                if (overhead + message.length <= left) {
                    messages.remove();
                    size--;
                    left -= overhead + message.length;
                    out.accept(message);
                    taken.add(new Taken(message, times + 1));
                }
            }
        }
        // Only now, so that none is met twice.
        for (Taken message : taken.reversed()) {
            if (message.times < limit) {
                add(message.message, message.times);
            }
        }
        return left;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Taken(byte[] message, int times) {}

    private Deque<byte[]> level(int times) {
        while (told.size() <= times) {
            told.add(new ArrayDeque<>());
        }
        return told.get(times);
    }
}
