package io.dunlin.ipam;

/**
 * What came of a request: it was granted, or refused for a reason that names both values. Nothing is half done.
 *
 * @param <T> what is granted
 */
public sealed interface Result<T> {
    /** It is the requester's; perhaps it was before. */
    record Granted<T>(T value) implements Result<T> {}

    /** It is not, and nothing changed. */
    record Refused<T>(Refusal why) implements Result<T> {}

    /** For whoever takes a refusal for a mistake of the program: an {@link IllegalArgumentException} with its text. */
    default T orElseThrow() {
        return switch (this) {
            case Granted<T>(T value) -> value;
            case Refused<T>(Refusal why) -> throw new IllegalArgumentException(why.message());
        };
    }
}
