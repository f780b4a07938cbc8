package io.dunlin.cli.control;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.dunlin.node.OverlayNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ArrayBlockingQueue;

/** Carries a packet trace from the node's worker to whoever asked, without ever holding the worker up. */
final class TraceReply {
    static final int MOST_PACKETS = 10_000;

    private TraceReply() {}

    interface Lines {
        void write(String json) throws IOException;
    }

    /** Returns when the last packet has been written, or the other side is gone. */
    static void send(OverlayNode node, int packets, SocketChannel connection, Lines lines) throws IOException {
        // Room for every line there will be, so that the worker neither waits nor drops one.
        var waiting = new ArrayBlockingQueue<String>(packets);
        var sender = Thread.currentThread();
        // Nothing more is to come from the other side, so whatever read returns with means that it is gone.
        var watch = Thread.ofVirtual().start(() -> {
            try {
                connection.read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                // gone as well
            }
            sender.interrupt();
        });
        node.trace(packets, waiting::offer);
        try {
            for (int i = 0; i < packets; i++) {
                lines.write(JsonNodeFactory.instance
                        .objectNode()
                        .put("line", waiting.take())
                        .toString());
            }
            lines.write("{\"end\":true}");
        } catch (InterruptedException e) {
            throw new IOException("the reader is gone", e);
        } finally {
            watch.interrupt();
        }
    }
}
