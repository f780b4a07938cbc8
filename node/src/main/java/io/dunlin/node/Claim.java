package io.dunlin.node;

import java.util.Comparator;

/**
 * An endpoint as its owner tells it.
 *
 * @param isHeld since its owner failed
 * @param generation of the owner's life, in which it told so
 * @param owner the node that has it
 * @param key of its row
 */
record Claim(boolean isHeld, long generation, String owner, String key, EndpointRecord endpoint) {
    /** Who has an address that several claim: of those that are there the longest-standing; the same at every node. */
    static final Comparator<Claim> BEST_FIRST = Comparator.comparing(Claim::isHeld)
            .thenComparingLong(Claim::generation)
            .thenComparing(Claim::owner)
            .thenComparing(Claim::key);

    Claim held() {
        return new Claim(true, generation, owner, key, endpoint);
    }

    /** Whether both are there, and of different owners. */
    boolean rivals(Claim other) {
        return !isHeld && !other.isHeld && !owner.equals(other.owner);
    }
}
