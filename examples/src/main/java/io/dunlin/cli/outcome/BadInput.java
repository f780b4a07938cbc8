package io.dunlin.cli.outcome;

/** What a user gave and can put right: its message is one line that says what was given, what is allowed, and what to do. */
public final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadInput(String message) {
        super(OneLine.of(message));
    }

    public BadInput(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
