package io.dunlin.ipsec.rotation;

import java.io.IOException;

/** A file that is no key ring to be used, and why. */
public final class KeyRingException extends IOException {
    private static final long serialVersionUID = 1;

    public KeyRingException(String message) {
        super(message);
    }
}
