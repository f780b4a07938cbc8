package io.dunlin.ipam;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Subnets of any length of which no two overlap, each with a value. Two subnets overlap only if one holds the other, so the last that begins
 * before a subnet's end tells whether any overlaps it.
 */
final class DisjointSubnets<V> {
    private final TreeMap<Subnet, V> values = new TreeMap<>();

    Map.@Nullable Entry<Subnet, V> overlapping(Subnet subnet) {
        Address last = subnet.last();
        var before = values.floorEntry(new Subnet(last, last.family().bits()));
        return before != null && before.getKey().overlaps(subnet) ? before : null;
    }

    void put(Subnet subnet, V value) {
        values.put(subnet, value);
    }

    void remove(Subnet subnet) {
        values.remove(subnet);
    }

    NavigableMap<Subnet, V> all() {
        return values;
    }
}
