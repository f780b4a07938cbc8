package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What agents of hashicorp/memberlist 0.2.2 sent to each other: it is understood wholly, and what is understood becomes the same bytes
 * again, through compression and encryption. Keys are zero bytes.
 */
class CaptureTest {
    @ParameterizedTest
    @CsvSource({
        "memberlist-clear-compressed.pcap, 0, 2",
        "memberlist-failure-protocol5.pcap, 0, 5",
        "memberlist-key16-protocol1.pcap, 16, 1",
        "memberlist-key24.pcap, 24, 2",
        "memberlist-key32-zero.pcap, 32, 2",
    })
    void eachPacketAndStreamIsUnderstoodAndBecomesTheSameBytesAgain(String name, int keyLength, int protocol)
            throws ProtocolException {
        Capture capture = Capture.named(name);
        KeyRing ring = keyLength == 0 ? null : KeyRing.of(new byte[keyLength]);
        assertThat(capture.packets()).hasSizeGreaterThan(10);
        for (byte[] packet : capture.packets()) {
            List<Message> messages = understood(packet, ring);
            if (messages.stream().noneMatch(CaptureTest::hasEmptyMeta)) {
                assertThat(encodings(packet, messages, ring, protocol)).contains(packet);
            }
        }
        assertThat(capture.streams()).hasSizeGreaterThanOrEqualTo(2);
        for (byte[] stream : capture.streams()) {
            assertThat(encodings(stream, understoodStream(stream, ring), ring, protocol))
                    .contains(stream);
        }
    }

    /** An agent says "empty" of its own and "nil" of others, which is the same to us. */
    private static boolean hasEmptyMeta(Message message) {
        return message instanceof Alive alive && alive.meta().length() == 0;
    }

    /** With and without compression and CRC, which agents choose by what they know of each other. */
    private static List<byte[]> encodings(byte[] packet, List<Message> messages, @Nullable KeyRing ring, int protocol) {
        List<byte[]> encoded = messages.stream().map(MessageCodec::encode).toList();
        var encodings = new ArrayList<byte[]>();
        for (boolean compress : new boolean[] {true, false}) {
            for (boolean crc : new boolean[] {true, false}) {
                var codec = new PacketCodec("", ring, compress, nonce(packet, 1)).withProtocol(protocol);
                encodings.add(codec.encode(encoded, crc));
            }
        }
        return encodings;
    }

    private static List<byte[]> encodings(byte[] stream, Message message, @Nullable KeyRing ring, int protocol) {
        int nonceAt = StreamCodec.ENCRYPTED_HEADER + 1;
        return List.of(
                new StreamCodec("", ring, true, nonce(stream, nonceAt))
                        .withProtocol(protocol)
                        .encode(message),
                new StreamCodec("", ring, false, nonce(stream, nonceAt))
                        .withProtocol(protocol)
                        .encodeReply(message));
    }

    /** The nonce that is in {@code bytes}, as if it were drawn by chance once more. */
    private static RandomGenerator nonce(byte[] bytes, int at) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void nextBytes(byte[] nonce) {
                System.arraycopy(bytes, at, nonce, 0, nonce.length);
            }
        };
    }

    private static List<Message> understood(byte[] packet, @Nullable KeyRing ring) {
        var messages = new ArrayList<Message>();
        assertThat(new PacketCodec("", ring, true, nonce(packet, 1)).decode(packet, (each, _) -> messages.add(each)))
                .isNull();
        return messages;
    }

    private static Message understoodStream(byte[] stream, @Nullable KeyRing ring) throws ProtocolException {
        var codec = new StreamCodec("", ring, true, nonce(stream, 0));
        StreamFramer framer = codec.newFramer();
        for (int length = 0; length < stream.length; length++) {
            assertThat(framer.messageLength(Arrays.copyOf(stream, length), length))
                    .isEqualTo(StreamFramer.INCOMPLETE);
        }
        assertThat(framer.messageLength(stream, stream.length)).isEqualTo(stream.length);
        return codec.decode(stream).message();
    }

    @Test
    void theFailureOfAMemberHasEveryKindOfMessage() throws ProtocolException {
        Capture capture = Capture.named("memberlist-failure-protocol5.pcap");
        List<Message> messages = capture.packets().stream()
                .flatMap(packet -> understood(packet, null).stream())
                .toList();
        assertThat(messages)
                .hasAtLeastOneElementOfType(Ping.class)
                .hasAtLeastOneElementOfType(IndirectPing.class)
                .hasAtLeastOneElementOfType(Ack.class)
                .hasAtLeastOneElementOfType(Nack.class)
                .hasAtLeastOneElementOfType(Suspect.class)
                .hasAtLeastOneElementOfType(Alive.class)
                .hasAtLeastOneElementOfType(Dead.class)
                .anyMatch(message -> message instanceof IndirectPing ping
                        && ping.nack()
                        && ping.source().node() != null);
        var streams = new ArrayList<Message>();
        for (byte[] stream : capture.streams()) {
            streams.add(understoodStream(stream, null));
        }
        assertThat(streams)
                .hasAtLeastOneElementOfType(PushPull.class)
                .hasAtLeastOneElementOfType(Ping.class)
                .hasAtLeastOneElementOfType(Ack.class);
    }

    @Test
    void aJoinCarriesWhatTheAgentsWereToldToSay() throws ProtocolException {
        Capture capture = Capture.named("memberlist-key24.pcap");
        KeyRing ring = KeyRing.of(new byte[24]);
        var joiner = (PushPull) understoodStream(capture.streams().get(0), ring);
        var joined = (PushPull) understoodStream(capture.streams().get(1), ring);
        assertThat(joiner.join()).isTrue();
        assertThat(joiner.userState().text()).isEqualTo("stateB");
        assertThat(joined.userState().text()).isEqualTo("stateA");
        NodeState node = joined.nodes().getFirst();
        assertThat(node.name()).isEqualTo("A");
        assertThat(node.meta().text()).isEqualTo("hello");
        assertThat(node.address().getHostString()).isEqualTo("127.0.1.1");
        assertThat(node.state()).isEqualTo(Message.State.ALIVE);
        assertThat(node.versions()).isEqualTo(new Message.Versions(1, 5, 2, 0, 0, 0));
        assertThat(capture.packets().stream().flatMap(packet -> understood(packet, ring).stream()))
                .contains(new User(Bytes.utf8("x-0")), new Dead(1, "B", "B"));
    }

    @Test
    void refusalsSayWhatTheyRefuse() throws ProtocolException {
        var refusals = new ArrayList<String>();
        for (byte[] stream : Capture.named("memberlist-refusals.pcap").streams()) {
            boolean isEncrypted = stream[0] == MessageType.ENCRYPTED;
            for (int keyLength : isEncrypted ? new int[] {16, 32} : new int[] {0}) {
                KeyRing ring = keyLength == 0 ? null : KeyRing.of(new byte[keyLength]);
                var codec = new StreamCodec("", ring, true, RandomGenerator.getDefault());
                try {
                    if (codec.decode(stream).message() instanceof Refusal refusal) {
                        refusals.add(refusal.error());
                    }
                } catch (ProtocolException e) {
                    assertThat(e.reason()).isEqualTo(Refused.NO_KEY_FITS);
                }
            }
        }
        assertThat(refusals)
                .containsExactlyInAnyOrder(
                        "Remote state is encrypted and encryption is not configured",
                        "Encryption is configured but remote state is not encrypted",
                        "No installed keys could decrypt the message");
    }
}
