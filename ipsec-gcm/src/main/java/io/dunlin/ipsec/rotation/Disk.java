package io.dunlin.ipsec.rotation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What a key ring's file asks of a file system: one call each, so that a test can let the power fail between any two. */
interface Disk {
    /** Writes a new file that only its owner may read; one that is there goes. */
    void create(Path file, byte[] content) throws IOException;

    /** The file's content outlives a failure of power from now on. */
    void sync(Path file) throws IOException;

    /** At once, for all who look: the old content of {@code to}, or that of {@code from}. */
    void rename(Path from, Path to) throws IOException;

    /** Names in the directory outlive a failure of power from now on. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * A file's content, empty if there is none.
     *
     * @param most bytes that it may have
     * @throws KeyRingException if it has more, is no plain file, or others than its owner may use it
     */
    Optional<byte[]> read(Path file, int most) throws IOException;
}
