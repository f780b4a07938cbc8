package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Any bytes as a stream: in the clear, and as the text of an encrypted message. The framer finds the same end however the bytes come in, and
 * nothing is decoded that it does not find whole. Whatever is understood can be said again.
 */
class StreamCodecFuzzTest {
    private static final KeyRing RING = KeyRing.of(new byte[16]);

    private final StreamCodec plain = new StreamCodec("", null, true, new Random(1));
    private final StreamCodec keyed = new StreamCodec("", RING, false, new Random(1));
    private final Encryption encryption = new Encryption(RING, Encryption.PLAIN, new Random(1));

    @FuzzTest
    void isFramedAndUnderstoodOrRefused(byte[] data) throws ProtocolException {
        int length = plain.newFramer().messageLength(data, data.length);
        assertThat(length).isBetween(StreamFramer.MALFORMED, data.length);
        assertThat(lengthInPieces(data)).isEqualTo(length);
        Message message = decode(plain, data);
        if (message != null) {
            boolean hasLabel = (data[0] & 0xff) == MessageType.LABEL;
            assertThat(hasLabel).isFalse();
            assertThat(length).isPositive();
            assertThat(decode(plain, Arrays.copyOf(data, length))).isEqualTo(message);
            assertThat(plain.decode(plain.encode(message)).message()).isEqualTo(message);
        }
        assertThat(decode(keyed, encrypted(data))).isEqualTo(message);
        decode(keyed, data);
    }

    private int lengthInPieces(byte[] data) {
        StreamFramer framer = plain.newFramer();
        int step = 1 + data.length / 100;
        for (int length = 0; length < data.length; length += step) {
            int found = framer.messageLength(data, length);
            if (found != StreamFramer.INCOMPLETE) {
                assertThat(found).isLessThanOrEqualTo(length);
                return found;
            }
        }
        return framer.messageLength(data, data.length);
    }

    private byte[] encrypted(byte[] text) {
        int length = encryption.sealedLength(text.length);
        byte[] header = {
            MessageType.ENCRYPTED, (byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length
        };
        byte[] message = Arrays.copyOf(header, header.length + length);
        encryption.seal(null, text, message, header.length, header, new byte[0]);
        return message;
    }

    private static @Nullable Message decode(StreamCodec codec, byte[] message) {
        try {
            return codec.decode(message).message();
        } catch (ProtocolException e) {
            assertThat(e.reason()).isNotNull();
            return null;
        }
    }
}
