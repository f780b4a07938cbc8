package io.dunlin.gossip.wire;

/** Bytes that are no message. Has no stack trace: it is made for hostile input, whose rate others decide. */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1;

    private final Refused reason;

    public ProtocolException(String message) {
        this(Refused.MALFORMED, message);
    }

    public ProtocolException(Refused reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Refused reason() {
        return reason;
    }
}
