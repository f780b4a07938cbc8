package io.dunlin.node;

import java.time.Instant;
import java.util.List;

/**
 * Where a node stands in turning the keys of encrypted networks. A snapshot.
 *
 * @param epoch of the newest key; 0: there is none yet
 * @param due when it is to be followed by another; of no meaning without a key
 * @param waitingFor nodes that have not followed yet; empty if no change is under way
 * @param peers nodes that can be sent to, encrypted
 */
public record KeysStatus(long epoch, Instant due, List<String> waitingFor, int peers) {
    /**
     * A snapshot.
     *
     * @param waitingFor is copied
     */
    public KeysStatus {
        waitingFor = List.copyOf(waitingFor);
    }
}
