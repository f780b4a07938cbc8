package io.dunlin.gossip.table;

import io.dunlin.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The last change of a row by its owner.
 *
 * @param version the change's place among all changes of its owner, in all tables; from 1
 * @param value null: the row was removed
 */
public record Entry(
        String table, String key, long version, @Nullable Bytes value) {}
