package io.dunlin.lb.dns;

import io.dunlin.lb.dns.NameEntry.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Entries by name: a hash table that is never changed once it is published. An {@link Edit} copies the buckets' array, which is short of a
 * millisecond for a million names, and shares all chains but those it changes. A persistent tree would copy less, and cost each lookup
 * several cache lines instead of two.
 */
final class NameIndex {
    static final NameIndex EMPTY = new NameIndex(new NameEntry[16], 0);

    private final @Nullable NameEntry[] buckets;
    private final int count;

    private NameIndex(@Nullable NameEntry[] buckets, int count) {
        this.buckets = buckets;
        this.count = count;
    }

    @Nullable
    NameEntry find(DnsName name) {
        NameEntry entry = buckets[bucket(name.hash(), buckets.length)];
        while (entry != null && !name.isEqual(entry.name())) {
            entry = entry.next();
        }
        return entry;
    }

    private static @Nullable NameEntry find(@Nullable NameEntry[] buckets, byte[] name) {
        NameEntry entry = buckets[bucket(DnsName.hash(name), buckets.length)];
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
        private @Nullable NameEntry[] buckets;
        private int count;

        private Edit(NameIndex before) {
            buckets = before.buckets.clone();
            count = before.count;
        }

        NameIndex commit() {
            return new NameIndex(buckets, count);
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
            int bucket = bucket(DnsName.hash(entry.name()), buckets.length);
            NameEntry chain = null;
            for (NameEntry other = buckets[bucket]; other != null; other = other.next()) {
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
            buckets[bucket] = chain;
            if (count > buckets.length) {
                grow();
            }
        }

        private void grow() {
            var grown = new NameEntry[4 * buckets.length];
            for (NameEntry chain : buckets) {
                for (NameEntry entry = chain; entry != null; entry = entry.next()) {
                    int bucket = bucket(DnsName.hash(entry.name()), grown.length);
                    grown[bucket] = entry.before(grown[bucket]);
                }
            }
            buckets = grown;
        }
    }
}
