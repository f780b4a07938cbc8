package io.dunlin.cli.demo;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What one demo has on the machine: its processes, its namespaces, its files. {@link #close} removes it all, from whichever thread, once.
 */
final class Lab implements AutoCloseable {
    private static final Path RUNNING = Path.of("/run/dunlin/demos");
    private static final Path FILES = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    private static final String PREFIX = "dlnd-";

    private final Programs programs = new Programs();
    private final HeldDirectory state;
    private final HeldDirectory files;
    private final Namespaces namespaces;
    private volatile boolean closed;
    private volatile boolean stopped;

    private Lab(HeldDirectory state, HeldDirectory files) {
        this.state = state;
        this.files = files;
        this.namespaces = new Namespaces(programs, state.name());
    }

    static Lab open() throws IOException {
        String name = PREFIX + ProcessHandle.current().pid();
        var state = HeldDirectory.create(RUNNING, name);
        try {
            return new Lab(state, HeldDirectory.create(FILES, name));
        } catch (IOException e) {
            state.close();
            throw e;
        }
    }

    /**
     * Removes what demos that were killed left behind; what running ones use stays.
     *
     * @return how many there were
     */
    static int removeAbandoned() throws IOException {
        int count = 0;
        try (var programs = new Programs()) {
            for (Path path : HeldDirectory.abandoned(RUNNING, PREFIX)) {
                new Namespaces(programs, path.getFileName().toString()).removeAll();
                HeldDirectory.delete(path);
                count++;
            }
        }
        for (Path path : HeldDirectory.abandoned(FILES, PREFIX)) {
            HeldDirectory.delete(path);
        }
        return count;
    }

    Programs programs() {
        return programs;
    }

    Namespaces namespaces() {
        return namespaces;
    }

    /** For configurations and control sockets; small. */
    Path state() {
        return state.path();
    }

    /** For what is sent around; large. */
    Path files() {
        return files.path();
    }

    /** As {@link #close}, because a signal came: what fails from now on fails for that reason. */
    void stop() throws IOException {
        stopped = true;
        close();
    }

    boolean isClosed() {
        return closed;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Processes first, for a namespace lives as long as one is in it. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        programs.close();
        try (state;
                files;
                var tools = new Programs()) {
            new Namespaces(tools, state.name()).removeAll();
        }
    }
}
