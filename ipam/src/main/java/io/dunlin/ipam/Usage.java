package io.dunlin.ipam;

/**
 * How full a pool is. All figures are unsigned.
 *
 * @param pool what it is called: a range and how it is cut, a subnet, VNIs, ports
 * @param size how many can be granted
 * @param granted how many are
 * @param inQuarantine how many were released and wait
 * @param longestFreeRun the most free ones side by side
 */
public record Usage(String pool, long size, long granted, long inQuarantine, long longestFreeRun) {
    /** How many are free. */
    public long free() {
        return size - granted - inQuarantine;
    }

    @Override
    public String toString() {
        return pool + ": " + Long.toUnsignedString(granted) + " of " + Long.toUnsignedString(size) + " granted, "
                + Long.toUnsignedString(inQuarantine) + " in quarantine, " + Long.toUnsignedString(longestFreeRun)
                + " free side by side";
    }
}
