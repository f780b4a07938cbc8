package io.dunlin.node;

import io.dunlin.vxlan.wire.Vni;

/** Keys of rows that are of a network: its VNI, a slash, and a name, which has none. So rows of one network stand side by side. */
final class RowKey {
    private static final char SLASH = '/';

    private RowKey() {}

    static String of(Vni vni, String name) {
        return first(vni) + name;
    }

    /** The name in it; all of it, if it is no such key. */
    static String name(String key) {
        return key.substring(key.indexOf(SLASH) + 1);
    }

    static boolean isOf(Vni vni, String key) {
        return key.startsWith(first(vni));
    }

    /** Comes before all of the network. */
    static String first(Vni vni) {
        return vni.toString() + SLASH;
    }

    /** Comes behind all of the network. */
    static String behind(Vni vni) {
        return vni.toString() + (char) (SLASH + 1);
    }
}
