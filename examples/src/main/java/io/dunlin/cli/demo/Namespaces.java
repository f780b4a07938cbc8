package io.dunlin.cli.demo;

import io.dunlin.lb.dns.NamespaceResolvConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Network namespaces with a common beginning of their names, and iproute2's commands in them. */
final class Namespaces {
    private static final Path DIRECTORY = Path.of("/run/netns");
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Programs programs;
    private final String prefix;

    /** @param prefix like "dlnd-4711": names become "dlnd-4711-host1" */
    Namespaces(Programs programs, String prefix) {
        this.programs = programs;
        this.prefix = prefix;
    }

    /** The name that {@code ip netns} knows it by. */
    String named(String name) {
        return prefix + "-" + name;
    }

    Path path(String name) {
        return DIRECTORY.resolve(named(name));
    }

    void add(String name) throws IOException {
        programs.must(LIMIT, List.of("ip", "netns", "add", named(name)));
        ip(name, "link set lo up");
    }

    /** {@code ip -n NAMESPACE …}; no argument may have blanks. */
    String ip(String name, String arguments) throws IOException {
        return tool("ip", name, arguments);
    }

    String bridge(String name, String arguments) throws IOException {
        return tool("bridge", name, arguments);
    }

    private String tool(String tool, String name, String arguments) throws IOException {
        var command = new ArrayList<>(List.of(tool, "-n", named(name)));
        command.addAll(List.of(arguments.split(" ")));
        return programs.must(LIMIT, command).output();
    }

    /** The command line that runs {@code command} inside. */
    List<String> inside(String name, List<String> command) {
        var all = new ArrayList<>(List.of("ip", "netns", "exec", named(name)));
        all.addAll(command);
        return all;
    }

    /**
     * Removes every namespace of this prefix; processes that a demo which died left in them are ended first. A node that was killed has left
     * the resolv.conf of its workload's.
     */
    void removeAll() throws IOException {
        for (String name : all(prefix + "-")) {
            var pids = programs.run(LIMIT, List.of("ip", "netns", "pids", name));
            pids.output()
                    .lines()
                    .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                    .forEach(process -> process.ifPresent(ProcessHandle::destroyForcibly));
            programs.run(LIMIT, List.of("ip", "netns", "delete", name));
            Path resolver = NamespaceResolvConf.ROOT.resolve(name);
            if (Files.isDirectory(resolver)) {
                HeldDirectory.delete(resolver);
            }
        }
    }

    /** The names of all namespaces that begin so. */
    static List<String> all(String beginning) throws IOException {
        var names = new ArrayList<String>();
        if (Files.isDirectory(DIRECTORY)) {
            try (var found = Files.newDirectoryStream(DIRECTORY, beginning + "*")) {
                found.forEach(path -> names.add(path.getFileName().toString()));
            }
        }
        return names;
    }
}
