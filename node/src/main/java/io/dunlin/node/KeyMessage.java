package io.dunlin.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.gossip.wire.Bytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What one node tells another of keys, as a user message of gossip, which by itself does not say who sent it:
 *
 * <pre>
 * mark "dk" (2) │ version (1) │ sender: length (1), name │ receiver: length (1), name │ content
 * </pre>
 *
 * @param from who says that it is the sender: any member of the cluster could, all of which have the cluster's keys anyway
 * @param to whom it is for
 * @param content a message of {@link io.dunlin.ipsec.rotation.Rotation}
 */
record KeyMessage(String from, String to, Bytes content) {
    private static final short MARK = 0x646b;
    private static final byte VERSION = 1;
    private static final int HEADER = 3;
    private static final int MAX_NAME = 255;

    Bytes encode() {
        byte[] sender = from.getBytes(UTF_8);
        byte[] receiver = to.getBytes(UTF_8);
        byte[] message = content.array();
        var bytes = ByteBuffer.allocate(HEADER + 2 + sender.length + receiver.length + message.length);
        bytes.putShort(MARK).put(VERSION);
        bytes.put((byte) sender.length).put(sender);
        bytes.put((byte) receiver.length).put(receiver);
        return Bytes.wrap(bytes.put(message).array());
    }

    /** Null if these bytes are no such message. */
    static @Nullable KeyMessage decode(Bytes message) {
        var bytes = ByteBuffer.wrap(message.array());
        if (bytes.remaining() < HEADER || bytes.getShort() != MARK || bytes.get() != VERSION) {
            return null;
        }
        String from = name(bytes);
        String to = name(bytes);
        if (from == null || to == null) {
            return null;
        }
        var content = new byte[bytes.remaining()];
        bytes.get(content);
        return new KeyMessage(from, to, Bytes.wrap(content));
    }

    private static @Nullable String name(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            return null;
        }
        int length = bytes.get() & MAX_NAME;
        if (length > bytes.remaining()) {
            return null;
        }
        var name = new byte[length];
        bytes.get(name);
        return new String(name, UTF_8);
    }
}
