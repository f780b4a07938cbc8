package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** The frames that cross the lab's bridge, one by one as tcpdump sees them. */
final class FrameCapture {
    private static final int FILE_HEADER = 24;
    private static final int FRAME_HEADER = 16;
    private static final int CAPTURED_LENGTH = 8;

    private final Process tcpdump;
    private final Thread reader;

    /**
     * Begins, and returns when tcpdump listens.
     *
     * @param arguments further ones for tcpdump, as a shell reads them
     * @param frames is given each frame, on a thread of its own
     */
    FrameCapture(NamespaceLab lab, String arguments, Consumer<byte[]> frames) throws IOException {
        this.tcpdump = lab.start("switch", "bash", "-c", "exec tcpdump -Z root -U -s 0 -i br0 -w - " + arguments);
        var in = new DataInputStream(tcpdump.getInputStream());
        in.readFully(new byte[FILE_HEADER]); // it comes when tcpdump listens
        this.reader = Thread.ofPlatform().name("capture").start(() -> read(in, frames));
    }

    private static void read(DataInputStream in, Consumer<byte[]> frames) {
        var header = ByteBuffer.allocate(FRAME_HEADER).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (true) {
                in.readFully(header.array());
                var frame = new byte[header.getInt(CAPTURED_LENGTH)];
                in.readFully(frame);
                frames.accept(frame);
            }
        } catch (EOFException e) {
            // it ended
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it; returns when all that tcpdump saw was given on. */
    void end() throws InterruptedException {
        tcpdump.destroy(); // SIGTERM: it writes what it has, and its report
        reader.join();
        tcpdump.onExit().join();
    }
}
