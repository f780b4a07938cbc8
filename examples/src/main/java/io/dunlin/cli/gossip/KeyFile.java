package io.dunlin.cli.gossip;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.wire.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A file of keys: base64 of 16, 24 or 32 bytes, one a line, the primary first; empty lines and those that begin with {@code #} are passed
 * over. Nobody but its owner may have any right to it. What is in it is never printed.
 */
public final class KeyFile {
    private static final int MOST_BYTES = 4096;

    private static final Set<PosixFilePermission> OWNERS =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private KeyFile() {}

    /**
     * The keys in it.
     *
     * @throws BadInput if it cannot be read, others may read it, or it is not as it should be
     */
    public static KeyRing read(Path file) {
        List<String> lines;
        try {
            checkPermissions(file);
            if (Files.size(file) > MOST_BYTES) {
                throw new BadInput("key file " + file + " has " + Files.size(file) + " bytes: allowed are " + MOST_BYTES
                        + ", and a key takes 44");
            }
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new BadInput("key file " + file + " does not exist: head -c 32 /dev/urandom | base64 makes a key", e);
        } catch (IOException e) {
            throw new BadInput("key file " + file + " cannot be read: " + e.getMessage(), e);
        }
        var keys = new ArrayList<byte[]>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                keys.add(key("key file " + file + ", line " + (i + 1), line));
            }
        }
        if (keys.isEmpty()) {
            throw new BadInput(
                    "key file " + file + " has no key: write base64 of 16, 24 or 32 bytes into it, one key a line");
        }
        try {
            return KeyRing.of(keys.getFirst(), keys.subList(1, keys.size()).toArray(byte[][]::new));
        } catch (IllegalArgumentException e) {
            throw new BadInput("key file " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * A key as people write it.
     *
     * @param what where it stands; in the message, as the key itself is not
     */
    static byte[] key(String what, String base64) {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new BadInput(
                    what + ": not base64: a key is base64 of 16, 24 or 32 bytes"); // the cause would show some of it
        }
        if (!KeyRing.isKeyLength(key.length)) {
            throw new BadInput(what + ": base64 of " + key.length + " bytes: a key has 16, 24 or 32");
        }
        return key;
    }

    /**
     * Whether a file with a key in it is its owner's alone.
     *
     * @throws BadInput if others may read or write it
     */
    public static void checkPermissions(Path file) throws IOException {
        Set<PosixFilePermission> permissions;
        try {
            permissions = Files.getPosixFilePermissions(file);
        } catch (UnsupportedOperationException e) {
            return; // a system without such rights
        }
        if (!OWNERS.containsAll(permissions)) {
            throw new BadInput("key file " + file + " has rights " + PosixFilePermissions.toString(permissions)
                    + ": allowed are rw------- at most: chmod 600 " + file);
        }
    }
}
