package io.dunlin.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The JVM's optimizing compiler, as Linux sees it: the JVM itself tells only what it has compiled, and not what waits. */
final class CompilerThreads {
    /** As proc(5) cuts it, to 15 bytes. */
    private static final String OPTIMIZING = "C2 CompilerThre";

    private final Path tasks;

    /** @param tasks the process's threads: {@code /proc/self/task} */
    CompilerThreads(Path tasks) {
        this.tasks = tasks;
    }

    /** Whether one of them runs, or would if there were a processor for it. False as well where that cannot be told. */
    boolean areBusy() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
            for (Path task : all) {
                if (isBusy(task)) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }

    private static boolean isBusy(Path task) {
        try {
            String stat = Files.readString(task.resolve("stat")); // "123 (name) R …"
            int name = stat.indexOf('(') + 1;
            return stat.startsWith(OPTIMIZING + ") R", name);
        } catch (IOException e) {
            return false; // the thread has ended
        }
    }
}
