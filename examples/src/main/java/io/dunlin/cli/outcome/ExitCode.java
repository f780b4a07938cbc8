package io.dunlin.cli.outcome;

/** What every command's exit code means; also in each command's help. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int BAD_INPUT = 2;

    private ExitCode() {}
}
