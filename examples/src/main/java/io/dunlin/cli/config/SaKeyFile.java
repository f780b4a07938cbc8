package io.dunlin.cli.config;

import io.dunlin.cli.gossip.KeyFile;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.ipsec.SaKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file with the key of one security association: hexadecimal digits of the key, and of the salt behind it (RFC 4106 section 8.1), as
 * {@code ip xfrm} takes them. Nobody but its owner may read or write it. What is in it is never printed, nor kept on the heap.
 */
final class SaKeyFile {
    private static final int AES_128 = 16 + SaKey.SALT_LENGTH;
    private static final int AES_256 = 32 + SaKey.SALT_LENGTH;
    private static final int MOST_BYTES = 256;

    private static final String HOW =
            ": (umask 077; head -c 20 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > FILE) makes one";

    private SaKeyFile() {}

    /**
     * The key in it.
     *
     * @throws BadInput if it cannot be read, others may read it, or it is not as it should be
     */
    static SaKey read(Path file) {
        var text = new byte[0];
        try {
            KeyFile.checkPermissions(file);
            try (var in = Files.newInputStream(file)) {
                text = in.readNBytes(MOST_BYTES + 1);
            }
            return key(file, text);
        } catch (NoSuchFileException e) {
            throw new BadInput("key file " + file + " does not exist" + HOW, e);
        } catch (IOException e) {
            throw new BadInput("key file " + file + " cannot be read: " + e.getMessage(), e);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    private static SaKey key(Path file, byte[] text) {
        if (text.length > MOST_BYTES) {
            throw new BadInput("key file " + file + " has more than " + MOST_BYTES + " bytes: a key with its salt has "
                    + 2 * AES_128 + " or " + 2 * AES_256 + " digits");
        }
        int from = isPrefixed(text) ? 2 : 0;
        var key = new byte[text.length / 2 + 1];
        int digits = 0;
        for (int i = from; i < text.length; i++) {
            if (Character.isWhitespace(text[i])) {
                continue;
            }
            int digit = Character.digit(text[i], 16);
            if (digit < 0) {
                Arrays.fill(key, (byte) 0);
                throw new BadInput("key file " + file + ": byte " + (i + 1)
                        + " is no hexadecimal digit: it holds the digits of key and salt, and nothing else");
            }
            key[digits / 2] |= (byte) (digits % 2 == 0 ? digit << 4 : digit);
            digits++;
        }
        if (digits != 2 * AES_128 && digits != 2 * AES_256) {
            Arrays.fill(key, (byte) 0);
            throw new BadInput("key file " + file + " has " + digits + " hexadecimal digits: allowed are " + 2 * AES_128
                    + " (AES-128: 16 bytes of key, 4 of salt) and " + 2 * AES_256 + " (AES-256: 32 and 4)" + HOW);
        }
        byte[] exact = Arrays.copyOf(key, digits / 2);
        Arrays.fill(key, (byte) 0);
        return new SaKey(exact);
    }

    private static boolean isPrefixed(byte[] text) {
        return text.length > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    }
}
