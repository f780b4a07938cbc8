package io.dunlin.cli.outcome;

/** Text from outside (a file, another program, an exception) as one printable line. */
public final class OneLine {
    /** Longer ones are cut: a message is to be read, not paged through. */
    private static final int LONGEST = 600;

    private OneLine() {}

    public static String of(String text) {
        var line = new StringBuilder();
        text.strip().codePoints().forEach(c -> {
            if (!Character.isISOControl(c)) {
                line.appendCodePoint(c);
            } else if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
                line.append(' ');
            }
        });
        return line.length() <= LONGEST ? line.toString() : line.substring(0, LONGEST) + "…";
    }

    /** What is to be said of a failure: its message, or its kind where it has none. */
    public static String of(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : of(message);
    }
}
