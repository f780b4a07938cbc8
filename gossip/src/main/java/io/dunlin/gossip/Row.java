package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import java.util.Comparator;

/**
 * A fact that a member tells all others; immutable.
 *
 * @param owner the member that wrote it, the only one that may change it
 * @param generation the owner's life: when it started, in milliseconds since 1970 by its clock, or later if it had told so before
 * @param version the place of the row's last change among all changes of its owner in this life
 */
public record Row(String table, String key, Bytes value, String owner, long generation, long version) {
    /** By key, and of one key the row of the longest-standing owner first: the same order at every member. */
    static final Comparator<Row> ORDER =
            Comparator.comparing(Row::key).thenComparingLong(Row::generation).thenComparing(Row::owner);

    /** Stands before all rows of the key in {@link #ORDER}. */
    static Row before(String table, String key) {
        return new Row(table, key, Bytes.EMPTY, "", -1, 0);
    }

    /** Stands after all rows of the key in {@link #ORDER}. */
    static Row after(String table, String key) {
        return new Row(table, key, Bytes.EMPTY, "", Long.MAX_VALUE, 0);
    }
}
