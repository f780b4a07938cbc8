package io.dunlin.gossip;

/**
 * How much a member keeps. All members should have the same: one that keeps less than another writes misses rows, and says so in its log.
 * (A row's own size is fixed, so that a row that one member may write is one that all others read: see {@link Table#put}.)
 *
 * @param rowsPerOwner rows of one member in all tables
 * @param rows of all members
 * @param bytes of all rows' keys and values. Around them a row takes some 200 bytes of memory
 */
public record TableLimits(int rowsPerOwner, int rows, long bytes) {
    /** 250,000 rows of a member, a million in all, 256 MiB. */
    public static final TableLimits DEFAULT = new TableLimits(250_000, 1_000_000, 256L << 20);

    public TableLimits {
        if (rowsPerOwner < 1 || rows < rowsPerOwner || bytes < 1) {
            throw new IllegalArgumentException("no room: rowsPerOwner " + rowsPerOwner + ", rows " + rows + ", bytes "
                    + bytes + "; each at least 1, and rows not below rowsPerOwner");
        }
    }
}
