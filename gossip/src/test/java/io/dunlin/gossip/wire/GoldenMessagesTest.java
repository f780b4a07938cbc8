package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages that hashicorp/memberlist 0.2.2's own encoder wrote (lines of a name and hexadecimal digits), at the borders of MessagePack's
 * forms: numbers of one, two and four bytes, strings below and above 31 and 255.
 */
class GoldenMessagesTest {
    private static final Map<String, byte[]> GOLDEN = read();
    private static final InetSocketAddress V4 = new InetSocketAddress("10.1.2.3", 7946);
    private static final List<State> STATES = List.of(State.ALIVE, State.SUSPECT, State.DEAD, State.LEFT);
    private static final Versions VERSIONS = new Versions(1, 5, 2, 2, 5, 255);

    private static Map<String, byte[]> read() {
        try (InputStream in = GoldenMessagesTest.class.getResourceAsStream("memberlist-messages.txt")) {
            String lines = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
            return lines.lines()
                    .map(line -> line.split(" "))
                    .collect(Collectors.toMap(
                            line -> line[0], line -> HexFormat.of().parseHex(line[1])));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] golden(String name) {
        return Objects.requireNonNull(GOLDEN.get(name), name);
    }

    private static void both(String name, Message message) throws ProtocolException {
        byte[] golden = golden(name);
        assertThat(MessageCodec.decode(golden, 0, golden.length)).isEqualTo(message);
        assertThat(MessageCodec.encode(message)).isEqualTo(golden);
    }

    @Test
    void pings() throws ProtocolException {
        both("ping", new Ping(0xffff_ffffL, "n1", Source.UNKNOWN));
        both("ping-source", new Ping(128, "n1", new Source(new InetSocketAddress("2001:db8::7", 65_535), "n2")));
        both("ping-zero", new Ping(0, "", Source.UNKNOWN));
        both(
                "indirect-ping",
                new IndirectPing(256, V4, "n3", true, new Source(new InetSocketAddress("10.1.2.3", 128), "n1")));
        both(
                "indirect-ping-plain",
                new IndirectPing(65_535, new InetSocketAddress("2001:db8::7", 127), "n3", false, Source.UNKNOWN));
    }

    @Test
    void answers() throws ProtocolException {
        both("ack", new Ack(65_536, Bytes.EMPTY));
        both("ack-payload", new Ack(127, Bytes.wrap(sevens(300))));
        both("nack", new Nack(255));
    }

    @Test
    void accusations() throws ProtocolException {
        both("suspect", new Suspect(4_294_967_294L, "n1", "n2"));
        both("dead", new Dead(7, "n".repeat(31), "m".repeat(32)));
        both("dead-left", new Dead(0, "küste-日本", "küste-日本"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 32, 255, 256, 512})
    void aliveWithMetadata(int length) throws ProtocolException {
        both(
                "alive-meta-" + length,
                new Alive(
                        length,
                        "x".repeat(255),
                        new InetSocketAddress("10.1.2.3", 255),
                        Bytes.wrap(sevens(length)),
                        VERSIONS));
    }

    @Test
    void aliveWithNothingButAnIpv4AddressInItsLongForm() throws ProtocolException {
        byte[] golden = golden("alive-nil");
        assertThat(MessageCodec.decode(golden, 0, golden.length))
                .isEqualTo(new Alive(
                        1, "n1", new InetSocketAddress("10.1.2.3", 256), Bytes.EMPTY, new Versions(0, 0, 0, 0, 0, 0)));
    }

    @Test
    void refusal() throws ProtocolException {
        StreamCodec codec = stream(false);
        var refusal = new Refusal("no, because " + "é".repeat(40));
        assertThat(codec.decode(golden("refusal")).message()).isEqualTo(refusal);
        assertThat(codec.encodeReply(refusal)).isEqualTo(golden("refusal"));
    }

    /** Our lengths above 127 are of the signed forms, as newer encoders write them, so they are not the same bytes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_536})
    void userMessageOnAStream(int length) throws ProtocolException {
        byte[] header = golden("user-" + length);
        byte[] message = Arrays.copyOf(header, header.length + length);
        StreamCodec codec = stream(false);
        assertThat(codec.newFramer().messageLength(message, message.length)).isEqualTo(message.length);
        assertThat(codec.decode(message).message()).isEqualTo(new User(Bytes.wrap(new byte[length])));
        assertThat(codec.decode(codec.encode(codec.decode(message).message())).message())
                .isEqualTo(codec.decode(message).message());
        if (length < 128) {
            assertThat(codec.encode(codec.decode(message).message())).isEqualTo(message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 127, 128, 300})
    void pushPull(int count) throws ProtocolException {
        byte[] golden = golden("push-pull-" + count);
        var nodes = new ArrayList<NodeState>();
        for (int i = 0; i < count; i++) {
            nodes.add(new NodeState(
                    "node-" + i,
                    new InetSocketAddress("10.1.2.3", i),
                    Bytes.wrap(sevens(i % 3)),
                    i,
                    STATES.get(i % 4),
                    VERSIONS));
        }
        var expected = new PushPull(count == 127, nodes, Bytes.wrap(sevens(3 * count)));
        StreamCodec codec = stream(true);
        assertThat(codec.newFramer().messageLength(golden, golden.length)).isEqualTo(golden.length);
        assertThat(codec.decode(golden).message()).isEqualTo(expected);
        assertThat(codec.decode(codec.encode(expected)).message()).isEqualTo(expected);
        if (count == 0) {
            assertThat(codec.encode(expected)).isEqualTo(golden);
        }
    }

    @Test
    void textThatFillsTheTableOfCodesTwice() throws ProtocolException {
        byte[] golden = golden("compressed-text");
        byte[] text = new Compression().decompressed(golden, 0, golden.length, 60_000);
        var expected = new StringBuilder();
        for (int i = 0; expected.length() < 60_000; i++) {
            expected.append("line %d of a long text %d ".formatted(i, i * i));
        }
        assertThat(new String(text, UTF_8)).isEqualTo(expected.substring(0, 60_000));
        assertThat(new Compression().compressed(text)).isEqualTo(golden);
    }

    private static StreamCodec stream(boolean compress) {
        return new StreamCodec("", null, compress, RandomGenerator.getDefault());
    }

    private static byte[] sevens(int length) {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7);
        }
        return bytes;
    }
}
