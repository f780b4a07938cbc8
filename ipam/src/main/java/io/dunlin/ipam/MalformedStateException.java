package io.dunlin.ipam;

/** Bytes that are no state of an {@link IpamState}, and why. */
public final class MalformedStateException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedStateException(String message) {
        super(message);
    }
}
