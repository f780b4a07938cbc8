package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyMessageTest {
    private static final KeyMessage MESSAGE = new KeyMessage("node-ä", "b", Bytes.wrap(new byte[] {1, 2, 3}));

    @Test
    void isReadAsItWasWritten() {
        assertThat(KeyMessage.decode(MESSAGE.encode())).isEqualTo(MESSAGE);
    }

    @Test
    void isNoneThatEndsBeforeItsNamesDo() {
        byte[] whole = MESSAGE.encode().array();
        int names = whole.length - MESSAGE.content().length();
        for (int length = 0; length < names; length++) {
            assertThat(KeyMessage.decode(Bytes.wrap(Arrays.copyOf(whole, length))))
                    .as("%d bytes", length)
                    .isNull();
        }
        assertThat(KeyMessage.decode(Bytes.wrap(Arrays.copyOf(whole, names)))).isNotNull();
    }

    @Test
    void isNoneOfAnotherMarkOrVersion() {
        for (int at = 0; at < 3; at++) {
            byte[] other = MESSAGE.encode().array().clone();
            other[at] ^= 1;
            assertThat(KeyMessage.decode(Bytes.wrap(other))).as("byte %d", at).isNull();
        }
    }

    @Test
    void isNoneWhoseNameIsLongerThanIt() {
        byte[] other = MESSAGE.encode().array().clone();
        other[3] = (byte) 0xff;
        assertThat(KeyMessage.decode(Bytes.wrap(other))).isNull();
    }
}
