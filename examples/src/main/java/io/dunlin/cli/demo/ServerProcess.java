package io.dunlin.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program that serves until it is ended, and says on its standard output when it is ready. Its errors go to a file. */
final class ServerProcess {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final String name;
    private final Process process;
    private final Path errors;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

    private ServerProcess(String name, Process process, Path errors) {
        this.name = name;
        this.process = process;
        this.errors = errors;
    }

    /**
     * Starts it and returns at once.
     *
     * @param readyWords a part of the line it prints when it is ready
     * @param errors the file that its standard error goes to
     */
    static ServerProcess start(Programs programs, String name, List<String> command, String readyWords, Path errors)
            throws IOException {
        var process = programs.start(new ProcessBuilder(command).redirectError(errors.toFile()));
        var server = new ServerProcess(name, process, errors);
        Thread.ofVirtual().start(() -> server.follow(process.inputReader(StandardCharsets.UTF_8), readyWords));
        return server;
    }

    private void follow(BufferedReader output, String readyWords) {
        try (output) {
            output.lines().forEach(line -> {
                if (line.contains(readyWords)) {
                    ready.complete(true);
                }
            });
        } catch (IOException | java.io.UncheckedIOException e) {
            // it ended
        }
        ready.complete(false);
    }

    /** @throws IOException it ended before it was ready, or took too long; the message has what it said */
    void awaitReady() throws IOException {
        try {
            if (!ready.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(name + " did not start: " + lastWords());
            }
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException(name + " was not ready within " + START_LIMIT.toSeconds() + " s: " + lastWords(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(name + ": interrupted", e);
        }
    }

    /** As kill -9: it gets no word out. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String lastWords() throws IOException {
        var lines = Files.readAllLines(errors).stream()
                .filter(line -> !line.isBlank())
                .toList();
        return lines.isEmpty() ? "it said nothing" : lines.getLast();
    }
}
