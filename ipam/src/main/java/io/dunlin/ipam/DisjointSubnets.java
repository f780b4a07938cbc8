package io.dunlin.ipam;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Subnets of any length of which no two overlap, each with a value. Two subnets overlap only if one holds the other, so the last that begins
 * before a subnet's end tells whether any overlaps it.
 */
final class DisjointSubnets<V> {
    record Entry<V>(Subnet subnet, V value) {}

    private final TreeMap<Address, Entry<V>> byBase = new TreeMap<>();

    @Nullable
    Entry<V> overlapping(Subnet subnet) {
        Map.Entry<Address, Entry<V>> before = byBase.floorEntry(subnet.last());
        return before != null && before.getValue().subnet().overlaps(subnet) ? before.getValue() : null;
    }

    void put(Subnet subnet, V value) {
        byBase.put(subnet.base(), new Entry<>(subnet, value));
    }

    void remove(Subnet subnet) {
        byBase.remove(subnet.base());
    }

    Collection<Entry<V>> entries() {
        return byBase.values();
    }
}
