package io.dunlin.gossip.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:80, 10.0.0.1, 80",
        "10.0.0.1, 10.0.0.1, 7946",
        "[fd00::1]:80, fd00::1, 80",
        "[fd00::1], fd00::1, 7946",
        "fd00::1, fd00::1, 7946",
        "::, ::, 7946",
        "fe80::1%eth0, fe80::1%eth0, 7946",
        "seed-1.example:0, seed-1.example, 0",
    })
    void readsAddressesAndNamesWithAndWithoutPort(String text, String host, int port) {
        assertThat(HostPort.parse(text, 7946)).isEqualTo(new HostPort(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ":80", "a b:80", "a:b", "a:", "a:-1", "a:65536", "[fd00::1", "fd00::1]:80", "a/b", "[]:1"})
    void refusesAnythingElseAndSaysWhatWasGiven(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostPort.parse(text, 7946))
                .withMessageContaining("\"" + text + "\"")
                .withMessageContaining("allowed");
    }

    @Test
    void looksNoNamesUp() {
        assertThat(HostPort.parse("127.0.0.1:80", 0).address())
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 80));
        assertThat(HostPort.parse("localhost:80", 0).address())
                .isEqualTo(InetSocketAddress.createUnresolved("localhost", 80));
    }

    @Test
    void isWrittenAsItIsRead() {
        assertThat(HostPort.parse("[fd00::1]:80", 0)).hasToString("[fd00::1]:80");
        assertThat(HostPort.parse("a.b:80", 0)).hasToString("a.b:80");
        assertThat(HostPort.text(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)))
                .isEqualTo("127.0.0.1:1");
        assertThat(HostPort.text(new InetSocketAddress(InetAddress.ofLiteral("::1"), 1)))
                .isEqualTo("[0:0:0:0:0:0:0:1]:1");
        assertThat(HostPort.text(InetSocketAddress.createUnresolved("a.b", 1))).isEqualTo("a.b:1");
    }
}
