package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostResolvConfTest {
    private static final IpAddress FIRST = IpAddress.parse("192.0.2.1");
    private static final IpAddress SECOND = IpAddress.parse("192.0.2.2");
    private static final String NAMES_FIRST = "nameserver 192.0.2.1\nsearch one.test\n";
    private static final String NAMES_SECOND = "nameserver 192.0.2.2\nsearch two.test\n"; // as long

    @TempDir
    private Path directory;

    private Path write(String name, String text, long millis) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setLastModifiedTime(file, FileTime.fromMillis(millis));
    }

    @Test
    void isReadAgainWhenItWasWritten() throws IOException {
        Path file = write("resolv.conf", NAMES_FIRST, 1000);
        var host = new HostResolvConf(file, "n1");
        assertThat(host.current().nameservers()).containsExactly(FIRST);
        assertThat(host.current()).as("not read anew").isSameAs(host.current());
        write("resolv.conf", NAMES_SECOND, 1001);
        assertThat(host.current().nameservers()).containsExactly(SECOND);
        assertThat(host.current().search()).containsExactly("two.test");
    }

    @Test
    void isReadAgainWhenAnotherWasMovedToItsPlace() throws IOException {
        Path file = write("resolv.conf", NAMES_FIRST, 1000);
        var host = new HostResolvConf(file, "n1");
        Files.move(write("other", NAMES_SECOND, 1000), file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(host.current().nameservers()).containsExactly(SECOND);
    }

    @Test
    void countsAsItWasWhileItIsGone() throws IOException {
        Path file = write("resolv.conf", NAMES_FIRST, 1000);
        var host = new HostResolvConf(file, "n1");
        Files.delete(file);
        assertThat(host.current().nameservers()).containsExactly(FIRST);
        write("resolv.conf", NAMES_SECOND, 1000);
        assertThat(host.current().nameservers()).containsExactly(SECOND);
    }

    @Test
    void saysNothingUntilThereIsOne() throws IOException {
        var host = new HostResolvConf(directory.resolve("resolv.conf"), "n1");
        assertThat(host.current().nameservers()).isEmpty();
        write("resolv.conf", NAMES_FIRST, 1000);
        assertThat(host.current().nameservers()).containsExactly(FIRST);
    }
}
