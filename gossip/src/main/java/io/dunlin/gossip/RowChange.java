package io.dunlin.gossip;

/** What happened to a row of a table. */
public sealed interface RowChange {
    /** The row as it is now; of one that was removed, as it was last. */
    Row row();

    record Added(Row row) implements RowChange {}

    /** Its owner gave it another value, or gave it anew in another life. {@code before} and {@code row} have the same key and owner. */
    record Updated(Row before, Row row) implements RowChange {}

    record Removed(Row row, Cause cause) implements RowChange {}

    /** Why a row is no longer to be seen. */
    enum Cause {
        /** Its owner removed it, or started again without it. */
        REMOVED,
        /** Its owner failed. It may have been cut off alone, and its rows come back with it. */
        OWNER_FAILED,
        /** Its owner left. */
        OWNER_LEFT
    }
}
