package io.dunlin.node;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** A file of mode 0600: whenever a write is cut off, what is read afterwards is the content of before or the new one. */
final class LedgerFile implements LedgerStore {
    /** Of half a million endpoints. What is read takes up to thirteen times as much memory ({@code LedgerMemoryTest}), 800 MiB. */
    static final int MAX_LENGTH = 1 << 26;

    private static final Set<PosixFilePermission> PRIVATE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final Path file;
    private final Path temporary;

    /** @param file in a directory that is there, and that only the node's user can write to */
    LedgerFile(Path file) {
        this.file = file.toAbsolutePath();
        this.temporary = this.file.resolveSibling(this.file.getFileName() + ".new");
    }

    @Override
    public Optional<byte[]> read() throws IOException {
        PosixFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, PosixFileAttributes.class, NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            if (Files.notExists(file.resolveSibling("."))) {
                throw new IOException("directory " + file.getParent() + " is not there: make it", e);
            }
            return Optional.empty();
        }
        if (!attributes.isRegularFile()) {
            throw new IOException("no plain file");
        }
        if (!PRIVATE.containsAll(attributes.permissions())) {
            throw new IOException("mode " + PosixFilePermissions.toString(attributes.permissions())
                    + ", where rw------- is needed: others may have changed it (chmod 600, if they have not)");
        }
        try (var in = Files.newInputStream(file, READ, NOFOLLOW_LINKS)) {
            byte[] content = in.readNBytes(MAX_LENGTH + 1);
            if (content.length > MAX_LENGTH) {
                throw new IOException("longer than the " + MAX_LENGTH + " bytes that it may have");
            }
            return Optional.of(content);
        }
    }

    @Override
    public void write(byte[] content) throws IOException {
        if (content.length > MAX_LENGTH) {
            throw new IOException(content.length + " bytes are granted, more than the " + MAX_LENGTH + " that " + file
                    + " may have: give networks other owners");
        }
        Files.deleteIfExists(temporary); // what a write that was cut off left
        try (var channel =
                FileChannel.open(temporary, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(PRIVATE))) {
            var rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.move(temporary, file, ATOMIC_MOVE);
        try (var directory = FileChannel.open(file.resolveSibling("."), READ)) {
            directory.force(true);
        }
    }
}
