package io.dunlin.gossip;

import java.time.Duration;

/**
 * How much a member keeps. All members should have the same: one that keeps less than another writes misses rows, and says so in {@link
 * TableStats#refused}. (A row's own size is fixed, so that what one member may write all others read: see {@link Table#put}.)
 *
 * @param rowsPerOwner rows of one member in all tables
 * @param rows of all members
 * @param bytes of all rows' keys and values. Around them a row takes some 200 bytes of memory
 * @param removals of one member's rows that are remembered. Who was away and missed more of them, or for longer than {@code removalsKept},
 *     gets that member's rows anew. More costs memory, less costs traffic after a partition
 * @param removalsKept see {@code removals}; longer than news is under way, which is seconds
 * @param absentKept how long the rows of a member that failed are kept for its return. Longer than a partition that is to heal without
 *     fetching them
 */
public record TableLimits(
        int rowsPerOwner, int rows, long bytes, int removals, Duration removalsKept, Duration absentKept) {
    /** 250,000 rows of a member, a million in all, 256 MiB; 4,096 removals for 10 minutes; an hour. */
    public static final TableLimits DEFAULT =
            new TableLimits(250_000, 1_000_000, 256L << 20, 4096, Duration.ofMinutes(10), Duration.ofHours(1));

    public TableLimits {
        if (rowsPerOwner < 1 || rows < rowsPerOwner || bytes < 1 || removals < 0) {
            throw new IllegalArgumentException("no room: rowsPerOwner " + rowsPerOwner + ", rows " + rows + ", bytes "
                    + bytes + ", removals " + removals + "; the first at least 1, and rows not below it");
        }
    }
}
