package io.dunlin.gossip.table;

/**
 * How much its sender knows of one owner's rows.
 *
 * @param version all changes up to it
 * @param hash over the rows as of {@code version}, equal for all who know them; 0 from a sender that knows single later ones too
 */
public record OwnerDigest(String owner, long generation, long version, long hash) {
    /** Whether {@code other} knows more. */
    public boolean isBehind(OwnerDigest other) {
        return generation < other.generation || (generation == other.generation && version < other.version);
    }

    /** Whether both say they know the same, and one of them does not. */
    public boolean contradicts(OwnerDigest other) {
        return generation == other.generation
                && version == other.version
                && hash != other.hash
                && hash != 0
                && other.hash != 0;
    }
}
