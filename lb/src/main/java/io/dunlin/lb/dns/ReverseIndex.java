package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The name of each address: built as {@link NameIndex} is. */
final class ReverseIndex {
    static final ReverseIndex EMPTY = new ReverseIndex(Pages.blank(Pages.LEAST), 0);

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

    private final Pages<Entry> buckets;
    private final int count;

    private ReverseIndex(Pages<Entry> buckets, int count) {
        this.buckets = buckets;
        this.count = count;
    }

    byte @Nullable [] find(long high, long low) {
        Entry entry = buckets.get(bucket(high, low, buckets.size()));
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
        private Pages.Edit<Entry> buckets;
        private int count;

        private Edit(ReverseIndex before) {
            buckets = before.buckets.edit();
            count = before.count;
        }

        ReverseIndex commit() {
            return new ReverseIndex(buckets.commit(), count);
        }

        void put(IpAddress address, byte[] name) {
            remove(address, null);
            int bucket = bucket(address.high(), address.low(), buckets.size());
            buckets.put(bucket, new Entry(address.high(), address.low(), name, buckets.get(bucket)));
            count++;
            if (count > buckets.size()) {
                grow();
            }
        }

        /** @param name whose address it has to be; null: anybody's */
        void remove(IpAddress address, byte @Nullable [] name) {
            int bucket = bucket(address.high(), address.low(), buckets.size());
            Entry chain = null;
            for (Entry other = buckets.get(bucket); other != null; other = other.next) {
                if (other.isFor(address) && (name == null || isSame(other.name, name))) {
                    count--;
                } else {
                    chain = other.before(chain);
                }
            }
            buckets.put(bucket, chain);
        }

        /** Without regard to case. */
        private static boolean isSame(byte[] one, byte[] other) {
            return Arrays.equals(DnsName.toLowerCase(one), DnsName.toLowerCase(other));
        }

        private void grow() {
            Pages.Edit<Entry> grown = Pages.Edit.blank(4 * buckets.size());
            for (int i = 0; i < buckets.size(); i++) {
                for (Entry entry = buckets.get(i); entry != null; entry = entry.next) {
                    int bucket = bucket(entry.high, entry.low, grown.size());
                    grown.put(bucket, entry.before(grown.get(bucket)));
                }
            }
            buckets = grown;
        }
    }
}
