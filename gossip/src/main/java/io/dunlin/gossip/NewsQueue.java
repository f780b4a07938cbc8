package io.dunlin.gossip;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Messages that are told a number of times each: those told least first, and of these the newest first. Bounded in number, where what was
 * told most gives way, as it is the best known; and in time, as after a storm of news there is no use in telling for minutes what
 * everybody found out meanwhile.
 */
final class NewsQueue {
    /** Nothing smaller is worth the search. */
    private static final int LEAST_SPACE = 32;

    /** Three times as long as telling takes where there is little news. */
    static final Duration NEW = Duration.ofSeconds(3);

    private final int capacity;
    /** By the number of times that they were told, newest first. */
    private final List<Deque<News>> told = new ArrayList<>();

    private int size;

    NewsQueue(int capacity) {
        this.capacity = capacity;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record News(byte[] message, int times, long sinceNanos) {}

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a message that was told {@code times} times already. */
    void add(byte[] message, int times, long nowNanos) {
        add(new News(message, times, nowNanos));
    }

    private void add(News news) {
        if (size == capacity) {
            told.reversed().stream()
                    .filter(level -> !level.isEmpty())
                    .findFirst()
                    .ifPresent(Deque::removeLast);
            size--;
        }
        while (told.size() <= news.times) {
            told.add(new ArrayDeque<>());
        }
        told.get(news.times).addFirst(news);
        size++;
    }

    /**
     * Fills a packet.
     *
     * @param overhead bytes that each message takes beyond its own
     * @param limit a message that was told so often is done with
     * @return bytes left of {@code space}
     */
    int take(int overhead, int space, int limit, long nowNanos, Consumer<byte[]> out) {
        while (told.size() > limit) {
            size -= told.removeLast().size();
        }
        int left = space;
        var taken = new ArrayList<News>(4);
        for (int times = 0; times < told.size() && left >= LEAST_SPACE + overhead; times++) {
            Deque<News> level = told.get(times);
            dropOld(level, nowNanos);
            for (var all = level.iterator(); all.hasNext() && left >= LEAST_SPACE + overhead; ) {
                News news = all.next();
                int length = overhead + news.message.length;
                if (length <= left) {
                    all.remove();
                    size--;
                    left -= length;
                    out.accept(news.message);
                    taken.add(new News(news.message, times + 1, news.sinceNanos));
                }
            }
        }
        // Only now, so that none is met twice.
        for (News news : taken.reversed()) {
            if (news.times < limit) {
                add(news);
            }
        }
        return left;
    }

    private void dropOld(Deque<News> level, long nowNanos) {
        while (!level.isEmpty() && nowNanos - level.getLast().sinceNanos > NEW.toNanos()) {
            level.removeLast();
            size--;
        }
    }
}
