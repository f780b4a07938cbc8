package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The name of each address: built as {@link NameIndex} is. */
final class ReverseIndex {
    static final ReverseIndex EMPTY = new ReverseIndex(new Entry[16], 0);

    /** @param name of who has the address, as a message has it */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Entry(
            long high, long low, byte[] name, @Nullable Entry next) {
        boolean isFor(IpAddress address) {
            return high == address.high() && low == address.low();
        }

        Entry before(@Nullable Entry following) {
            return new Entry(high, low, name, following);
        }
    }

    private final @Nullable Entry[] buckets;
    private final int count;

    private ReverseIndex(@Nullable Entry[] buckets, int count) {
        this.buckets = buckets;
        this.count = count;
    }

    byte @Nullable [] find(long high, long low) {
        Entry entry = buckets[bucket(high, low, buckets.length)];
        while (entry != null && (entry.high != high || entry.low != low)) {
            entry = entry.next;
        }
        return entry == null ? null : entry.name;
    }

    private static int bucket(long high, long low, int buckets) {
        long hash = (high ^ Long.rotateLeft(low, 29)) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> 32) & buckets - 1;
    }

    Edit edit() {
        return new Edit(this);
    }

    /** Changes that become a new index. Belongs to one thread. */
    static final class Edit {
        private @Nullable Entry[] buckets;
        private int count;

        private Edit(ReverseIndex before) {
            buckets = before.buckets.clone();
            count = before.count;
        }

        ReverseIndex commit() {
            return new ReverseIndex(buckets, count);
        }

        void put(IpAddress address, byte[] name) {
            remove(address, null);
            int bucket = bucket(address.high(), address.low(), buckets.length);
            buckets[bucket] = new Entry(address.high(), address.low(), name, buckets[bucket]);
            count++;
            if (count > buckets.length) {
                grow();
            }
        }

        /** @param name whose address it has to be; null: anybody's */
        void remove(IpAddress address, byte @Nullable [] name) {
            int bucket = bucket(address.high(), address.low(), buckets.length);
            Entry chain = null;
            for (Entry other = buckets[bucket]; other != null; other = other.next) {
                if (other.isFor(address) && (name == null || isSame(other.name, name))) {
                    count--;
                } else {
                    chain = other.before(chain);
                }
            }
            buckets[bucket] = chain;
        }

        /** Without regard to case. */
        private static boolean isSame(byte[] one, byte[] other) {
            return Arrays.equals(DnsName.toLowerCase(one), DnsName.toLowerCase(other));
        }

        private void grow() {
            var grown = new Entry[4 * buckets.length];
            for (Entry chain : buckets) {
                for (Entry entry = chain; entry != null; entry = entry.next) {
                    int bucket = bucket(entry.high, entry.low, grown.length);
                    grown[bucket] = entry.before(grown[bucket]);
                }
            }
            buckets = grown;
        }
    }
}
