package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/** Any bytes as a compressed text, and as a text. */
class LzwFuzzTest {
    private static final int MAX = 1 << 16;

    private final LzwEncoder encoder = new LzwEncoder();
    private final LzwDecoder decoder = new LzwDecoder();

    @FuzzTest
    void undoesWhatItDidAndEndsWhatItDidNot(byte[] data) throws ProtocolException {
        byte[] text = data;
        try {
            text = decoder.decode(data, 0, data.length, MAX);
            assertThat(text.length).isLessThanOrEqualTo(MAX);
        } catch (ProtocolException e) {
            assertThat(e.reason()).isIn(Refused.TRUNCATED, Refused.MALFORMED, Refused.DECOMPRESSES_TOO_LARGE);
        }
        var room = new byte[LzwEncoder.maxLength(text.length)];
        int length = encoder.encode(text, room);
        byte[] compressed = Arrays.copyOf(room, length);
        assertThat(decoder.decode(compressed, 0, length, text.length)).isEqualTo(text);
    }
}
