package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of whole messages: {@link StreamCodecTest} and {@link CaptureTest}. */
class StreamFramerTest {
    @Test
    void looksAtEachByteOnce() {
        var node = new NodeState(
                "n1",
                new InetSocketAddress("10.0.0.1", 7946),
                Bytes.wrap(new byte[40]),
                1,
                State.ALIVE,
                new Versions(1, 5, 2, 0, 0, 0));
        byte[] message = new StreamCodec("", null, false, new Random(1))
                .encode(new PushPull(true, Collections.nCopies(1_000, node), Bytes.utf8("state")));
        var framer = new StreamFramer();
        byte[] stream = message.clone();
        int headerAndNode = 200;
        for (int length = 0; length < message.length; length += 10) {
            assertThat(framer.messageLength(stream, length)).isEqualTo(StreamFramer.INCOMPLETE);
            // what was passed is not read again: it may as well be something else
            Arrays.fill(stream, 0, Math.max(0, length - headerAndNode), (byte) 0xc1);
        }
        assertThat(framer.messageLength(stream, stream.length)).isEqualTo(message.length);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {MessageType.PING, MessageType.ACK, MessageType.REFUSAL, MessageType.USER, MessageType.PUSH_PULL})
    void aMapOfFieldsHasACap(int type) {
        byte[] stream = {(byte) type, (byte) 0x81, (byte) 0xa0, (byte) 0xdb, 0, 1, (byte) 0xff, (byte) 0xf9};
        assertThat(new StreamFramer().messageLength(stream, stream.length)).isEqualTo(StreamFramer.INCOMPLETE);
        stream[7]++;
        assertThat(new StreamFramer().messageLength(stream, stream.length)).isEqualTo(StreamFramer.MALFORMED);
    }

    @Test
    void anEncryptedMessageHasACap() {
        byte[] stream = {MessageType.ENCRYPTED, 1, 0x40, 0, 0};
        var framer = new StreamFramer();
        assertThat(framer.messageLength(stream, stream.length)).isEqualTo(StreamFramer.INCOMPLETE);
        byte[] whole = Arrays.copyOf(stream, 5 + StreamCodec.MAX_WRAPPED);
        assertThat(framer.messageLength(whole, whole.length - 1)).isEqualTo(StreamFramer.INCOMPLETE);
        assertThat(framer.messageLength(whole, whole.length)).isEqualTo(whole.length);
        stream[4] = 1;
        assertThat(new StreamFramer().messageLength(stream, stream.length)).isEqualTo(StreamFramer.MALFORMED);
        byte[] negative = {MessageType.ENCRYPTED, -1, -1, -1, -1};
        assertThat(new StreamFramer().messageLength(negative, negative.length)).isEqualTo(StreamFramer.MALFORMED);
    }

    @Test
    void aCompressedMessageHasACap() {
        byte[] most = compressedOf(StreamCodec.MAX_WRAPPED - 16);
        assertThat(new StreamFramer().messageLength(most, most.length)).isEqualTo(StreamFramer.INCOMPLETE);
        byte[] more = compressedOf(StreamCodec.MAX_WRAPPED);
        assertThat(new StreamFramer().messageLength(more, more.length)).isEqualTo(StreamFramer.MALFORMED);
    }

    private static byte[] compressedOf(int length) {
        return new MsgPackWriter(32)
                .type(MessageType.COMPRESSED)
                .map(1)
                .field(Field.BUF)
                .type(0xdb)
                .type(length >>> 24)
                .type(length >>> 16)
                .type(length >>> 8)
                .type(length)
                .toBytes();
    }

    @Test
    void theNodesOfAPushPullHaveACapInAll() {
        MsgPackWriter header = new MsgPackWriter(64)
                .type(MessageType.PUSH_PULL)
                .map(1)
                .field(Field.NODES)
                .signed(1);
        byte[] nodes =
                header.append(new byte[] {(byte) 0xdb, 2, (byte) 0x7f, 0, 0}).toBytes();
        assertThat(new StreamFramer().messageLength(nodes, nodes.length)).isEqualTo(StreamFramer.INCOMPLETE);
        nodes[nodes.length - 3] = (byte) 0x80;
        assertThat(new StreamFramer().messageLength(nodes, nodes.length)).isEqualTo(StreamFramer.MALFORMED);
    }

    @Test
    void staysMalformed() {
        var framer = new StreamFramer();
        byte[] stream = {99, 0, 0};
        assertThat(framer.messageLength(stream, 0)).isEqualTo(StreamFramer.INCOMPLETE);
        assertThat(framer.messageLength(stream, 1)).isEqualTo(StreamFramer.MALFORMED);
        assertThat(framer.messageLength(stream, 3)).isEqualTo(StreamFramer.MALFORMED);
    }

    @Test
    void depthCostsNothing() {
        var stream = new byte[100_000];
        Arrays.fill(stream, (byte) 0x91);
        stream[0] = MessageType.PING;
        assertThat(new StreamFramer().messageLength(stream, stream.length)).isEqualTo(StreamFramer.INCOMPLETE);
    }
}
