package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
    @TempDir
    Path directory;

    @Test
    void readsWhatItWroteLastAndNobodyElseCan() throws IOException {
        Path path = directory.resolve("pools");
        var file = new LedgerFile(path);
        assertThat(file.read()).isEmpty();
        Files.writeString(directory.resolve("pools.new"), "what a write that was cut off left");
        for (int length = 0; length < 100_000; length = 3 * length + 1) {
            file.write(new byte[length]);
            assertThat(file.read().orElseThrow()).hasSize(length);
        }
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void refusesWhatOthersMayHaveChangedOrIsNoFile() throws IOException {
        Path path = directory.resolve("pools");
        new LedgerFile(path).write(new byte[1]);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
        assertThatThrownBy(() -> new LedgerFile(path).read())
                .hasMessage(
                        "mode rw-rw----, where rw------- is needed: others may have changed it (chmod 600, if they have not)");
        Path link = Files.createSymbolicLink(directory.resolve("link"), path);
        assertThatThrownBy(() -> new LedgerFile(link).read()).hasMessage("no plain file");
        Path large = directory.resolve("large");
        assertThatThrownBy(() -> new LedgerFile(large).write(new byte[LedgerFile.MAX_LENGTH + 1]))
                .hasMessageContaining("more than the 67108864 that " + large + " may have");
        assertThat(large).doesNotExist();
        Path lost = directory.resolve("missing").resolve("pools");
        assertThatThrownBy(() -> new LedgerFile(lost).read())
                .hasMessage("directory " + directory.resolve("missing") + " is not there: make it");
    }
}
