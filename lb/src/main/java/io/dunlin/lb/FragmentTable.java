package io.dunlin.lb;

/**
 * Where fragments go that show no ports: the first of a packet leaves word here, those that come after it follow. Bounded: sets of {@value
 * #WAYS}, of which the oldest has to go. Any thread; it locks itself, as fragments are few.
 */
final class FragmentTable {
    private static final int SETS = 256;
    private static final int WAYS = 4;
    /** How long a host waits for a packet's other fragments (RFC 8200 section 4.5). */
    private static final long LIFETIME_NANOS = 60_000_000_000L;

    private static final int SOURCE_HIGH = 0;
    private static final int SOURCE_LOW = 1;
    private static final int DESTINATION_HIGH = 2;
    private static final int DESTINATION_LOW = 3;
    /** VNI and identification; 0 in an entry that is free. */
    private static final int PACKET = 4;

    private static final int NEW_SOURCE_HIGH = 5;
    private static final int NEW_SOURCE_LOW = 6;
    private static final int NEW_DESTINATION_HIGH = 7;
    private static final int NEW_DESTINATION_LOW = 8;
    private static final int SEEN = 9;
    private static final int WIDTH = 10;

    private long[] entries = {}; // none until there is a fragment

    /** The addresses that fragments of the packet get in place of theirs: those of {@code from} become those of {@code to}. */
    synchronized void remember(int vni, int identification, Addresses from, Addresses to, long nowNanos) {
        if (entries.length == 0) {
            entries = new long[SETS * WAYS * WIDTH];
        }
        int set = set(vni, identification, from);
        int entry = find(set, vni, identification, from);
        if (entry < 0) {
            entry = set;
            for (int way = 0; way < WAYS; way++) {
                int other = set + way * WIDTH;
                if (isStale(other, nowNanos)) {
                    entry = other;
                    break;
                }
                if (entries[other + SEEN] - entries[entry + SEEN] < 0) {
                    entry = other;
                }
            }
        }
        entries[entry + SOURCE_HIGH] = from.sourceHigh;
        entries[entry + SOURCE_LOW] = from.sourceLow;
        entries[entry + DESTINATION_HIGH] = from.destinationHigh;
        entries[entry + DESTINATION_LOW] = from.destinationLow;
        entries[entry + PACKET] = packet(vni, identification);
        entries[entry + NEW_SOURCE_HIGH] = to.sourceHigh;
        entries[entry + NEW_SOURCE_LOW] = to.sourceLow;
        entries[entry + NEW_DESTINATION_HIGH] = to.destinationHigh;
        entries[entry + NEW_DESTINATION_LOW] = to.destinationLow;
        entries[entry + SEEN] = nowNanos;
    }

    /** Sets {@code to} to the new addresses of a fragment with the addresses {@code from}; false if its first has not come. */
    synchronized boolean recall(int vni, int identification, Addresses from, Addresses to, long nowNanos) {
        int entry = entries.length == 0 ? -1 : find(set(vni, identification, from), vni, identification, from);
        if (entry < 0 || isStale(entry, nowNanos)) {
            return false;
        }
        to.sourceHigh = entries[entry + NEW_SOURCE_HIGH];
        to.sourceLow = entries[entry + NEW_SOURCE_LOW];
        to.destinationHigh = entries[entry + NEW_DESTINATION_HIGH];
        to.destinationLow = entries[entry + NEW_DESTINATION_LOW];
        return true;
    }

    private int find(int set, int vni, int identification, Addresses from) {
        for (int entry = set; entry < set + WAYS * WIDTH; entry += WIDTH) {
            if (entries[entry + PACKET] == packet(vni, identification)
                    && entries[entry + SOURCE_LOW] == from.sourceLow
                    && entries[entry + DESTINATION_LOW] == from.destinationLow
                    && entries[entry + SOURCE_HIGH] == from.sourceHigh
                    && entries[entry + DESTINATION_HIGH] == from.destinationHigh) {
                return entry;
            }
        }
        return -1;
    }

    private boolean isStale(int entry, long nowNanos) {
        return entries[entry + PACKET] == 0 || nowNanos - entries[entry + SEEN] > LIFETIME_NANOS;
    }

    private static int set(int vni, int identification, Addresses from) {
        long hash = FlowHash.mix(FlowHash.mix(from.sourceLow, from.destinationLow), packet(vni, identification));
        return ((int) hash & SETS - 1) * WAYS * WIDTH;
    }

    private static long packet(int vni, int identification) {
        return (long) vni << 32 | Integer.toUnsignedLong(identification);
    }
}
