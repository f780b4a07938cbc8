package io.dunlin.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * News that waits to be sent on: each piece a limited number of times, those that were sent least go first, and of those the newest. Newer
 * news about a member replaces what there was about it, so there is never more than one piece for each.
 *
 * <p>What this member says of itself goes into each packet before all else, until it was sent often enough: a flood of what others say,
 * which is always newer, cannot hold it back.
 */
final class BroadcastQueue {
    /** When more is waiting, what was sent most often is dropped: it has the least left to do. */
    static final int MAX_QUEUED = 1 << 14;
    /** How many pieces that do not fit are passed over for smaller ones before a packet counts as full. */
    private static final int MISFITS = 8;

    private static final int SWEEP_AT = 64;

    private final Map<String, Broadcast> byMember = new HashMap<>();
    /** By the number of times that it was sent. Replaced pieces stay in their tier until they are met. */
    private final List<ArrayDeque<Broadcast>> tiers = new ArrayList<>();

    private int replaced;
    private @Nullable Broadcast own;

    private static final class Broadcast {
        final String member;
        final byte[] message;
        final @Nullable Runnable finished;
        int sent;
        boolean replaced;

        Broadcast(String member, byte[] message, @Nullable Runnable finished) {
            this.member = member;
            this.message = message;
            this.finished = finished;
        }

        void finish() {
            if (finished != null) {
                finished.run();
            }
        }
    }

    int size() {
        return byMember.size() + (own == null ? 0 : 1);
    }

    /** Queues news about another member; false if something else had to be dropped for it. */
    boolean add(String member, byte[] message) {
        var news = new Broadcast(member, message, null);
        Broadcast before = byMember.put(member, news);
        if (before != null) {
            before.replaced = true;
            replaced++;
            sweep();
        }
        tier(0).addLast(news);
        if (byMember.size() <= MAX_QUEUED) {
            return true;
        }
        dropMostSent();
        return false;
    }

    /** Queues what this member says of itself; {@code finished} runs once it was sent often enough, or replaced. */
    void addOwn(String member, byte[] message, @Nullable Runnable finished) {
        Broadcast before = own;
        own = new Broadcast(member, message, finished);
        if (before != null) {
            before.finish();
        }
    }

    /**
     * Fills a packet.
     *
     * @param overhead bytes that each message takes beyond its own
     * @param space bytes that are left
     * @param pieces how many messages may be taken
     * @param limit how many times each piece is to be sent
     * @param out takes each message
     * @return bytes that are still left
     */
    int take(int overhead, int space, int pieces, int limit, Consumer<byte[]> out) {
        int left = space;
        Broadcast mine = own;
        if (mine != null && pieces > 0 && mine.message.length + overhead <= left) {
            left -= mine.message.length + overhead;
            out.accept(mine.message);
            if (++mine.sent >= limit) {
                own = null;
                mine.finish();
            }
        }
        if (byMember.isEmpty()) {
            return left;
        }
        var taken = new ArrayList<Broadcast>();
        int misfits = 0;
        for (int sent = 0; sent < tiers.size() && misfits < MISFITS; sent++) {
            var passed = new ArrayDeque<Broadcast>();
            ArrayDeque<Broadcast> tier = tiers.get(sent);
            while (misfits < MISFITS && taken.size() < pieces - 1) {
                Broadcast next = tier.pollLast();
                if (next == null) {
                    break;
                }
                if (next.replaced) {
                    replaced--;
                    continue;
                }
                int length = next.message.length + overhead;
                if (length <= left) {
                    left -= length;
                    out.accept(next.message);
                    taken.add(next);
                } else {
                    misfits++;
                    passed.addFirst(next);
                }
            }
            tier.addAll(passed);
        }
        for (Broadcast news : taken) {
            if (++news.sent < limit) {
                tier(news.sent).addLast(news);
            } else {
                byMember.remove(news.member);
            }
        }
        return left;
    }

    /** Replaced pieces at the old end of a tier may not be met for long: they never outnumber the others by much. */
    private void sweep() {
        if (replaced > byMember.size() + SWEEP_AT) {
            tiers.forEach(tier -> tier.removeIf(news -> news.replaced));
            replaced = 0;
        }
    }

    private void dropMostSent() {
        for (int sent = tiers.size() - 1; sent >= 0; sent--) {
            Broadcast oldest = tiers.get(sent).pollFirst();
            while (oldest != null && oldest.replaced) {
                replaced--;
                oldest = tiers.get(sent).pollFirst();
            }
            if (oldest != null) {
                byMember.remove(oldest.member);
                return;
            }
        }
    }

    private ArrayDeque<Broadcast> tier(int sent) {
        while (tiers.size() <= sent) {
            tiers.add(new ArrayDeque<>());
        }
        return tiers.get(sent);
    }
}
