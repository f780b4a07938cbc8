package io.dunlin.ipsec.rotation;

/** Bytes that are no message. Has no stack trace: it is made for hostile input, whose rate others decide. */
final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedMessageException(String message) {
        super(message, null, false, false);
    }
}
