package io.dunlin.gossip;

import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.transport.Clock;
import java.util.random.RandomGenerator;

/**
 * Tables that the members of a cluster share: each writes rows of its own, and all see all rows, soon and in the end the same. There is no
 * order between rows of different members, and no lock: what must be agreed on first is not for gossip.
 *
 * <p>Whoever holds the cluster's key is trusted. A member can tell others wrong rows in another's name; the owner sees that as a life or a
 * version of itself that it never had, and puts it right by starting a new one.
 */
public final class Tables {
    private final TableLayer layer;

    Tables(String localName, Clock clock, RandomGenerator random, TableLimits limits) {
        this.layer = new TableLayer(localName, clock, random, limits);
    }

    /** To be run on membership. */
    Layer layer() {
        return layer;
    }

    /**
     * The table of that name; there is no need to create it.
     *
     * @param name up to {@value TableCodec#MAX_TABLE} bytes of UTF-8, at least one
     */
    public Table table(String name) {
        int bytes = TableCodec.utf8Length(name);
        if (bytes < 1 || bytes > TableCodec.MAX_TABLE) {
            throw new IllegalArgumentException(
                    "table name of " + bytes + " bytes, 1 to " + TableCodec.MAX_TABLE + " are possible: " + name);
        }
        return new Table(name, layer.view(name), layer);
    }

    /** Counters and sizes, as of the last moment that the protocol's thread was idle; on any thread. */
    public TableStats stats() {
        return layer.stats();
    }
}
