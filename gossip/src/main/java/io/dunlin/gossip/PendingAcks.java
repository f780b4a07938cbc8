package io.dunlin.gossip;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Who waits for the answer to which ping. Sequence numbers are 32 bits, and begin anywhere so that they are no easy guess. */
final class PendingAcks {
    /** Who waits longer than allowed takes itself out; this bounds what can be asked of us in that time. */
    static final int MAX_PENDING = 2048;

    private final Map<Long, Waiter> bySequence = new HashMap<>();
    private int last;

    PendingAcks(RandomGenerator random) {
        this.last = random.nextInt();
    }

    /** Is told of the answers. */
    interface Waiter {
        /** Comes once: nobody waits for that number any longer. */
        void ack();

        /** Somebody who was asked to help says that there was no answer. May come again. */
        default void nack() {}
    }

    boolean isFull() {
        return bySequence.size() >= MAX_PENDING;
    }

    /** Registers the waiter for a new sequence number. */
    long expect(Waiter waiter) {
        long sequence = Integer.toUnsignedLong(++last);
        bySequence.put(sequence, waiter);
        return sequence;
    }

    void forget(long sequence) {
        bySequence.remove(sequence);
    }

    /** False if nobody waits for it. */
    boolean ack(long sequence) {
        Waiter waiter = bySequence.remove(sequence);
        if (waiter != null) {
            waiter.ack();
        }
        return waiter != null;
    }

    /** False if nobody waits for it. */
    boolean nack(long sequence) {
        Waiter waiter = bySequence.get(sequence);
        if (waiter != null) {
            waiter.nack();
        }
        return waiter != null;
    }
}
