package io.dunlin.lb.dns;

import io.dunlin.lb.dns.NameEntry.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Entries by name: a hash table that is never changed once it is published. An {@link Edit} copies the {@linkplain Pages pages} of buckets that it
 * writes to, and shares all chains but those it changes. A persistent tree would cost each lookup several cache lines instead of two and a hot one.
 */
final class NameIndex {
    static final NameIndex EMPTY = new NameIndex(Pages.blank(Pages.LEAST), 0);

    private final Pages<NameEntry> buckets;
    private final int count;

    private NameIndex(Pages<NameEntry> buckets, int count) {
        this.buckets = buckets;
        this.count = count;
    }

    @Nullable
    NameEntry find(DnsName name) {
        NameEntry entry = buckets.get(bucket(name.hash(), buckets.size()));
        while (entry != null && !name.isEqual(entry.name())) {
            entry = entry.next();
        }
        return entry;
    }

    private static @Nullable NameEntry find(Pages.Edit<NameEntry> buckets, byte[] name) {
        NameEntry entry = buckets.get(bucket(DnsName.hash(name), buckets.size()));
        while (entry != null && !Arrays.equals(name, entry.name())) {
            entry = entry.next();
        }
        return entry;
    }

    private static int bucket(int hash, int buckets) {
        return hash * 0x9E37_79B9
                >>> Integer.numberOfLeadingZeros(buckets - 1); // the upper bits, which all of the hash went into
    }

    Edit edit() {
        return new Edit(this);
    }

    /** Changes that become a new index. Belongs to one thread. */
    static final class Edit {
        private Pages.Edit<NameEntry> buckets;
        private int count;

        private Edit(NameIndex before) {
            buckets = before.buckets.edit();
            count = before.count;
        }

        NameIndex commit() {
            return new NameIndex(buckets.commit(), count);
        }

        /** What the name, in lower case, stands for as one of that kind. */
        @Nullable
        Addresses get(byte[] name, Kind kind) {
            NameEntry entry = find(buckets, name);
            return entry == null ? null : entry.get(kind);
        }

        /**
         * Lets the name stand for something else.
         *
         * @param name in lower case
         * @param addresses null: the name is none of that kind any more
         */
        void put(byte[] name, Kind kind, @Nullable Addresses addresses) {
            NameEntry before = find(buckets, name);
            NameEntry after = (before == null ? NameEntry.named(name) : before).with(kind, addresses);
            replace(after);
            boolean stood = before != null && before.standsForSomething();
            if (stood != after.standsForSomething()) {
                countBelow(name, stood ? -1 : 1);
            }
        }

        /** Tells all names that this one ends with. */
        private void countBelow(byte[] name, int change) {
            for (int at = 1 + name[0]; name[at] != 0; at += 1 + name[at]) {
                byte[] ancestor = Arrays.copyOfRange(name, at, name.length);
                NameEntry entry = find(buckets, ancestor);
                NameEntry known = entry == null ? NameEntry.named(ancestor) : entry;
                replace(known.withBelow(known.below() + change));
            }
        }

        private void replace(NameEntry entry) {
            int bucket = bucket(DnsName.hash(entry.name()), buckets.size());
            NameEntry chain = null;
            for (NameEntry other = buckets.get(bucket); other != null; other = other.next()) {
                if (Arrays.equals(other.name(), entry.name())) {
                    count--;
                } else {
                    chain = other.before(chain);
                }
            }
            if (entry.standsForSomething() || entry.below() > 0) {
                chain = entry.before(chain);
                count++;
            }
            buckets.put(bucket, chain);
            if (count > buckets.size()) {
                grow();
            }
        }

        private void grow() {
            Pages.Edit<NameEntry> grown = Pages.Edit.blank(4 * buckets.size());
            for (int i = 0; i < buckets.size(); i++) {
                for (NameEntry entry = buckets.get(i); entry != null; entry = entry.next()) {
                    int bucket = bucket(DnsName.hash(entry.name()), grown.size());
                    grown.put(bucket, entry.before(grown.get(bucket)));
                }
            }
            buckets = grown;
        }
    }
}
