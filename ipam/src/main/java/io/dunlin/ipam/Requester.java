package io.dunlin.ipam;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Who asks. Asking twice under one name gives the same twice. A pool remembers a requester for what it holds, and through the
 * quarantine of what it released last: within that time it gets the same back.
 *
 * <p>Their order is that of their names. A hash map finds those by it whose names somebody made to have one hash.
 *
 * @param name at most {@value #MAX_BYTES} bytes as UTF-8; empty for {@link #ANONYMOUS}
 */
public record Requester(String name) implements Comparable<Requester> {
    public static final int MAX_BYTES = 255;

    private static final int MAX_BYTES_PER_CHAR = 3;

    /** Nobody in particular: each request gives another, no memory is spent on it, and anybody may release it who is anonymous too. */
    public static final Requester ANONYMOUS = new Requester("");

    public Requester {
        // most names are short enough at whatever they take
        int length = name.length() * MAX_BYTES_PER_CHAR <= MAX_BYTES ? 0 : name.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_BYTES) {
            throw new IllegalArgumentException("a requester of " + length + " bytes, " + MAX_BYTES + " are allowed: "
                    + Refusal.Invalid.quote(name));
        }
        if (hasHalfPair(name)) {
            throw new IllegalArgumentException(
                    "a requester with half a surrogate pair: " + Refusal.Invalid.quote(name));
        }
    }

    /** Such a one has no bytes of its own in UTF-8. */
    private static boolean hasHalfPair(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (Character.isSurrogate(name.charAt(i))) {
                boolean isPair = Character.isHighSurrogate(name.charAt(i))
                        && i + 1 < name.length()
                        && Character.isLowSurrogate(name.charAt(i + 1));
                if (!isPair) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** @throws IllegalArgumentException if these bytes are no UTF-8, or too many */
    static Requester ofUtf8(byte[] utf8) {
        if (utf8.length == 0) {
            return ANONYMOUS;
        }
        var requester = new Requester(new String(utf8, StandardCharsets.UTF_8));
        if (!Arrays.equals(requester.utf8(), utf8)) {
            throw new IllegalArgumentException("a requester that is no UTF-8");
        }
        return requester;
    }

    public boolean isAnonymous() {
        return name.isEmpty();
    }

    byte[] utf8() {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Requester other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return isAnonymous() ? "an anonymous requester" : name;
    }
}
