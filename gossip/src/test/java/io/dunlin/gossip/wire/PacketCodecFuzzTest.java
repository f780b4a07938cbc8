package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Any bytes as a packet: in the clear; behind a label; and, as nobody guesses a tag, as the text of an encrypted packet, of either version.
 * Whatever is understood can be said again.
 */
class PacketCodecFuzzTest {
    private static final KeyRing RING = KeyRing.of(new byte[16]);

    private final PacketCodec plain = new PacketCodec("", null, true, new Random(1));
    private final PacketCodec labelled = new PacketCodec("l", null, false, new Random(1));
    private final PacketCodec keyed = new PacketCodec("", RING, false, new Random(1));

    @FuzzTest
    void isUnderstoodOrRefused(byte[] data) {
        take(keyed, data);
        List<Message> messages = take(plain, data);
        var behindLabel = new byte[3 + data.length];
        behindLabel[0] = (byte) MessageType.LABEL;
        behindLabel[1] = 1;
        behindLabel[2] = 'l';
        System.arraycopy(data, 0, behindLabel, 3, data.length);
        if (behindLabel.length <= PacketCodec.MAX_PACKET) {
            assertThat(take(labelled, behindLabel)).isEqualTo(messages);
        }
        if (data.length + keyed.overhead() <= PacketCodec.MAX_PACKET) {
            byte[] encrypted = keyed.encode(List.of(data), false);
            assertThat(take(keyed, encrypted)).isEqualTo(messages);
            encrypted[0] = Encryption.PADDED;
            take(keyed, encrypted);
        }
        if (!messages.isEmpty() && messages.size() <= PacketCodec.MAX_COMPOUND) {
            sayAgain(messages);
        }
    }

    private static List<Message> take(PacketCodec codec, byte[] packet) {
        var messages = new ArrayList<Message>();
        byte[] before = packet.clone();
        Refused refused = codec.decode(packet, (each, _) -> messages.add(each));
        assertThat(packet).isEqualTo(before);
        assertThat(messages.size()).isLessThanOrEqualTo(PacketCodec.MAX_PARTS);
        if (packet.length == 0) {
            assertThat(refused).isEqualTo(Refused.TRUNCATED);
        }
        return messages;
    }

    private void sayAgain(List<Message> messages) {
        List<byte[]> encoded = messages.stream().map(MessageCodec::encode).toList();
        int length = encoded.stream()
                .mapToInt(message -> message.length + PacketCodec.COMPOUND_PART)
                .sum();
        if (length + PacketCodec.COMPOUND_HEADER + plain.overhead() <= PacketCodec.MAX_PACKET) {
            byte[] packet = plain.encode(encoded, true);
            var again = new ArrayList<Message>();
            assertThat(plain.decode(packet, (each, _) -> again.add(each))).isNull();
            assertThat(again).isEqualTo(messages);
            assertThat(plain.decode(Arrays.copyOf(packet, packet.length - 1), (each, _) -> again.add(each)))
                    .isNotNull();
        }
    }
}
