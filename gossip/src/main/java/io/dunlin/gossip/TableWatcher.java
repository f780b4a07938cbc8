package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;

/** Is told of each change of a table. */
@FunctionalInterface
public interface TableWatcher {
    /** On the protocol's thread ({@link Clock}), which it must not hold up: who has more to do hands it over. */
    void changed(RowChange change);

    /**
     * Rows of a member that failed, each told of as {@link RowChange.Removed}, are not to come back any more: the member did, and all it has
     * was told anew before this; or it left, or stayed away for too long. For who goes on using what a member said before it failed. On
     * the same thread, in the order of what happened.
     */
    default void forgot(String owner) {}
}
