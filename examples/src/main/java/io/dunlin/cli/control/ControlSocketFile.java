package io.dunlin.cli.control;

import io.dunlin.cli.outcome.BadInput;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The socket's file: for its owner alone, from its first moment on.
 *
 * <p>bind(2) makes it with the process's umask, and a mode set afterwards leaves a moment in which anyone may connect. So it is made inside
 * a new directory of mode 0700, gets its mode there, and is then renamed into place, which also replaces a dead node's file in one step.
 */
final class ControlSocketFile implements AutoCloseable {
    /** Of "/.12345678/s", at most: a name like "/a" is shorter. */
    static final int HIDDEN_PLACE_LENGTH = 10;

    private final Path path;
    private final @Nullable Object key;

    private ControlSocketFile(Path path, @Nullable Object key) {
        this.path = path;
        this.key = key;
    }

    interface Binding {
        void bind(Path path) throws IOException;
    }

    /** @throws BadInput a live node listens at {@code path}, or something that is no socket is there */
    static ControlSocketFile bind(Path path, Binding binding) throws IOException {
        checkFree(path);
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null) {
            throw new BadInput("control socket path " + path + " is a directory: name a file in it");
        }
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path nursery;
        try {
            Files.createDirectories(directory, ownerOnly);
            nursery = Files.createDirectory(directory.resolve(hiddenName()), ownerOnly);
        } catch (IOException e) {
            throw new BadInput(
                    "cannot make the control socket " + path + ": " + reason(e)
                            + ": name a place you may write to (\"control\" in the node's file, or XDG_RUNTIME_DIR)",
                    e);
        }
        Path made = nursery.resolve("s");
        try {
            binding.bind(made);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            var file = new ControlSocketFile(path, key(made));
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            return file;
        } finally {
            Files.deleteIfExists(made);
            Files.delete(nursery);
        }
    }

    /** Short, for the kernel's limit counts every byte; eight random digits do not meet by chance. */
    private static String hiddenName() {
        return "." + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    private static void checkFree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new BadInput("control socket path " + path + " is taken by a "
                    + (Files.isDirectory(path) ? "directory" : "file") + ": remove it, or name another path");
        }
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return; // nobody listens: a node that died left it behind
        }
        throw new BadInput("a running node listens on the control socket " + path
                + ": stop it, or give this one another name or \"control\" path");
    }

    private static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException denied -> "permission denied on " + denied.getFile();
            case java.nio.file.FileAlreadyExistsException taken -> taken.getFile() + " is not a directory";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Removes the file, unless another node has put its own there. */
    @Override
    public void close() throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && String.valueOf(key(path)).equals(String.valueOf(key))) {
            Files.deleteIfExists(path);
        }
    }
}
