package io.dunlin.cli.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory of our own whose lock is held as long as this process lives. So the next demo can tell what a dead one left from what a
 * running one uses, which a process id, soon given to another, cannot.
 */
final class HeldDirectory implements AutoCloseable {
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lock;

    private HeldDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes a new directory {@code name} in {@code parent}, or {@code name.2} and so on where that is taken. */
    static HeldDirectory create(Path parent, String name) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(parent);
        for (int i = 1; ; i++) {
            Path path = parent.resolve(i == 1 ? name : name + "." + i);
            try {
                Files.createDirectory(path, ownerOnly);
            } catch (FileAlreadyExistsException e) {
                if (i < 100) {
                    continue;
                }
                throw e;
            }
            var lock = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lock.lock();
            return new HeldDirectory(path, lock);
        }
    }

    Path path() {
        return path;
    }

    String name() {
        return path.getFileName().toString();
    }

    /** The directories in {@code parent} that begin with {@code prefix}, belong to us, and that nobody holds any more. */
    static List<Path> abandoned(Path parent, String prefix) throws IOException {
        var found = new ArrayList<Path>();
        if (!Files.isDirectory(parent)) {
            return found;
        }
        try (var paths = Files.newDirectoryStream(parent, prefix + "*")) {
            for (Path path : paths) {
                if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && isAbandoned(path.resolve(LOCK))) {
                    found.add(path);
                }
            }
        }
        return found;
    }

    private static boolean isAbandoned(Path file) {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false; // somebody else's, or being made or removed just now
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> all;
        try (var paths = Files.walk(directory)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** Removes the directory, then lets go of it. */
    @Override
    public void close() throws IOException {
        try (lock) {
            delete(path);
        }
    }
}
