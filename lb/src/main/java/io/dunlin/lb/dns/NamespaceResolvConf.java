package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The resolv.conf of network namespaces, as {@code ip netns exec} shows it to what it starts: {@code /etc/netns/NAME/resolv.conf}. Written
 * where none stands, removed at the end, and never one that others wrote or changed. The first line says whose it is: one that a node left
 * behind when it was killed is its own again. The second says whether the directory was made for it, and is to go with it.
 *
 * <p>Belongs to one thread at a time. Whether a file was changed is looked at right before it is removed, which is not one step with it.
 */
public final class NamespaceResolvConf {
    /** Where ip-netns(8) looks. */
    public static final Path ROOT = Path.of("/etc/netns");

    private static final String FILE = "resolv.conf";
    private static final String IN_OWN_DIRECTORY =
            "# removed with its directory when the endpoint leaves; a file of your own in its place stays\n";
    private static final String IN_DIRECTORY_OF_OTHERS =
            "# removed when the endpoint leaves; a file of your own in its place stays\n";
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");

    /** Larger than any of ours. */
    private static final int MAX_BYTES = 65_536;

    /** How it went. */
    public enum Outcome {
        WRITTEN,
        /** In place of the one that this node left behind. */
        TAKEN_OVER,
        /** One stands there already: of others, or of another endpoint in this namespace. It stays. */
        KEPT
    }

    /** What was written, and whether the directory was made for it, by this or by the one that left the file behind. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Written(byte[] content, boolean isOwnDirectory) {}

    private final Path root;
    private final String marker;
    private final Map<String, Written> written = new HashMap<>();

    /**
     * @param root {@link #ROOT}, but in tests
     * @param node the node's name, by which it knows its own files
     */
    public NamespaceResolvConf(Path root, String node) {
        checkName("node", node);
        this.root = root;
        this.marker = "# dunlin node " + node + "\n";
    }

    private static void checkName(String what, String name) {
        if (!LEGAL.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " name \"" + name
                            + "\": allowed are 1 to 255 letters, digits, dots, underscores and hyphens, a letter or digit first");
        }
    }

    /**
     * Writes a namespace's file, unless there is one.
     *
     * @param nameservers the gateway addresses of the endpoint's network
     * @param search what short names are tried with behind them; mostly the host's, or nothing
     */
    public Outcome write(String namespace, List<IpAddress> nameservers, List<String> search) throws IOException {
        checkName("namespace", namespace);
        if (written.containsKey(namespace)) {
            return Outcome.KEPT;
        }
        Path directory = root.resolve(namespace);
        Path target = directory.resolve(FILE);
        boolean isOwnDirectory = Files.notExists(directory) || beginsWith(target, marker + IN_OWN_DIRECTORY);
        byte[] content = content(isOwnDirectory, nameservers, search).getBytes(StandardCharsets.US_ASCII);
        Files.createDirectories(directory);
        Path complete = Files.createTempFile(root, ".resolv", ".dunlin"); // in the directory it would be shown, too
        try {
            Files.write(complete, content);
            Files.setPosixFilePermissions(complete, PosixFilePermissions.fromString("rw-r--r--"));
            Outcome outcome = put(complete, target);
            if (outcome != Outcome.KEPT) {
                written.put(namespace, new Written(content, isOwnDirectory));
            }
            return outcome;
        } finally {
            Files.deleteIfExists(complete);
        }
    }

    /** A link is made only where nothing is: so nobody's file is lost who writes one at the same time. */
    private Outcome put(Path complete, Path target) throws IOException {
        try {
            Files.createLink(target, complete);
            return Outcome.WRITTEN;
        } catch (FileAlreadyExistsException e) {
            if (!beginsWith(target, marker)) {
                return Outcome.KEPT;
            }
            Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
            return Outcome.TAKEN_OVER;
        }
    }

    private static boolean beginsWith(Path target, String lines) throws IOException {
        byte[] first = lines.getBytes(StandardCharsets.US_ASCII);
        byte[] content = read(target);
        return content.length >= first.length && Arrays.equals(content, 0, first.length, first, 0, first.length);
    }

    /** Empty if it is no ordinary file of ordinary size. */
    private static byte[] read(Path target) throws IOException {
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS) || Files.size(target) > MAX_BYTES) {
            return new byte[0];
        }
        return Files.readAllBytes(target);
    }

    /** Removes a namespace's file, if it is the one that was written. Harmless if none was. */
    public void remove(String namespace) throws IOException {
        Written own = written.remove(namespace);
        if (own == null) {
            return;
        }
        Path directory = root.resolve(namespace);
        Path target = directory.resolve(FILE);
        try {
            if (Arrays.equals(read(target), own.content)) {
                Files.delete(target);
            }
            if (own.isOwnDirectory) {
                Files.delete(directory);
            }
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // others have removed it before, or put something beside it
        }
    }

    private String content(boolean isOwnDirectory, List<IpAddress> nameservers, List<String> search) {
        var text = new StringBuilder(marker);
        text.append(isOwnDirectory ? IN_OWN_DIRECTORY : IN_DIRECTORY_OF_OTHERS);
        nameservers.forEach(
                address -> text.append("nameserver ").append(address).append('\n'));
        if (!search.isEmpty()) {
            text.append("search ").append(String.join(" ", search)).append('\n');
        }
        return text.append("options ndots:0\n").toString(); // a name without dots is whole: a service's
    }
}
