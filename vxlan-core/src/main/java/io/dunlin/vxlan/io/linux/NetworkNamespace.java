package io.dunlin.vxlan.io.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace, by the file that stands for it; nothing is held open. Immutable, any thread.
 *
 * <p>setns(2) moves a thread, not the process. So {@link #call} starts a platform thread of its own, moves that, and lets it end: no
 * other code ever finds itself in a foreign namespace. Descriptors opened inside keep belonging to the namespace, whichever thread uses
 * them later.
 */
public final class NetworkNamespace {
    /** Where ip-netns(8) keeps namespaces that have a name. */
    static final String NAMED = "/run/netns/";

    private static final NetworkNamespace CURRENT = new NetworkNamespace(null);

    private final @Nullable String path;

    private NetworkNamespace(@Nullable String path) {
        this.path = path;
    }

    /** The one the calling thread is in; {@link #call} then just runs the code. */
    public static NetworkNamespace current() {
        return CURRENT;
    }

    /** By the file that stands for it: {@code /run/netns/web}, {@code /proc/4711/ns/net}, a bind mount of such. */
    public static NetworkNamespace of(Path path) {
        return new NetworkNamespace(path.toString());
    }

    /**
     * By the name it has in {@code ip netns}.
     *
     * @throws IllegalArgumentException the name is empty or a path
     */
    public static NetworkNamespace named(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
            throw new IllegalArgumentException("not the name of a network namespace: \"" + name + "\"");
        }
        return new NetworkNamespace(NAMED + name);
    }

    /**
     * The one that a process is in.
     *
     * @param pid its process id, as this process sees it; 1 or more
     */
    public static NetworkNamespace ofProcess(long pid) {
        if (pid < 1) {
            throw new IllegalArgumentException("not a process id: " + pid);
        }
        return new NetworkNamespace("/proc/" + pid + "/ns/net");
    }

    /**
     * Runs {@code code} inside the namespace, on a thread of its own that has ended when this returns. Threads that the code starts are
     * in the namespace too, and stay there. An interrupt of the caller is passed on to that thread.
     *
     * @throws LinuxException the namespace does not exist, is none, or may not be entered; the code did not run
     * @throws IOException what the code threw, or the cause is what it threw if that was another checked exception
     */
    public <T> T call(Callable<T> code) throws IOException {
        if (path == null) {
            return run(code);
        }
        var task = new FutureTask<T>(() -> {
            enter(path);
            return run(code);
        });
        var thread = Thread.ofPlatform().name("namespace " + path).daemon().start(task);
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (task.state() == FutureTask.State.SUCCESS) {
            return task.resultNow();
        }
        throw asIOException(task.exceptionNow());
    }

    /** A descriptor of it, which the caller closes. Not for the {@link #current} one, which has no file. */
    int open() throws LinuxException {
        if (path == null) {
            throw new IllegalStateException("the current namespace has no path");
        }
        return open(path);
    }

    private static int open(String path) throws LinuxException {
        return LinuxException.check(
                FileCalls.open(new CallState(), path, FileCalls.O_RDONLY | FileCalls.O_CLOEXEC), "open", path);
    }

    private static void enter(String path) throws LinuxException {
        int descriptor = open(path);
        try {
            LinuxException.check(NamespaceCalls.enterNetwork(new CallState(), descriptor), "setns", path);
        } finally {
            FileCalls.close(descriptor);
        }
    }

    private <T> T run(Callable<T> code) throws IOException {
        try {
            return code.call();
        } catch (Exception e) {
            throw asIOException(e);
        }
    }

    /** What {@code call} throws for it; unchecked ones are thrown here. */
    private IOException asIOException(Throwable thrown) {
        return switch (thrown) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> new IOException("in network namespace " + this + ": " + thrown.getMessage(), thrown);
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NetworkNamespace that && Objects.equals(path, that.path);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(path);
    }

    /** Its path, or {@code "current"}. */
    @Override
    public String toString() {
        return path == null ? "current" : path;
    }
}
