package io.dunlin.cli.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Lines of UTF-8 text over a socket, each no longer than the reader allows. Used by one reader and one writer at a time. */
final class LineChannel implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer received;

    LineChannel(SocketChannel channel, int longestLine) {
        this.channel = channel;
        this.received = ByteBuffer.allocate(longestLine).limit(0);
    }

    /**
     * The next line without its end; empty when the other side is done.
     *
     * @throws IOException the line is too long, or the connection ended inside it
     */
    Optional<String> read() throws IOException {
        for (int scanned = 0; ; ) {
            for (int i = received.position() + scanned; i < received.limit(); i++) {
                if (received.get(i) == '\n') {
                    var line =
                            StandardCharsets.UTF_8.decode(received.slice(received.position(), i - received.position()));
                    received.position(i + 1);
                    return Optional.of(line.toString());
                }
            }
            scanned = received.remaining();
            if (scanned == received.capacity()) {
                throw new IOException("line longer than " + received.capacity() + " bytes");
            }
            received.compact();
            int count = channel.read(received);
            received.flip();
            if (count < 0) {
                if (received.hasRemaining()) {
                    throw new IOException("connection ended inside a line");
                }
                return Optional.empty();
            }
        }
    }

    void write(String line) throws IOException {
        var bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
