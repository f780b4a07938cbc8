package io.dunlin.gossip;

import io.dunlin.gossip.wire.KeyRing;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whoever sent something that is to be answered.
 *
 * @param address where from
 * @param key what it was encrypted with, and so the answer is: who asked can read that, whatever else it may have forgotten. Null: not encrypted
 */
record Sender(InetSocketAddress address, KeyRing.@Nullable Key key) {
    /** The same, reached where it says that it is. */
    Sender at(@Nullable InetSocketAddress said) {
        return said == null ? this : new Sender(said, key);
    }
}
