package io.dunlin.lb.dns.upstream;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** How messages get to servers and back. Any thread, several at once. */
public interface Exchange {
    /**
     * Opens a way to a server, from a source port that nobody can guess (RFC 5452 section 9.2).
     *
     * @param timeoutNanos for a connection to be made
     * @throws IOException the server cannot be reached
     */
    Conversation open(InetSocketAddress server, boolean isStream, long timeoutNanos) throws IOException;

    /** One query's way. Belongs to one thread. */
    interface Conversation extends AutoCloseable {
        void send(byte[] message) throws IOException;

        /**
         * Waits for the next message from that server, and no other.
         *
         * @return null: none came in time
         * @throws IOException none will come
         */
        byte @Nullable [] receive(long timeoutNanos) throws IOException;

        @Override
        void close();
    }
}
