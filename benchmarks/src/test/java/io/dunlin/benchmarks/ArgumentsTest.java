package io.dunlin.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArgumentsTest {
    @Test
    void measuresEverythingShortlyIfNothingIsAsked() {
        assertThat(Arguments.of()).satisfies(arguments -> {
            assertThat(arguments.form()).isEqualTo(Arguments.Form.SHORT);
            assertThat(arguments.json()).isNull();
            assertThat(arguments.benchmarks()).isEmpty();
        });
    }

    @Test
    void takesOptionsInAnyOrderAndTheLastOfTwo(@TempDir Path directory) {
        Path file = directory.resolve("b.json");
        Arguments arguments = Arguments.of(
                "Path",
                "--json",
                directory.resolve("a.json").toString(),
                "--jvm",
                "-Xint",
                "--long",
                "Header",
                "--json",
                file.toString());
        assertThat(arguments.form()).isEqualTo(Arguments.Form.LONG);
        assertThat(arguments.json()).isEqualTo(file);
        assertThat(arguments.jvm()).containsExactly("-Xint");
        assertThat(arguments.benchmarks()).containsExactly("Path", "Header");
    }

    @Test
    void saysInOneLineWhatIsWrong(@TempDir Path directory) {
        refuses("--fast").hasMessage("there is no option --fast (--help shows which there are)");
        refuses("--json").hasMessage("--json wants a value after it");
        refuses("--json", directory.toString()).hasMessage("--json " + directory + ": no file can be written there");
        refuses("[").hasMessage("not a regular expression: [ (Unclosed character class)");
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ?> refuses(String... args) {
        return assertThatThrownBy(() -> Arguments.of(args)).isInstanceOf(IllegalArgumentException.class);
    }
}
