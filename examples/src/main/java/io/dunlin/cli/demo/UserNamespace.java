package io.dunlin.cli.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Lets an ordinary user run the demo: once more, as the root of a user namespace of its own, with its own network, mounts and processes. All
 * of it vanishes with the last of its processes.
 */
final class UserNamespace {
    /** Tells the demo inside that it is, and the process id of the one outside. */
    private static final String OUTSIDE = "DUNLIN_DEMO_OUTSIDE";

    private static final long GRACE_SECONDS = 20;

    private UserNamespace() {}

    /** The process id of the demo that started this one inside. */
    static Optional<String> outside() {
        return Optional.ofNullable(System.getenv(OUTSIDE));
    }

    /** Runs it, and returns its exit code. */
    static int run(List<String> demoArguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc"));
        // ip netns keeps its names in /run, and namespaces' resolv.conf in /etc, which belong to somebody else out here
        command.addAll(List.of(
                "sh",
                "-c",
                "mount -t tmpfs tmpfs /run && mkdir /run/etc && { cp -dR /etc/. /run/etc 2>/dev/null; mount --bind /run/etc /etc; }"
                        + " && exec \"$@\"",
                "sh"));
        command.addAll(Jvm.overlayNode("demo"));
        command.addAll(demoArguments);
        var builder = new ProcessBuilder(command).inheritIO();
        Map<String, String> environment = builder.environment();
        environment.put(OUTSIDE, Long.toString(ProcessHandle.current().pid()));
        environment.remove("XDG_RUNTIME_DIR"); // it is behind the new /run
        var inside = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(inside)));
        return inside.waitFor();
    }

    /** unshare itself blocks signals while it waits; so they go to those below it, and it is killed, with all of them, if they stay. */
    private static void stop(Process inside) {
        inside.descendants().forEach(ProcessHandle::destroy);
        try {
            if (!inside.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                inside.destroyForcibly();
            }
        } catch (InterruptedException e) {
            inside.destroyForcibly();
        }
    }
}
