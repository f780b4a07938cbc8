package io.dunlin.node;

import java.util.HashSet;
import java.util.Set;

/** What has been said in the log and is not to be said again. One thread at a time. */
final class SaidOnce {
    /** Others decide how much there is to be said: beyond, nothing is. */
    private static final int MAX = 1024;

    private final Set<String> said = new HashSet<>();

    /** Whether it is to be said now. */
    boolean isNew(String what) {
        return said.size() < MAX && said.add(what);
    }
}
