package io.dunlin.gossip;

/** How a {@link Table#put} ended. */
public sealed interface PutResult {
    /** It is in the table, and on its way to the others. If the value was there before, this is the row of then. */
    record Accepted(Row row) implements PutResult {}

    /** There is no room by {@link TableLimits}; nothing changed. {@code why} holds both values. */
    record Refused(String why) implements PutResult {}
}
