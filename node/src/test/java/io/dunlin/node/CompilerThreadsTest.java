package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompilerThreadsTest {
    @TempDir
    Path tasks;

    private void thread(int id, String name, char state) throws IOException {
        Path task = Files.createDirectory(tasks.resolve(String.valueOf(id)));
        Files.writeString(task.resolve("stat"), id + " (" + name + ") " + state + " 1 1 1 0 -1\n");
    }

    @ParameterizedTest
    @CsvSource({"R, true", "S, false", "D, false"})
    void oneThatRunsIsBusy(char state, boolean isBusy) throws IOException {
        thread(7, "java", 'R');
        thread(8, "C1 CompilerThre", 'R');
        thread(9, "C2 CompilerThre", 'S');
        thread(10, "C2 CompilerThre", state);
        assertThat(new CompilerThreads(tasks).areBusy()).isEqualTo(isBusy);
    }

    @Test
    void whatCannotBeReadIsNotBusy() throws IOException {
        Files.createDirectory(tasks.resolve("11"));
        assertThat(new CompilerThreads(tasks).areBusy())
                .as("a thread that ended")
                .isFalse();
        assertThat(new CompilerThreads(tasks.resolve("none")).areBusy()).isFalse();
    }
}
