package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetSocketAddress;

/**
 * A member as this one knows it; immutable.
 *
 * @param name unique in the cluster
 * @param address what it advertises; its gossip is reached there by UDP and TCP
 * @param meta what it says of itself, up to 512 bytes
 * @param versions of the protocols that it speaks
 * @param state what it is held for
 */
public record Member(String name, InetSocketAddress address, Bytes meta, Versions versions, State state) {
    /** A suspect member still counts as one; a dead or left one is listed until it is forgotten. */
    public enum State {
        ALIVE,
        SUSPECT,
        DEAD,
        LEFT
    }
}
