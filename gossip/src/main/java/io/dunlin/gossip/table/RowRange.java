package io.dunlin.gossip.table;

import java.util.List;

/**
 * All that the versions after {@code from} up to {@code to} of one owner have left behind as of {@code asOf}: an entry for each row whose last
 * change lies there. Who knows the owner's rows as of {@code from} and gets all ranges from there to {@code asOf} knows them as of then.
 *
 * @param owner the member whose rows they are
 * @param generation the owner's life: grows with each start of it
 * @param asOf the version as of which the sender knew the owner when it wrote this; at least {@code to}
 * @param horizon the sender has forgotten removals up to this version: of those in the range that are not later than it, some may be missing
 * @param entries in the order of their versions
 */
public record RowRange(
        String owner, long generation, long from, long to, long asOf, long horizon, List<Entry> entries) {

    public RowRange {
        entries = List.copyOf(entries);
    }
}
