package io.dunlin.gossip;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Versions;
import io.dunlin.gossip.wire.MessageCodec;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Protocol} is told when it is built.
 *
 * @param name this member's, unique in the cluster, 1 to {@value MessageCodec#MAX_NAME} bytes of UTF-8
 * @param advertise where others are told to reach it; null for where it is bound, and port 0 for the port that is bound
 * @param meta what it says of itself, up to {@value Message#MAX_META} bytes
 * @param profile how often it asks and how long it waits
 * @param versions what it speaks; see {@link #SPOKEN}
 * @param maxPacket the largest packet it sends, in bytes, labels and encryption included: below the path's MTU, as a lost fragment loses
 *     them all
 * @param reclaimAfter for how long a name must have been dead before it is believed at another address. A name that left is believed at
 *     once; a live one never is
 * @param lifeguard false for plain SWIM: no nacks, no buddy, no repeated pings, no eye on its own pauses. For comparison alone
 * @param interner maps what is known of a member to an equal object that may be shared; thousands of members that live in one JVM know the
 *     same of each other
 */
record ProtocolConfig(
        String name,
        @Nullable InetSocketAddress advertise,
        Bytes meta,
        Profile profile,
        Versions versions,
        int maxPacket,
        Duration reclaimAfter,
        boolean lifeguard,
        UnaryOperator<NodeState> interner) {
    /** memberlist's versions 1 to 5 are understood, 2 is spoken, as by memberlist itself; no delegate version. */
    static final Versions SPOKEN = new Versions(1, 5, 2, 0, 0, 0);

    /** memberlist's own: fits an Ethernet frame with room for a tunnel's headers. */
    static final int MAX_PACKET = 1400;

    /** Packets below it could not carry the longest message. */
    private static final int MIN_MAX_PACKET = 1200;

    ProtocolConfig {
        int length = name.getBytes(UTF_8).length;
        if (length == 0 || length > MessageCodec.MAX_NAME) {
            throw new IllegalArgumentException(
                    "name of " + length + " bytes: 1 to " + MessageCodec.MAX_NAME + " are allowed");
        }
        if (meta.length() > Message.MAX_META) {
            throw new IllegalArgumentException(
                    "metadata of " + meta.length() + " bytes: at most " + Message.MAX_META + " are allowed");
        }
        if (maxPacket < MIN_MAX_PACKET || maxPacket > 65_507) {
            throw new IllegalArgumentException(
                    "packets of " + maxPacket + " bytes: " + MIN_MAX_PACKET + " to 65507 are allowed");
        }
        if (versions.protocol() < versions.protocolMin() || versions.protocol() > versions.protocolMax()) {
            throw new IllegalArgumentException("protocol version " + versions.protocol() + " is outside "
                    + versions.protocolMin() + ".." + versions.protocolMax());
        }
    }

    /** A member with the usual values. */
    static ProtocolConfig of(String name, Profile profile) {
        return new ProtocolConfig(
                name,
                null,
                Bytes.EMPTY,
                profile,
                SPOKEN,
                MAX_PACKET,
                Duration.ofSeconds(30),
                true,
                UnaryOperator.identity());
    }
}
