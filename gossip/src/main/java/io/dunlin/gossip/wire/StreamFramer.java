package io.dunlin.gossip.wire;

/**
 * Finds the end of the message at the beginning of a stream while its bytes come in. There is no length in front of it unless it is
 * encrypted: the values have to be passed over. Keeps its place, so that each byte of a large one is looked at once.
 *
 * <p>Not thread-safe; for one message.
 */
public final class StreamFramer {
    /** More of the stream has to come. */
    public static final int INCOMPLETE = -1;
    /** It is no message, or longer than allowed: the stream is to be closed. */
    public static final int MALFORMED = -2;

    /** The longest map of fields in front of others, and the longest message that is nothing but such a map. */
    static final int MAX_FIELDS_LENGTH = 1 << 17;

    private final MsgPackSkipper values = new MsgPackSkipper();
    private Step step = Step.LABEL;
    /** Where the next step begins; at the end, where the message ends. */
    private int position;

    private int type;
    private int userState;

    StreamFramer() {}

    private enum Step {
        LABEL,
        TYPE,
        /** Of an encrypted message. */
        LENGTH,
        /** The only map of a message, or the one that tells what follows. */
        FIELDS,
        NODES,
        END,
        BROKEN
    }

    /**
     * Told each time that more of the stream is there.
     *
     * @param bytes the stream from its beginning, of which {@code length} bytes have come
     * @return the message's length in bytes, or {@link #INCOMPLETE}, or {@link #MALFORMED}; once it is one of the latter, it stays so
     */
    public int messageLength(byte[] bytes, int length) {
        try {
            while (step != Step.END) {
                if (step == Step.BROKEN) {
                    return MALFORMED;
                }
                if (!advance(bytes, length)) {
                    return INCOMPLETE;
                }
            }
            return length < position ? INCOMPLETE : position;
        } catch (ProtocolException e) {
            step = Step.BROKEN;
            return MALFORMED;
        }
    }

    /** Takes a step; false if what it needs is not there yet. */
    private boolean advance(byte[] bytes, int length) throws ProtocolException {
        return switch (step) {
            case LABEL -> label(bytes, length);
            case TYPE -> type(bytes, length);
            case LENGTH -> encryptedLength(bytes, length);
            case FIELDS -> fields(bytes, length);
            case NODES -> nodes(bytes, length);
            case END, BROKEN -> true;
        };
    }

    private boolean label(byte[] bytes, int length) {
        if (length == 0) {
            return false;
        }
        if ((bytes[0] & 0xff) == MessageType.LABEL) {
            if (length < 2) {
                return false;
            }
            position = 2 + (bytes[1] & 0xff);
        }
        step = Step.TYPE;
        return true;
    }

    private boolean type(byte[] bytes, int length) throws ProtocolException {
        if (length <= position) {
            return false;
        }
        type = bytes[position++] & 0xff;
        switch (type) {
            case MessageType.ENCRYPTED -> step = Step.LENGTH;
            case MessageType.COMPRESSED -> fieldsOf(StreamCodec.MAX_WRAPPED);
            case MessageType.PUSH_PULL, MessageType.USER, MessageType.PING, MessageType.ACK, MessageType.REFUSAL ->
                fieldsOf(MAX_FIELDS_LENGTH);
            default -> throw new ProtocolException(Refused.UNKNOWN_TYPE, "type of message " + type + " on a stream");
        }
        return true;
    }

    private void fieldsOf(int maxLength) throws ProtocolException {
        values.begin(position, 1, position + maxLength);
        step = Step.FIELDS;
    }

    private boolean encryptedLength(byte[] bytes, int length) throws ProtocolException {
        if (length - position < StreamCodec.ENCRYPTED_HEADER - 1) {
            return false;
        }
        long claimed = 0;
        for (int i = 1; i < StreamCodec.ENCRYPTED_HEADER; i++) {
            claimed = claimed << 8 | bytes[position++] & 0xff;
        }
        if (claimed > StreamCodec.MAX_WRAPPED) {
            throw new ProtocolException(Refused.TOO_LONG, "an encrypted message of " + claimed + " bytes");
        }
        position += (int) claimed;
        step = Step.END;
        return true;
    }

    private boolean fields(byte[] bytes, int length) throws ProtocolException {
        if (!values.pass(bytes, length)) {
            return false;
        }
        var in = new MsgPackReader(bytes, position, values.position());
        position = values.position();
        step = Step.END;
        if (type == MessageType.USER) {
            position += StreamCodec.userLength(in);
        } else if (type == MessageType.PUSH_PULL) {
            PushPullCodec.Header header = PushPullCodec.header(in);
            userState = header.userState();
            values.begin(position, header.nodes(), position + StreamCodec.MAX_CLEAR);
            step = Step.NODES;
        }
        return true;
    }

    private boolean nodes(byte[] bytes, int length) throws ProtocolException {
        if (!values.pass(bytes, length)) {
            return false;
        }
        position = values.position() + userState;
        step = Step.END;
        return true;
    }
}
