package io.dunlin.ipsec.rotation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where a node keeps its key ring: a file of mode 0600. Whenever it is cut off while it writes, what it reads afterwards is the old ring or the
 * new one. What keys a file system, a disk or a backup keeps of files that were replaced is beyond it.
 */
public final class KeyRingFile {
    private final Path file;
    private final Path temporary;
    private final Path directory;
    private final Disk disk;

    /** @param file in a directory that is there, and that only the node's user can write to */
    public KeyRingFile(Path file) {
        this(file, new RealDisk());
    }

    KeyRingFile(Path file, Disk disk) {
        this.file = file.toAbsolutePath();
        this.directory = this.file.resolveSibling("."); // of a file in the root, too
        this.temporary = this.file.resolveSibling(this.file.getFileName() + ".new");
        this.disk = disk;
    }

    /**
     * The ring that was written last, empty if none ever was.
     *
     * @throws KeyRingException if the file is not to be used, and why; nothing of it is
     */
    public Optional<KeyRing> read() throws IOException {
        try {
            Optional<byte[]> content = disk.read(file, KeyRingFormat.MAX_LENGTH);
            if (content.isEmpty()) {
                return Optional.empty();
            }
            byte[] bytes = content.get();
            try {
                return Optional.of(KeyRingFormat.decode(bytes));
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        } catch (KeyRingException e) {
            throw new KeyRingException("key ring " + file + ": " + e.getMessage());
        }
    }

    /** Puts a ring in the place of the one that is there. When it returns, no failure of power brings that back. */
    public void write(KeyRing ring) throws IOException {
        byte[] content = KeyRingFormat.encode(ring);
        try {
            disk.create(temporary, content);
            disk.sync(temporary);
            disk.rename(temporary, file);
            disk.syncDirectory(directory);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }
}
