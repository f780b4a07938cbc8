package io.dunlin.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of the operating system that a test runs: its command, time limit and output. Nobody waits for one without end. */
public final class Program {
    /** What is left of a program that ended: its exit status and what it printed, both streams together. */
    public record Result(List<String> command, int status, String output) {
        /**
         * This result, if it is one of success.
         *
         * @throws AssertionError with command and output if the program failed
         */
        public Result orFail() {
            if (status != 0) {
                throw new AssertionError(String.join(" ", command) + ": exit status " + status + "\n" + output);
            }
            return this;
        }
    }

    private Program() {}

    /** Whether the program is in one of the directories where Debian puts them. */
    public static boolean isInstalled(String name) {
        return List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin").stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** Runs a program to its end; beyond the time limit it is ended and the test fails. */
    public static Result run(Duration limit, List<String> command) {
        try {
            Path output = Files.createTempFile("dunlin-program", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                    throw new AssertionError(
                            String.join(" ", command) + ": not done after " + limit + "\n" + Files.readString(output));
                }
                return new Result(command, process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
    }
}
