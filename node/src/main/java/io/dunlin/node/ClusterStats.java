package io.dunlin.node;

import java.util.Map;

/**
 * What a node knows through gossip. A snapshot.
 *
 * @param members of the cluster that are there, this node among them; they need not be nodes
 * @param nodes other nodes whose VTEP is known
 * @param endpoints of theirs, in networks that this node takes part in
 * @param conflicts times that an address was claimed that another node, or this one, had
 * @param refused what nodes told and was not taken, by reason; reasons that did not occur are absent
 */
public record ClusterStats(int members, int nodes, int endpoints, long conflicts, Map<Refusal, Long> refused) {
    /** Why what another node told was not taken. */
    public enum Refusal {
        /** Bytes that are no record. */
        MALFORMED,
        /** A row under a key that it does not belong to. */
        KEY,
        /** A VTEP of another IP version, our own, or none that a host can have. */
        VTEP,
        /** Its data path is on another port than ours. */
        PORT,
        /** An address that no endpoint, or no service, of the network can have. */
        ADDRESS
    }

    /**
     * A snapshot.
     *
     * @param refused is copied
     */
    public ClusterStats {
        refused = Map.copyOf(refused);
    }
}
