package io.dunlin.lb.dns.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Messages over TCP: each behind its length in two bytes (RFC 1035 section 4.2.2, RFC 7766 section 8). */
public final class StreamMessages {
    /** Bytes before each message. */
    public static final int PREFIX = 2;

    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final int MAX_LENGTH = 65_535;

    private StreamMessages() {}

    /** A message with its length, to be written at once: in two pieces it would be two packets, and some servers read one. */
    public static byte[] framed(byte[] message, int length) {
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException("message of " + length + " bytes: allowed are " + MAX_LENGTH);
        }
        var framed = new byte[PREFIX + length];
        framed[0] = (byte) (length >>> 8);
        framed[1] = (byte) length;
        System.arraycopy(message, 0, framed, PREFIX, length);
        return framed;
    }

    /**
     * Reads the next message, however slowly it comes, until the time is over.
     *
     * @return null: the other side has ended the connection, or the time is over before there is one
     * @throws IOException the connection ended within a message
     */
    public static byte @Nullable [] read(Socket socket, long timeoutNanos, LongSupplier nanoClock) throws IOException {
        long end = nanoClock.getAsLong() + timeoutNanos;
        byte[] prefix = read(socket, PREFIX, end, nanoClock);
        return prefix == null ? null : read(socket, (prefix[0] & 0xff) << 8 | prefix[1] & 0xff, end, nanoClock);
    }

    private static byte @Nullable [] read(Socket socket, int length, long end, LongSupplier nanoClock)
            throws IOException {
        InputStream in = socket.getInputStream();
        var bytes = new byte[length];
        int have = 0;
        while (have < length) {
            long left = (end - nanoClock.getAsLong()) / NANOS_PER_MILLI;
            if (left <= 0) {
                return null;
            }
            socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
            int read;
            try {
                read = in.read(bytes, have, length - have);
            } catch (SocketTimeoutException e) {
                return null;
            }
            if (read < 0) {
                if (have > 0) {
                    throw new EOFException("connection ended within a message");
                }
                return null;
            }
            have += read;
        }
        return bytes;
    }
}
