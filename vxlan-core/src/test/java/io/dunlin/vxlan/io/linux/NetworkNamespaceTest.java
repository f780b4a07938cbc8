package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTest {
    @Test
    void runsCodeInsideOnThreadOfItsOwn() throws Exception {
        try (var made = TestNamespace.create()) {
            long before = Packets.openDescriptors();
            var namespace = made.namespace();
            var outside = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
            var inside = namespace.call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")));
            assertThat(inside).isNotEqualTo(outside);
            assertThat(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")))
                    .isEqualTo(outside);
            var thread = namespace.call(Thread::currentThread);
            assertThat(thread.isAlive()).isFalse();
            assertThat(NetworkNamespace.of(Path.of("/run/netns", made.name()))).isEqualTo(namespace);
            assertThat(Packets.openDescriptors()).isEqualTo(before);
        }
    }

    @Test
    void currentOneRunsCodeInPlace() throws IOException {
        assertThat(NetworkNamespace.current().call(Thread::currentThread)).isSameAs(Thread.currentThread());
        assertThat(NetworkNamespace.current()).hasToString("current");
    }

    @Test
    void entersTheNamespaceOfProcess() throws Exception {
        TestNamespace.create().close(); // only where it may be entered
        var namespace = NetworkNamespace.ofProcess(ProcessHandle.current().pid());
        assertThat(namespace.call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))))
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
    }

    @Test
    void passesOnWhatTheCodeThrows() throws Exception {
        try (var made = TestNamespace.create()) {
            var namespace = made.namespace();
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new IOException("mine");
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("mine");
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new IllegalStateException("mine");
                    }))
                    .isExactlyInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new TimeoutException("mine");
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("in network namespace " + namespace + ": mine")
                    .hasCauseExactlyInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> NetworkNamespace.named("no-such").call(() -> 1))
                .isInstanceOf(LinuxException.class)
                .hasMessage("open /run/netns/no-such: ENOENT (no such file or directory): create it with "
                        + "'ip netns add no-such'");
        assertThatThrownBy(() -> NetworkNamespace.ofProcess(1L << 40).call(() -> 1))
                .hasMessage(
                        "open /proc/1099511627776/ns/net: ENOENT (no such file or directory): no process has that id");
        assertThatThrownBy(() -> NetworkNamespace.named("../x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NetworkNamespace.ofProcess(0)).hasMessage("not a process id: 0");
    }

    @Test
    void refusesFileThatIsNoNamespace(@TempDir Path directory) throws IOException {
        var file = Files.createFile(directory.resolve("plain"));
        assertThatThrownBy(() -> NetworkNamespace.of(file).call(() -> 1))
                .isInstanceOf(LinuxException.class)
                .hasMessage("setns " + file + ": EINVAL (invalid argument): that is not a network namespace");
    }
}
