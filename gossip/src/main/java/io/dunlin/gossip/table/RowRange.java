package io.dunlin.gossip.table;

import java.util.List;

/**
 * All that the versions after {@code from} up to {@code to} of one owner left behind: an entry for each row whose last change lies there.
 * Who knows the owner's rows as of {@code from} knows them as of {@code to} with these.
 *
 * @param owner the member whose rows they are
 * @param generation the owner's life: grows with each start of it
 * @param asOf the version as of which the sender knew the owner when it wrote this; at least {@code to}
 * @param horizon the sender has forgotten removals up to this version. So a row that the receiver holds with a version in a range that
 *     begins below it, and that is not among the entries, is no more; the same holds for a range that begins at 0
 * @param entries in the order of their versions
 */
public record RowRange(
        String owner, long generation, long from, long to, long asOf, long horizon, List<Entry> entries) {

    public RowRange {
        entries = List.copyOf(entries);
    }

    /** Whether rows of these versions that are not among the entries are no more. */
    public boolean isExact() {
        return from == 0 || from < horizon;
    }
}
