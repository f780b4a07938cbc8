package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;

/** Is told of each change of a table. */
@FunctionalInterface
public interface TableWatcher {
    /** On the protocol's thread ({@link Clock}), which it must not hold up: who has more to do hands it over. */
    void changed(RowChange change);
}
