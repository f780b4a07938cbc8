package io.dunlin.cli.demo;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Command lines that start this JDK again, with the flags that this process itself was started with. */
final class Jvm {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private Jvm() {}

    /** {@code overlay-node} with these arguments. */
    static List<String> overlayNode(String... arguments) {
        return command(
                isJar() ? List.of("-jar", ownCode()) : List.of("-cp", classPath(), "io.dunlin.cli.Main"), arguments);
    }

    /** A class of this package that is a program by itself. */
    static List<String> program(Class<?> program, String... arguments) {
        return command(List.of("-cp", classPath(), program.getName()), arguments);
    }

    /** A module of the JDK that is a program by itself. */
    static List<String> module(String module, String... arguments) {
        return command(List.of("-m", module), arguments);
    }

    private static List<String> command(List<String> what, String... arguments) {
        var command = new ArrayList<String>();
        command.add(JAVA);
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-X") || flag.startsWith("--enable-native-access"))
                .forEach(command::add);
        command.addAll(what);
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isJar() {
        return ownCode().endsWith(".jar");
    }

    private static String classPath() {
        return isJar() ? ownCode() : System.getProperty("java.class.path", "") + File.pathSeparator + ownCode();
    }

    private static String ownCode() {
        try {
            var source =
                    Objects.requireNonNull(Jvm.class.getProtectionDomain().getCodeSource(), "our own code's place");
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("our own code's place", e);
        }
    }
}
