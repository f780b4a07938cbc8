package io.dunlin.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs other programs, each with its time limit, and ends those still running when it is closed: these and no others. After that it starts
 * none, so that nothing comes up behind the back of a clean-up. Any thread.
 */
final class Programs implements AutoCloseable {
    /** Of a program's output; more is read and forgotten. */
    private static final int MOST_OUTPUT = 1 << 20;

    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Set<Process> running = new HashSet<>();
    private boolean closed;

    /** The demo is being ended: nothing that programs do now means anything. */
    static final class Stopped extends IOException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("stopped");
        }
    }

    /** What a program said and how it ended. */
    record Outcome(List<String> command, int exitCode, String output, String errors, Duration took) {
        boolean succeeded() {
            return exitCode == 0;
        }

        /** The last thing it said, for a line about what went wrong. */
        String lastWords() {
            String said = errors.isBlank() ? output : errors;
            return said.isBlank()
                    ? "exit code " + exitCode
                    : said.lines()
                            .filter(line -> !line.isBlank())
                            .toList()
                            .getLast()
                            .strip();
        }
    }

    /**
     * Runs a program to its end.
     *
     * @throws IOException it cannot be started, or is not done within {@code limit} and was ended
     */
    Outcome run(Duration limit, List<String> command) throws IOException {
        long began = System.nanoTime();
        var process = start(new ProcessBuilder(command));
        try {
            process.getOutputStream().close();
            var output = captured(process.getInputStream());
            var errors = captured(process.getErrorStream());
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(String.join(" ", command) + ": not done within " + limit.toSeconds() + " s");
            }
            if (isClosed()) {
                throw new Stopped(); // it was ended, whatever it says itself
            }
            var took = Duration.ofNanos(System.nanoTime() - began);
            return new Outcome(command, process.exitValue(), text(output), text(errors), took);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + ": interrupted", e);
        } finally {
            end(process);
        }
    }

    /** As {@link #run}, for a program whose failure is ours. */
    Outcome must(Duration limit, List<String> command) throws IOException {
        var outcome = run(limit, command);
        if (!outcome.succeeded()) {
            throw new IOException(String.join(" ", command) + ": " + outcome.lastWords());
        }
        return outcome;
    }

    /** Starts a program that runs until {@link #end} or {@link #close}. */
    Process start(ProcessBuilder program) throws IOException {
        synchronized (running) {
            if (closed) {
                throw new Stopped();
            }
            running.removeIf(process -> !process.isAlive());
            var process = program.start();
            running.add(process);
            return process;
        }
    }

    /** Asks a program and what it started to end, and insists after a while. */
    void end(Process process) {
        var all = new HashSet<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        for (var handle : all) {
            try {
                handle.onExit().get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                handle.destroyForcibly();
            } catch (InterruptedException e) {
                handle.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isClosed() {
        synchronized (running) {
            return closed;
        }
    }

    @Override
    public void close() {
        List<Process> left;
        synchronized (running) {
            closed = true;
            left = running.stream().filter(Process::isAlive).toList();
        }
        left.forEach(Process::destroy); // all at once, so that their ways out overlap
        left.forEach(this::end);
    }

    private static FutureTask<String> captured(InputStream stream) {
        var task = new FutureTask<>(() -> {
            try (stream) {
                var text = new String(stream.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
                stream.skip(Long.MAX_VALUE);
                return text;
            }
        });
        Thread.ofVirtual().start(task);
        return task;
    }

    /** A program's own child may hold the pipe open: what it says later is not waited for. */
    private static String text(FutureTask<String> captured) throws InterruptedException {
        try {
            return captured.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return "";
        }
    }
}
