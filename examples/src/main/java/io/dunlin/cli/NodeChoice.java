package io.dunlin.cli;

import io.dunlin.cli.control.ControlPath;
import io.dunlin.cli.outcome.BadInput;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which running node a command speaks to: by name, by its socket, or the only one there is. */
final class NodeChoice {
    @Option(
            names = "--node",
            paramLabel = "NAME",
            description = "The node's name. Not needed where a single node runs.")
    private @Nullable String node;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "Its control socket, where that is not $${XDG_RUNTIME_DIR:-/run}/dunlin/NAME.sock.")
    private @Nullable Path control;

    Path socket() throws IOException {
        if (control != null) {
            if (node != null) {
                throw new BadInput("both --node " + node + " and --control " + control + " are given: keep one");
            }
            return control;
        }
        return node != null ? ControlPath.of(node, System.getenv()) : only(ControlPath.directory(System.getenv()));
    }

    private static Path only(Path directory) throws IOException {
        var found = new ArrayList<Path>();
        try (var sockets = Files.newDirectoryStream(directory, "*.sock")) {
            sockets.forEach(found::add);
        } catch (NoSuchFileException e) {
            // no node has run here yet
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return switch (found.size()) {
            case 1 -> found.getFirst();
            case 0 ->
                throw new BadInput("no node runs here: there is no control socket in " + directory
                        + " (start one with overlay-node run, or name it with --control)");
            default ->
                throw new BadInput("several nodes run here, choose one with --node: "
                        + String.join(
                                ", ",
                                found.stream()
                                        .map(path ->
                                                path.getFileName().toString().replaceFirst("\\.sock$", ""))
                                        .sorted()
                                        .toList()));
        };
    }
}
