package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequesterTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "web.1", "\uD83D\uDC26", "a\uD83D\uDC26b", "\u00fc\u20ac"})
    void isItsNameAndItsBytesAreItsAlone(String name) {
        assertThat(Requester.ofUtf8(new Requester(name).utf8())).isEqualTo(new Requester(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "\uDC26", "a\uD83Db", "\uDC26\uD83D", "\uD83D\uD83D\uDC26"})
    void halfAPairIsNoName(String name) {
        assertThatThrownBy(() -> new Requester(name))
                .hasMessageStartingWith("a requester with half a surrogate pair: ");
    }

    @Test
    void has255BytesAtMost() {
        assertThat(new Requester("x".repeat(255)).utf8()).hasSize(255);
        assertThat(new Requester("\u20ac".repeat(85)).utf8()).hasSize(255);
        assertThatThrownBy(() -> new Requester("x".repeat(256)))
                .hasMessageStartingWith("a requester of 256 bytes, 255 are allowed: \"xxx");
        assertThatThrownBy(() -> new Requester("\u20ac".repeat(86))).hasMessageContaining("of 258 bytes");
        assertThat(Requester.ANONYMOUS).hasToString("an anonymous requester");
    }

    @Test
    void bytesThatAreNoTextAreNoName() {
        assertThatThrownBy(() -> Requester.ofUtf8(new byte[] {(byte) 0xff})).hasMessage("a requester that is no UTF-8");
    }
}
