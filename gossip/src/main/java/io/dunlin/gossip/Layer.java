package io.dunlin.gossip;

import io.dunlin.gossip.transport.Clock;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What rides on membership: tables, and user messages. All methods are called on the protocol's thread ({@link Clock}).
 */
interface Layer {
    /** Before anything else: through which it speaks. */
    void start(Membership membership);

    /** A user message came, by packet or by stream; {@code data} is the layer's to keep. memberlist does not drop repeats, so neither do we. */
    void message(byte[] data);

    /**
     * Fills what is left of a packet that goes out anyway.
     *
     * @param overhead bytes that each message takes beyond its own
     * @param space bytes left
     * @param out takes each message (the data of a user message)
     */
    void gossip(int overhead, int space, Consumer<byte[]> out);

    /** What a push/pull carries to the peer; empty for nothing. */
    byte[] localState(boolean join);

    /** What a push/pull brought. {@code from} is where the peer's gossip is reached if it named itself, else null. */
    void remoteState(byte[] state, boolean join, @Nullable InetSocketAddress from);

    void joined(Member member);

    /** Its address, metadata or versions changed. */
    void updated(Member member);

    /** It failed ({@link Member.State#DEAD}) or left ({@link Member.State#LEFT}). */
    void gone(Member member);

    /** How a layer speaks; on the protocol's thread. */
    interface Membership {
        Clock clock();

        String localName();

        /** Members that are alive or suspect, this one among them. Valid until the next callback. */
        List<Member> members();

        /** The member of that name; null where none is alive or suspect. */
        @Nullable
        Member member(String name);

        /** A random member that is alive and not this one; null if there is none. */
        @Nullable
        Member random();

        /** Sends a user message in a packet, at once, best effort. At most {@link #maxPacketMessage} bytes. */
        void send(Member to, byte[] data);

        /** Sends a user message by stream; {@code done} is told whether the peer's system took it. */
        void sendReliably(Member to, byte[] data, Consumer<Boolean> done);

        /** Times that each member is to send a piece of news: retransmitMult · ceil(log10(n + 1)). */
        int retransmitLimit();

        /** The longest data of a user message that fits a packet. */
        int maxPacketMessage();
    }
}
