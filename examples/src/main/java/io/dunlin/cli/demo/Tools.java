package io.dunlin.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Which programs this machine has. */
final class Tools {
    private Tools() {}

    static boolean has(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        return Arrays.stream(path.split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory.isEmpty() ? "." : directory, program)));
    }
}
