package io.dunlin.gossip.wire;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of memberlist's protocol, in packets and on streams. Numbers that are unsigned 32 bits on the wire (sequence numbers,
 * incarnations) are held in a {@code long} of 0 to 2^32 − 1.
 */
public sealed interface Message {
    /** The longest {@link Alive#meta}, in bytes. */
    int MAX_META = 512;

    /** Who asked for a probe, which protocol versions above 2 say so that the answer finds its way. Null fields are not sent. */
    record Source(
            @Nullable InetSocketAddress address, @Nullable String node) {
        public static final Source UNKNOWN = new Source(null, null);
    }

    /** Asks {@code node} for an {@link Ack}. A node of another name stays silent. */
    record Ping(long sequence, String node, Source source) implements Message {}

    /** Asks the receiver to probe {@code node} at {@code target}; with {@code nack}, to say so when that did not answer in time. */
    record IndirectPing(long sequence, InetSocketAddress target, String node, boolean nack, Source source)
            implements Message {}

    record Ack(long sequence, Bytes payload) implements Message {}

    record Nack(long sequence) implements Message {}

    record Suspect(long incarnation, String node, String from) implements Message {}

    record Alive(long incarnation, String node, InetSocketAddress address, Bytes meta, Versions versions)
            implements Message {}

    /** {@code from} equal to {@code node}: it left of its own will. */
    record Dead(long incarnation, String node, String from) implements Message {}

    /** What the layers above send; memberlist looks at none of it. */
    record User(Bytes data) implements Message {}

    /** On streams alone: all that the sender knows of its members, and what the layer above adds. Answered by the same, once. */
    record PushPull(boolean join, List<NodeState> nodes, Bytes userState) implements Message {}

    /** On streams alone: why the peer refuses. */
    record Refusal(String error) implements Message {}

    /** A member as {@link PushPull} tells of it. */
    record NodeState(
            String name, InetSocketAddress address, Bytes meta, long incarnation, State state, Versions versions) {}

    /** In the order of their numbers on the wire. */
    enum State {
        ALIVE,
        SUSPECT,
        DEAD,
        LEFT
    }

    /** Ranges of versions that a node speaks, and those it speaks now: of memberlist's protocol and of the layer above (delegate). */
    record Versions(int protocolMin, int protocolMax, int protocol, int delegateMin, int delegateMax, int delegate) {}
}
