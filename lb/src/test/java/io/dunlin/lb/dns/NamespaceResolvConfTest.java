package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.lb.dns.NamespaceResolvConf.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceResolvConfTest {
    @TempDir
    private Path temporary;

    private Path root;
    private NamespaceResolvConf files;

    @BeforeEach
    void begin() {
        root = temporary.resolve("netns");
        files = new NamespaceResolvConf(root, "node-01");
    }

    @Test
    void writesWhereNoneStandsAndLeavesNothingBehind() throws IOException {
        assertThat(write(files, "web1")).isEqualTo(Outcome.WRITTEN);
        assertThat(Files.readString(file("web1"))).isEqualTo("""
                        # dunlin node node-01
                        # removed with its directory when the endpoint leaves; a file of your own in its place stays
                        nameserver 10.0.0.1
                        nameserver fd00::1
                        search example.com
                        options ndots:0
                        """);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("web1"))))
                .isEqualTo("rw-r--r--");
        assertThat(names(root)).containsExactly("web1");
        assertThat(names(root.resolve("web1"))).containsExactly("resolv.conf");
        files.remove("web1");
        assertThat(names(root)).isEmpty();
        files.remove("web1");
    }

    @Test
    void fileOfOthersStays() throws IOException {
        put("web1", "nameserver 9.9.9.9\n");
        assertThat(write(files, "web1")).isEqualTo(Outcome.KEPT);
        files.remove("web1");
        assertThat(Files.readString(file("web1"))).isEqualTo("nameserver 9.9.9.9\n");
    }

    @Test
    void fileOfAnotherNodeStays() throws IOException {
        var other = new NamespaceResolvConf(root, "node-011");
        assertThat(write(other, "web1")).isEqualTo(Outcome.WRITTEN);
        assertThat(write(files, "web1")).isEqualTo(Outcome.KEPT);
        files.remove("web1");
        assertThat(file("web1")).exists();
    }

    @Test
    void linkAndDirectoryOfOthersStay() throws IOException {
        Path elsewhere = temporary.resolve("elsewhere");
        Files.writeString(elsewhere, "# dunlin node node-01\n");
        Files.createDirectories(root.resolve("web1"));
        Files.createSymbolicLink(file("web1"), elsewhere);
        assertThat(write(files, "web1")).isEqualTo(Outcome.KEPT);
        assertThat(file("web1")).isSymbolicLink();
        Files.createDirectories(file("web2"));
        assertThat(write(files, "web2")).isEqualTo(Outcome.KEPT);
        assertThat(names(root)).containsExactlyInAnyOrder("web1", "web2");
    }

    @Test
    void whatItLeftBehindWhenItWasKilledIsItsOwnAgain() throws IOException {
        write(files, "web1"); // and no remove
        var restarted = new NamespaceResolvConf(root, "node-01");
        assertThat(write(restarted, "web1")).isEqualTo(Outcome.TAKEN_OVER);
        restarted.remove("web1");
        assertThat(file("web1").getParent()).doesNotExist();
    }

    /** As often as it is killed: what it takes over says the same of the directory. */
    @Test
    void whatItTakesOverDoesNotMakeADirectoryOfOthersItsOwn() throws IOException {
        Files.createDirectories(root.resolve("web1"));
        write(files, "web1");
        write(files, "web2");
        NamespaceResolvConf restarted = files;
        for (int kill = 1; kill <= 2; kill++) {
            restarted = new NamespaceResolvConf(root, "node-01");
            assertThat(write(restarted, "web1")).isEqualTo(Outcome.TAKEN_OVER);
            assertThat(write(restarted, "web2")).isEqualTo(Outcome.TAKEN_OVER);
        }
        restarted.remove("web1");
        restarted.remove("web2");
        assertThat(names(root)).containsExactly("web1");
        assertThat(root.resolve("web1")).isEmptyDirectory();
    }

    @Test
    void secondEndpointInANamespaceLeavesTheFirstOnesFile() throws IOException {
        assertThat(write(files, "web1")).isEqualTo(Outcome.WRITTEN);
        assertThat(write(files, "web1")).isEqualTo(Outcome.KEPT);
    }

    @Test
    void fileThatWasChangedMeanwhileStays() throws IOException {
        write(files, "web1");
        Files.writeString(file("web1"), "# dunlin node node-01\nnameserver 9.9.9.9\n");
        files.remove("web1");
        assertThat(Files.readString(file("web1"))).contains("9.9.9.9");
    }

    @Test
    void fileThatWasRemovedMeanwhileIsNoFailure() throws IOException {
        write(files, "web1");
        Files.delete(file("web1"));
        files.remove("web1");
        assertThat(names(root)).isEmpty();
    }

    @Test
    void directoryThatWasThereOrHasMoreInItStays() throws IOException {
        Files.createDirectories(root.resolve("web1"));
        write(files, "web1");
        files.remove("web1");
        assertThat(root.resolve("web1")).isEmptyDirectory();
        write(files, "web2");
        Files.writeString(root.resolve("web2").resolve("hosts"), "127.0.0.1 localhost\n");
        files.remove("web2");
        assertThat(names(root.resolve("web2"))).containsExactly("hosts");
    }

    @Test
    void namesThatLeadElsewhereAreRefused() {
        for (String name : List.of("", ".", "..", "../etc", "a/b", "/etc", "a\nb")) {
            assertThatThrownBy(() -> write(files, name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + name + "\"")
                    .hasMessageContaining("allowed are");
        }
        assertThat(root).doesNotExist();
    }

    private static Outcome write(NamespaceResolvConf files, String namespace) throws IOException {
        return files.write(namespace, Zones.addresses("10.0.0.1", "fd00::1"), List.of("example.com"));
    }

    private void put(String namespace, String content) throws IOException {
        Files.createDirectories(root.resolve(namespace));
        Files.writeString(file(namespace), content);
    }

    private Path file(String namespace) {
        return root.resolve(namespace).resolve("resolv.conf");
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }
}
