package io.dunlin.ipsec.rotation;

/** Where a {@link Rotation} acts. Called on its thread, from within its methods, which must not be called from here. */
public interface Outlet {
    /**
     * Sends a message to a member, over a channel that is encrypted; it may be lost, and may overtake others. It may hold a key.
     *
     * @param message the receiver's from now on
     */
    void send(String to, byte[] message);

    /** Keeps the ring for the next start, in the place of the one before. */
    void store(KeyRing ring);

    /** From now on packets go and come by this table. */
    void publish(AssociationTable table);
}
