package io.dunlin.gossip.wire;

/** Bytes that are no message. Has no stack trace: it is made for hostile input, whose rate others decide. */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1;

    public ProtocolException(String message) {
        super(message, null, false, false);
    }
}
