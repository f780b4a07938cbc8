package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.Transport.Framer;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Gathers the bytes of a stream until its message is whole. Memory is taken as bytes come, not as lengths are claimed: at most twice what
 * the peer has sent. Event loop alone.
 */
final class MessageCollector {
    /** Longer than any message the framer lets through. */
    static final int MAX_MESSAGE = 48 << 20;

    private static final int FIRST_CAPACITY = 2048;
    private static final byte[] NONE = {};

    private final Framer framer;
    private final StreamBudget budget;
    private byte[] bytes = NONE;
    private int length;
    private int messageLength = Framer.INCOMPLETE;

    /** How the message stands after some bytes. */
    enum Progress {
        INCOMPLETE,
        WHOLE,
        MALFORMED,
        TOO_LONG,
        NO_MEMORY
    }

    MessageCollector(Framer framer, StreamBudget budget) {
        this.framer = framer;
        this.budget = budget;
    }

    /** Takes all of {@code input}, which stays the caller's. */
    Progress add(ByteBuf input) {
        int more = input.readableBytes();
        if (more > MAX_MESSAGE - length) {
            return Progress.TOO_LONG;
        }
        if (!reserve(length + more)) {
            return Progress.NO_MEMORY;
        }
        input.readBytes(bytes, length, more);
        length += more;
        if (messageLength < 0) {
            messageLength = framer.messageLength(bytes, length);
        }
        if (messageLength == Framer.MALFORMED) {
            return Progress.MALFORMED;
        }
        if (messageLength > MAX_MESSAGE) {
            return Progress.TOO_LONG;
        }
        return messageLength >= 0 && messageLength <= length ? Progress.WHOLE : Progress.INCOMPLETE;
    }

    private boolean reserve(int needed) {
        if (needed <= bytes.length) {
            return true;
        }
        int capacity = Math.clamp(2L * bytes.length, Math.max(needed, FIRST_CAPACITY), MAX_MESSAGE);
        if (!budget.take(capacity - bytes.length)) {
            return false;
        }
        bytes = Arrays.copyOf(bytes, capacity);
        return true;
    }

    /** The whole message; what follows it on the stream is nobody's. */
    byte[] message() {
        return Arrays.copyOf(bytes, messageLength);
    }

    /** Bytes that came so far. */
    int length() {
        return length;
    }

    /** Gives its memory back; nothing is added afterwards. */
    void release() {
        budget.giveBack(bytes.length);
        bytes = NONE;
    }
}
