package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.Spi;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one node tells another of keys. Only for a channel that is encrypted and whose ends are members: a grant holds a key. */
sealed interface RotationMessage {
    /**
     * Where the sender stands towards the receiver. The whole of it, each time: whichever arrives last replaces those before.
     *
     * @param from the sender's boot id
     * @param to the receiver's boot id as the sender knows it; null if it does not. Where it is not the receiver's, what concerns a pair of
     *     starts ({@code seen}, {@code sendsBy}, {@code offers}) is void
     * @param number counts what the sender told this receiver
     * @param seen the last number that it had from the receiver
     * @param answer whether the receiver is to answer though it has nothing new to tell
     * @param wantsRotation whether the key should turn before it is due: by hand, or as an association is nearly used up
     * @param newest the sender's newest key; null if it has none
     * @param sendsBy the key that it seals by what it sends to the receiver; null if it sends nothing
     * @param offers what it is ready to open of the receiver
     */
    record Status(
            BootId from,
            @Nullable BootId to,
            long number,
            long seen,
            boolean answer,
            boolean wantsRotation,
            @Nullable KeyId newest,
            @Nullable KeyId sendsBy,
            List<Offer> offers)
            implements RotationMessage {
        public Status {
            offers = List.copyOf(offers);
        }
    }

    /** I am ready to open what you seal by this key, and mark with this SPI. */
    record Offer(KeyId key, Spi spi) {}

    /** Asks for the receiver's newest key. */
    record Fetch() implements RotationMessage {}

    /**
     * The sender's newest key. Whoever receives it owns it.
     *
     * @param dueMillis when it is to be followed by another
     */
    record Grant(RingKey key, long dueMillis) implements RotationMessage {}
}
