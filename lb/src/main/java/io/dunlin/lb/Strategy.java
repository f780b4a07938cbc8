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
    CLIENT_HASH
}
