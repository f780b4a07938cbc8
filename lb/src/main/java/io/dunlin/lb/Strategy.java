package io.dunlin.lb;

/** Which backend a new flow of a service goes to, among those that are healthy. All of them honour weights. */
public enum Strategy {
    /** Each in turn, the turns of heavy ones spread out evenly. One cursor for all workers of a node, so that the counts are exact. */
    ROUND_ROBIN,
    /** The one with the fewest flows of this node, for its weight. */
    LEAST_FLOWS,
    /**
     * Always the same for one client address, as long as it is there; when a backend comes or goes, only the clients move that must
     * (rendezvous hashing). The same on all nodes.
     */
    CLIENT_HASH;

    /**
     * As people write it: {@code round-robin}, {@code least-flows}, {@code client-hash}.
     *
     * @throws IllegalArgumentException naming what was given and what is allowed
     */
    public static Strategy parse(String text) {
        return switch (text) {
            case "round-robin" -> ROUND_ROBIN;
            case "least-flows" -> LEAST_FLOWS;
            case "client-hash" -> CLIENT_HASH;
            default ->
                throw new IllegalArgumentException(
                        "strategy \"" + text + "\": allowed are round-robin, least-flows and client-hash");
        };
    }

    /** As {@link #parse} reads it. */
    public String text() {
        return switch (this) {
            case ROUND_ROBIN -> "round-robin";
            case LEAST_FLOWS -> "least-flows";
            case CLIENT_HASH -> "client-hash";
        };
    }
}
