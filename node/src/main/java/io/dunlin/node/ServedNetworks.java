package io.dunlin.node;

import java.util.Arrays;

/**
 * The networks that have a service, or had one while the node was part of them: packets of others cost one look for as many as follow each other in a batch. Written under the
 * node's lock, read by any thread.
 */
final class ServedNetworks {
    /** Sorted. Replaced, never changed; whoever sees a service in the table sees its network here at the latest with its next batch. */
    private volatile int[] vnis = {};

    boolean isEmpty() {
        return vnis.length == 0;
    }

    boolean has(int vni) {
        int[] now = vnis;
        return now.length > 0 && Arrays.binarySearch(now, vni) >= 0;
    }

    /** Harmless if it is there. */
    void add(int vni) {
        if (!has(vni)) {
            int[] more = Arrays.copyOf(vnis, vnis.length + 1);
            more[more.length - 1] = vni;
            Arrays.sort(more);
            vnis = more;
        }
    }
}
