package io.dunlin.cli.control;

import io.dunlin.cli.outcome.BadInput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Where a node's control socket is. */
public final class ControlPath {
    /** sockaddr_un's sun_path less its final zero (unix(7)), and less what the socket's first, hidden place takes more than its last. */
    private static final int LONGEST = 107 - ControlSocketFile.HIDDEN_PLACE_LENGTH;

    private ControlPath() {}

    /** The socket of the node {@code name} unless its file says otherwise: {@code ${XDG_RUNTIME_DIR:-/run}/dunlin/NAME.sock}. */
    public static Path of(String name, Map<String, String> environment) {
        return directory(environment).resolve(name + ".sock");
    }

    /** Where the control sockets are that no file moved elsewhere. */
    public static Path directory(Map<String, String> environment) {
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return Path.of(runtime.isBlank() ? "/run" : runtime, "dunlin");
    }

    /**
     * The path made absolute.
     *
     * @throws BadInput it is longer than the kernel takes
     */
    public static Path checked(Path path) {
        int bytes = path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST) {
            throw new BadInput("control socket path " + path + " has " + bytes + " bytes: allowed are " + LONGEST
                    + ": name a shorter one (\"control\" in the node's file)");
        }
        return path.toAbsolutePath();
    }
}
