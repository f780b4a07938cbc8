package io.dunlin.cli.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.wire.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
    private static final String KEY_16 = Base64.getEncoder().encodeToString(new byte[16]);
    private static final String KEY_32 = Base64.getEncoder().encodeToString(new byte[32]);

    @TempDir
    private Path directory;

    private Path file(String text, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve("keys"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void theFirstKeyIsThePrimary() throws IOException {
        KeyRing ring = KeyFile.read(file("# ours\n\n" + KEY_32 + "\n  " + KEY_16 + "  \n", "rw-------"));

        assertThat(ring.keys()).hasSize(2);
        assertThat(ring.primary().getEncoded()).isEqualTo(new byte[32]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx--x---", "rwx------", "rw-rw-rw-"})
    void aFileThatOthersHaveRightsToIsRefused(String permissions) throws IOException {
        Path file = file(KEY_32, permissions);

        assertThatThrownBy(() -> KeyFile.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(permissions)
                .hasMessageContaining("chmod 600 " + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"r--------", "rw-------"})
    void aFileOfItsOwnerAloneIsRead(String permissions) throws IOException {
        assertThat(KeyFile.read(file(KEY_32, permissions)).keys()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|has no key",
                "# nothing|has no key",
                "c2VjcmV0IQ==|line 1: base64 of 7 bytes: a key has 16, 24 or 32",
                "secret secret secret|line 1: not base64",
            })
    void whatIsNoKeyIsToldWithoutBeingShown(String text, String why) throws IOException {
        Path file = file(text, "rw-------");

        assertThatThrownBy(() -> KeyFile.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(why)
                .hasNoCause()
                .message()
                .doesNotContain("secret", "c2VjcmV0");
    }

    @Test
    void aFileThatIsNotThereOrTooLongIsTold() throws IOException {
        assertThatThrownBy(() -> KeyFile.read(directory.resolve("none"))).hasMessageContaining("does not exist");
        Path file = file(("#" + "x".repeat(80) + "\n").repeat(80), "rw-------");
        assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("allowed are 4096");
    }
}
