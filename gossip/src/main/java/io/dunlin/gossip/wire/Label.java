package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * The name of a cluster, which keeps those apart that gossip on one network; not a secret. In front of packets and of what opens a stream,
 * and authenticated where there is encryption:
 *
 * <pre>
 *   244 | length, 1 byte | label, 1 to 255 bytes
 * </pre>
 */
final class Label {
    static final int MAX_LENGTH = 255;

    private final byte[] text;
    private final byte[] header;

    /** An empty {@code label} is none. */
    Label(String label) {
        this.text = label.getBytes(UTF_8);
        if (text.length > MAX_LENGTH) {
            throw new IllegalArgumentException("label of " + text.length + " bytes; at most " + MAX_LENGTH);
        }
        this.header = new byte[text.length == 0 ? 0 : 2 + text.length];
        if (text.length > 0) {
            header[0] = (byte) MessageType.LABEL;
            header[1] = (byte) text.length;
            System.arraycopy(text, 0, header, 2, text.length);
        }
    }

    /** Only to read. */
    byte[] text() {
        return text;
    }

    /** What goes in front; empty for none. Only to read. */
    byte[] header() {
        return header;
    }

    /** Checks that this label, or none if this is none, is in front of {@code bytes}; returns where they go on. */
    int pass(byte[] bytes) throws ProtocolException {
        boolean isHere =
                bytes.length >= header.length && Arrays.equals(bytes, 0, header.length, header, 0, header.length);
        boolean isAnother = header.length == 0 && bytes.length > 0 && (bytes[0] & 0xff) == MessageType.LABEL;
        if (!isHere || isAnother) {
            throw new ProtocolException(Refused.WRONG_LABEL, "not this cluster's label");
        }
        return header.length;
    }
}
