package io.dunlin.cli.control;

import io.dunlin.node.KeysStatus;
import java.util.List;

/**
 * Where the keys of encrypted networks stand, as it travels.
 *
 * @param epoch of the newest; 0: there is none yet
 * @param due when another follows, RFC 3339
 * @param waitingFor nodes that have not followed yet
 * @param peers nodes that can be sent to, encrypted
 */
public record KeysReply(long epoch, String due, List<String> waitingFor, int peers) {
    public KeysReply {
        waitingFor = List.copyOf(waitingFor);
    }

    static KeysReply of(KeysStatus status) {
        return new KeysReply(status.epoch(), status.due().toString(), status.waitingFor(), status.peers());
    }

    /** For people. */
    public String text() {
        return (epoch == 0 ? "none yet" : "epoch " + epoch + ", next due " + due) + ", nodes to send to " + peers
                + (waitingFor.isEmpty() ? "" : ", waiting for " + String.join(", ", waitingFor));
    }
}
