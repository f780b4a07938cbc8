package io.dunlin.gossip;

import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The members that speak of tables, and how one talks to them. Others of the cluster may be any memberlist program's. */
final class TablePeers {
    /** Random members that are looked at for one that speaks of tables. Where these are rare, it is looked for among them instead. */
    private static final int TRIES = 16;

    /** A member that did not answer so often speaks of other things. Others that do know it may still tell of it. */
    private static final int ASKED = 3;

    private final Layer.Membership membership;
    private final TableStore store;
    private final RandomGenerator random;
    private final Map<String, Integer> asked = new HashMap<>();

    TablePeers(Layer.Membership membership, TableStore store, RandomGenerator random) {
        this.membership = membership;
        this.store = store;
        this.random = random;
    }

    String localName() {
        return membership.localName();
    }

    long nanoTime() {
        return membership.clock().nanoTime();
    }

    /** Half to one and a half times {@code nanos}. */
    long jitter(long nanos) {
        return nanos / 2 + random.nextLong(nanos + 1);
    }

    int nextInt(int bound) {
        return random.nextInt(bound);
    }

    /** After {@link #jitter} of {@code nanos}. */
    void schedule(long nanos, Runnable task) {
        membership.clock().schedule(jitter(nanos), task);
    }

    int maxPacketMessage() {
        return Math.min(membership.maxPacketMessage(), TableCodec.MAX_MESSAGE);
    }

    int retransmitLimit() {
        return membership.retransmitLimit();
    }

    boolean isMember(String name) {
        return membership.member(name) != null;
    }

    /** A random one but this; null if none was found. */
    @Nullable
    Member random() {
        for (int i = 0; i < TRIES; i++) {
            Member member = membership.random();
            if (member == null) {
                return null;
            }
            if (store.isPresent(member.name())) {
                return member;
            }
        }
        String rare = store.randomPresent(random);
        return rare == null ? null : membership.member(rare);
    }

    /** A random one but this, or one that may be: the chance to find out. Null if none was found. */
    @Nullable
    Member randomToAsk() {
        for (int i = 0; i < TRIES; i++) {
            Member member = membership.random();
            if (member == null) {
                return null;
            }
            if (store.isPresent(member.name())) {
                return member;
            }
            if (asked.merge(member.name(), 1, Integer::sum) <= ASKED) {
                return member;
            }
        }
        return random();
    }

    /** A member came or went: it may be another program by now. */
    void forget(String name) {
        asked.remove(name);
    }

    /** In a packet if it fits, else by stream; nothing if there is no such member. */
    void send(String name, TableMessage message) {
        send(name, TableCodec.encode(message), _ -> {});
    }

    /** {@code done} is told false if it surely did not arrive. */
    void send(String name, byte[] message, Consumer<Boolean> done) {
        Member member = membership.member(name);
        if (member == null) {
            done.accept(false);
        } else if (message.length <= maxPacketMessage()) {
            membership.send(member, message);
            done.accept(true);
        } else {
            membership.sendReliably(member, message, done);
        }
    }

    void sendPacket(Member member, byte[] message) {
        membership.send(member, message);
    }
}
