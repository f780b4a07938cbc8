package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The user messages of the program that embeds us.
 *
 * <p>A message for all goes in a packet to each, some members at a time. memberlist's own queue lets it ride on gossip, but each member sends
 * a piece only {@link Layer.Membership#retransmitLimit} times: others would have to pass it on, which a program made of memberlist need not
 * do, and most of a large cluster would never hear of it.
 */
final class UserMessages implements Layer {
    /** Messages for all that are on their way; each holds on to its data. */
    static final int MAX_BROADCASTS = 64;

    /** Packets sent at a time: as many as the system surely takes at once. */
    private static final int BATCH = 128;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Consumer<Bytes> received;
    private final AtomicInteger broadcasts = new AtomicInteger();
    private @Nullable Membership membership;

    /** @param received gets what others sent; on the protocol's thread */
    UserMessages(Consumer<Bytes> received) {
        this.received = received;
    }

    @Override
    public void start(Membership membership) {
        this.membership = membership;
    }

    @Override
    public void message(byte[] data) {
        received.accept(Bytes.wrap(data));
    }

    /** Makes room for one more {@link #broadcast}; from any thread. */
    boolean reserveBroadcast() {
        if (broadcasts.incrementAndGet() <= MAX_BROADCASTS) {
            return true;
        }
        broadcasts.decrementAndGet();
        return false;
    }

    /** Sends to all others that are members now; after {@link #reserveBroadcast}. */
    void broadcast(Bytes data) {
        if (membership == null) {
            return;
        }
        var receivers = new ArrayDeque<Member>();
        for (Member member : membership.members()) {
            if (!member.name().equals(membership.localName())) {
                receivers.add(member);
            }
        }
        sendBatch(membership, receivers, data);
    }

    private void sendBatch(Membership membership, Deque<Member> receivers, Bytes data) {
        for (int i = 0; i < BATCH && !receivers.isEmpty(); i++) {
            membership.send(receivers.remove(), data.array());
        }
        if (receivers.isEmpty()) {
            broadcasts.decrementAndGet();
        } else {
            membership.clock().schedule(PAUSE_NANOS, () -> sendBatch(membership, receivers, data));
        }
    }

    @Override
    public void gossip(int overhead, int space, Consumer<byte[]> out) {}

    @Override
    public byte[] localState(boolean join) {
        return Bytes.EMPTY.array();
    }

    @Override
    public void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from) {}

    @Override
    public void joined(Member member) {}

    @Override
    public void updated(Member member) {}

    @Override
    public void gone(Member member) {}
}
