package io.dunlin.gossip;

import io.dunlin.gossip.wire.KeyAnnouncement;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each member, this one among them, in the order in which members are probed.
 *
 * <p>An entry is one reference to an immutable state, an index into which names are hashed, and a place in the order: some 16 bytes, beside
 * the state, which members in one JVM may share. A map of objects would take ten times that, and in a simulation of 10,000 members, who know
 * 10,000 each, that is the difference between one gigabyte and ten.
 *
 * <p>Changed and read on the protocol's thread; {@link #snapshot} may be asked for from any.
 */
final class MemberTable {
    /** What is listed at the most; names are invented easily by who can send at all. */
    static final int MAX_MEMBERS = 1 << 17;

    private static final int FIRST_CAPACITY = 16;

    private final RandomGenerator random;
    /** In no order; the first {@link #size} are used. Written under the lock, as are the others that a snapshot reads. */
    private NodeState[] states = new NodeState[FIRST_CAPACITY];

    private int size;
    /** An open hash of names: the index of a state + 1, or 0. At most half full. */
    private int[] slots = new int[FIRST_CAPACITY * 2];
    /** Indexes of states in the order of the round of probes. */
    private int[] order = new int[FIRST_CAPACITY];

    private int cursor;
    private int live;
    /** Since when those that are dead or left are, in the clock's time; the longest first. */
    private final Map<String, Long> goneSince = new LinkedHashMap<>();

    private volatile @Nullable Snapshot snapshot;

    MemberTable(RandomGenerator random) {
        this.random = random;
    }

    /** What was known at one moment: {@code all}, and those of them that are alive or suspect. */
    record Snapshot(List<Member> all, List<Member> live) {}

    int size() {
        return size;
    }

    /** How many are alive or suspect. */
    int live() {
        return live;
    }

    @Nullable
    NodeState get(String name) {
        int slot = slot(name);
        return slots[slot] == 0 ? null : states[slots[slot] - 1];
    }

    /** The states themselves, to be read until the next change. */
    List<NodeState> states() {
        NodeState[] now = states;
        int length = size;
        return new AbstractList<>() {
            @Override
            public NodeState get(int index) {
                return now[index];
            }

            @Override
            public int size() {
                return length;
            }
        };
    }

    /** Since when a dead or left member is; the present for all others. */
    long goneSince(String name, long nowNanos) {
        return goneSince.getOrDefault(name, nowNanos);
    }

    /** Adds a member, at a random place of the round, or replaces what is known of it. Must not be full. */
    synchronized void put(NodeState state, long nowNanos) {
        if (size == states.length) {
            states = Arrays.copyOf(states, size * 2);
            order = Arrays.copyOf(order, size * 2);
            slots = new int[size * 4];
            for (int index = 0; index < size; index++) {
                slots[slot(states[index].name())] = index + 1;
            }
        }
        int slot = slot(state.name());
        boolean wasLive = false;
        if (slots[slot] == 0) {
            states[size] = state;
            order[size] = size;
            swap(order, size, random.nextInt(size + 1));
            slots[slot] = ++size;
        } else {
            int index = slots[slot] - 1;
            wasLive = isLive(states[index]);
            states[index] = state;
        }
        boolean isLive = isLive(state);
        live += (isLive ? 1 : 0) - (wasLive ? 1 : 0);
        if (isLive) {
            goneSince.remove(state.name());
        } else {
            goneSince.putIfAbsent(state.name(), nowNanos);
        }
        snapshot = null;
    }

    boolean isFull() {
        return size >= MAX_MEMBERS;
    }

    /**
     * The next of the round that {@code wanted} accepts; null if there is none. Where a round ends, the next begins in a new order: no member
     * waits for its probe much longer than others, and none can know when it comes.
     */
    @Nullable
    NodeState nextInRound(Predicate<NodeState> wanted) {
        for (int looked = 0; looked < 2 * size; looked++) {
            if (cursor >= size) {
                shuffle();
                cursor = 0;
            }
            NodeState next = states[order[cursor++]];
            if (wanted.test(next)) {
                return next;
            }
        }
        return null;
    }

    /** Up to {@code count} different members that {@code wanted} accepts, each as likely as the others. */
    List<NodeState> random(int count, Predicate<NodeState> wanted) {
        var chosen = new ArrayList<NodeState>(count);
        // Where most are wanted, a few throws find them; what is rare is looked for everywhere.
        for (int i = 0; i < 4 * count + 8 && chosen.size() < count && size > 0; i++) {
            choose(states[random.nextInt(size)], wanted, chosen);
        }
        if (chosen.size() < count && size > 0) {
            int start = random.nextInt(size);
            for (int i = 0; i < size && chosen.size() < count; i++) {
                choose(states[(start + i) % size], wanted, chosen);
            }
        }
        return chosen;
    }

    private static void choose(NodeState state, Predicate<NodeState> wanted, List<NodeState> chosen) {
        if (wanted.test(state) && !chosen.contains(state)) {
            chosen.add(state);
        }
    }

    /** Forgets those that have been gone for longer than {@code keepNanos}. */
    void forgetGone(long nowNanos, long keepNanos) {
        if (!goneSince.isEmpty() && nowNanos - goneSince.values().iterator().next() > keepNanos) {
            removeGone(nowNanos, keepNanos);
        }
    }

    private synchronized void removeGone(long nowNanos, long keepNanos) {
        var moved = new int[size];
        int kept = 0;
        for (int index = 0; index < size; index++) {
            NodeState state = states[index];
            Long since = goneSince.get(state.name());
            if (since != null && nowNanos - since > keepNanos) {
                goneSince.remove(state.name());
                moved[index] = -1;
            } else {
                moved[index] = kept;
                states[kept++] = state;
            }
        }
        int before = size;
        int place = 0;
        int rest = cursor;
        for (int i = 0; i < before; i++) {
            if (i == cursor) {
                rest = place;
            }
            if (moved[order[i]] >= 0) {
                order[place++] = moved[order[i]];
            }
        }
        cursor = Math.min(rest, kept);
        Arrays.fill(states, kept, before, null);
        size = kept;
        Arrays.fill(slots, 0);
        for (int index = 0; index < size; index++) {
            slots[slot(states[index].name())] = index + 1;
        }
        snapshot = null;
    }

    /** The members as users see them. Made when asked for, at most once for each change. */
    Snapshot snapshot() {
        Snapshot ready = snapshot;
        return ready != null ? ready : makeSnapshot();
    }

    private synchronized Snapshot makeSnapshot() {
        Snapshot ready = snapshot;
        if (ready == null) {
            var all = new Member[size];
            var alive = new ArrayList<Member>(live);
            for (int index = 0; index < size; index++) {
                all[index] = member(states[index]);
                if (isLive(states[index])) {
                    alive.add(all[index]);
                }
            }
            ready = new Snapshot(List.of(all), List.copyOf(alive));
            snapshot = ready;
        }
        return ready;
    }

    static Member member(NodeState state) {
        Member.State now = switch (state.state()) {
            case ALIVE -> Member.State.ALIVE;
            case SUSPECT -> Member.State.SUSPECT;
            case DEAD -> Member.State.DEAD;
            case LEFT -> Member.State.LEFT;
        };
        return new Member(state.name(), state.address(), KeyAnnouncement.strip(state.meta()), state.versions(), now);
    }

    static boolean isLive(NodeState state) {
        return state.state() == State.ALIVE || state.state() == State.SUSPECT;
    }

    private void shuffle() {
        for (int i = size - 1; i > 0; i--) {
            swap(order, i, random.nextInt(i + 1));
        }
    }

    private static void swap(int[] array, int i, int j) {
        int value = array[i];
        array[i] = array[j];
        array[j] = value;
    }

    /** Where the name is, or where it would be put. */
    private int slot(String name) {
        int mask = slots.length - 1;
        int hash = name.hashCode() * 0x9E37_79B9;
        int slot = (hash ^ hash >>> 15) & mask;
        while (slots[slot] != 0 && !states[slots[slot] - 1].name().equals(name)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
