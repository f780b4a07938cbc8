package io.dunlin.gossip.transport;

import io.dunlin.gossip.wire.Bytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries a member's packets (unordered, may be lost, at most a UDP datagram) and calls (a reliable stream that carries one message, and
 * perhaps one message back). Bytes pass as they are: labels, encryption and the like are above it. Methods are called on the protocol's
 * thread ({@link Clock}), and whatever it reports comes on that thread.
 */
public interface Transport extends AutoCloseable {
    /**
     * Binds, and delivers from now on to {@code receiver}. Called once.
     *
     * @return where it is bound, with the port the system chose if 0 was asked for
     * @throws IOException if the address cannot be bound; says which and why
     */
    InetSocketAddress start(Receiver receiver) throws IOException;

    /** Sends a packet; what cannot be sent is lost, as it may be on its way. Takes {@code packet}, which is not changed afterwards. */
    void send(InetSocketAddress to, byte[] packet);

    /**
     * Connects, sends {@code request} and, if {@code wantsReply}, waits for one message. {@code done} is told exactly once, after {@code
     * timeoutNanos} at the latest, and after {@link #close} too.
     */
    void call(InetSocketAddress to, byte[] request, boolean wantsReply, long timeoutNanos, Consumer<CallResult> done);

    /** Stops listening and ends all calls. Does not throw. */
    @Override
    void close();

    /** How a call ended. */
    sealed interface CallResult {
        /** The request was handed to the peer's system; no reply was wanted. */
        record Sent() implements CallResult {}

        record Reply(Bytes message) implements CallResult {}

        /** Nothing was connected, or it broke, or time was up, or the peer sent what is no message. */
        record Failed(String why) implements CallResult {}
    }

    /** Who gets what arrives. */
    interface Receiver {
        /** A packet; {@code packet} is the receiver's to keep. */
        void packet(InetSocketAddress from, byte[] packet);

        /**
         * A whole message on a stream that a peer opened.
         *
         * @return what to answer before the stream is closed; null for nothing
         */
        byte @Nullable [] call(InetSocketAddress from, byte[] message);

        /** Finds messages in a stream; one for each stream, used on one thread at a time, which may be another than the protocol's. */
        Framer newFramer();
    }

    /** Finds the end of the message at the beginning of a stream as its bytes come in. */
    interface Framer {
        /** More of the stream has to come. */
        int INCOMPLETE = -1;

        /** It is no message, or longer than allowed: the stream is to be closed. */
        int MALFORMED = -2;

        /**
         * Told each time that more of the stream is there.
         *
         * @param bytes the stream from its beginning, of which {@code length} bytes have come
         * @return the message's length in bytes, or {@link #INCOMPLETE}, or {@link #MALFORMED}
         */
        int messageLength(byte[] bytes, int length);
    }
}
