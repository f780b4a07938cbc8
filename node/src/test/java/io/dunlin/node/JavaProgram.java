package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program of these tests in a process of its own, to be killed: this JVM's, with what this one finds. */
final class JavaProgram {
    private JavaProgram() {}

    /** The command line; with the quick compiler alone, as such programs live for seconds and there are many. */
    static String[] command(Class<?> program, String... arguments) {
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName());
        return Stream.concat(java.stream(), Stream.of(arguments)).toArray(String[]::new);
    }

    static Process start(NamespaceLab lab, String host, Class<?> program, String... arguments) {
        return lab.start(host, command(program, arguments));
    }

    /**
     * Reads what it prints, until a line begins so.
     *
     * @return that line's rest
     * @throws AssertionError if it ends before
     */
    static String await(BufferedReader output, String prefix) {
        var before = new StringBuilder();
        try {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(prefix)) {
                    return line.substring(prefix.length());
                }
                before.append(line).append('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("ended before it said \"" + prefix + "\":\n" + before);
    }
}
