package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Alive;
import io.dunlin.gossip.wire.Message.Dead;
import io.dunlin.gossip.wire.Message.IndirectPing;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.Suspect;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress("10.0.0.1", 7946);
    private static final Versions VERSIONS = new Versions(1, 5, 2, 0, 0, 0);

    static Stream<Message> ofEachKind() {
        return Stream.of(
                new Ping(1, "n1", new Source(ADDRESS, "n2")),
                new IndirectPing(2, ADDRESS, "n1", true, new Source(ADDRESS, "n2")),
                new Ack(3, Bytes.utf8("payload")),
                new Nack(4),
                new Suspect(5, "n1", "n2"),
                new Dead(6, "n1", "n2"),
                new Alive(7, "n1", ADDRESS, Bytes.utf8("meta"), VERSIONS));
    }

    @Property
    void whatWasEncodedIsDecoded(@ForAll("messages") Message message) throws ProtocolException {
        byte[] bytes = MessageCodec.encode(message);
        assertThat(MessageCodec.decode(bytes, 0, bytes.length)).isEqualTo(message);
        // anywhere in a packet, whatever is around it
        var around = new byte[bytes.length + 20];
        Arrays.fill(around, (byte) 0xc1);
        System.arraycopy(bytes, 0, around, 7, bytes.length);
        assertThat(MessageCodec.decode(around, 7, 7 + bytes.length)).isEqualTo(message);
    }

    @Provide
    Arbitrary<Message> messages() {
        return RandomMessages.inPackets();
    }

    @ParameterizedTest
    @MethodSource("ofEachKind")
    void eachMessageIsRefusedWhereverItEnds(Message message) {
        byte[] bytes = MessageCodec.encode(message);
        for (int length = 0; length < bytes.length; length++) {
            refuses(Refused.TRUNCATED, Arrays.copyOf(bytes, length));
        }
    }

    @ParameterizedTest
    @MethodSource("ofEachKind")
    void unknownFieldsAreIgnoredWhateverTheyHold(Message message) throws ProtocolException {
        byte[] bytes = MessageCodec.encode(message);
        int fields = bytes[1] & 0x0f;
        var extended = new MsgPackWriter(64).type(bytes[0]).map(fields + 1);
        // nil, a map in an array in a map, an extension, a double, str8, bin8 and a number
        extended.raw("Later".getBytes(UTF_8)).append(new byte[] {(byte) 0x97, (byte) 0xc0});
        extended.append(new byte[] {(byte) 0x81, (byte) 0x91, (byte) 0x81, 1, 2, 3});
        extended.append(new byte[] {(byte) 0xd4, 5, 6, (byte) 0xcb, 1, 2, 3, 4, 5, 6, 7, 8});
        extended.append(new byte[] {(byte) 0xd9, 1, 'x', (byte) 0xc4, 1, 0, (byte) 0xd1, 1, 2});
        extended.append(Arrays.copyOfRange(bytes, 2, bytes.length));
        byte[] all = extended.toBytes();
        assertThat(MessageCodec.decode(all, 0, all.length)).isEqualTo(message);
    }

    @Test
    void missingFieldsAreZero() throws ProtocolException {
        assertThat(decode(MessageType.PING, 0x80)).isEqualTo(new Ping(0, "", Source.UNKNOWN));
        assertThat(decode(MessageType.ACK, 0xc0)).isEqualTo(new Ack(0, Bytes.EMPTY));
        assertThat(decode(MessageType.NACK, 0x80)).isEqualTo(new Nack(0));
        assertThat(decode(MessageType.SUSPECT, 0x80)).isEqualTo(new Suspect(0, "", ""));
        assertThat(decode(MessageType.USER)).isEqualTo(new User(Bytes.EMPTY));
    }

    @ParameterizedTest
    @ValueSource(ints = {MessageType.ALIVE, MessageType.INDIRECT_PING})
    void anAddressThatIsMissingIsNotMadeUp(int type) {
        refuses(Refused.MALFORMED, new byte[] {(byte) type, (byte) 0x80});
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 6, 8, 15})
    void anAddressHas4Or16Bytes(int length) {
        refuses(
                Refused.MALFORMED,
                alive().field(Field.ADDR).raw(new byte[length]).toBytes());
    }

    @Test
    void anAddressIsNoLongerThan16Bytes() {
        refuses(Refused.MALFORMED, alive().field(Field.ADDR).raw(new byte[17]).toBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 7})
    void thereAreSixVersionsOrNone(int count) {
        refuses(
                Refused.MALFORMED,
                alive().field(Field.VERSIONS).raw(new byte[count]).toBytes());
    }

    @Test
    void numbersStayInTheirRanges() throws ProtocolException {
        assertThat(nack(0xce, 0xff, 0xff, 0xff, 0xff)).isEqualTo(new Nack(0xffff_ffffL));
        assertThat(nack(0xd3, 0, 0, 0, 0, 0, 0, 0, 9)).isEqualTo(new Nack(9));
        assertThat(nack(0xcf, 0, 0, 0, 0, 0, 0, 0, 9)).isEqualTo(new Nack(9));
        assertThat(nack(0xd0, 0x7f)).isEqualTo(new Nack(127));
        refusesNack(0xcf, 0, 0, 0, 1, 0, 0, 0, 0);
        refusesNack(0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
        refusesNack(0xd3, 0, 0, 0, 1, 0, 0, 0, 0);
        refusesNack(0xd0, 0xff);
        refusesNack(0xd1, 0x80, 0);
        refusesNack(0xd2, 0x80, 0, 0, 0);
        refusesNack(0xff);
        refusesNack(0xc3);
        refusesNack(0xa1, '1');
        refusesNack(0xcb, 0, 0, 0, 0, 0, 0, 0, 0);
        refuses(Refused.MALFORMED, alive().field(Field.PORT).unsigned(0x1_0000).toBytes());
    }

    @Test
    void stringsComeInAnyForm() throws ProtocolException {
        for (int[] form : new int[][] {
            {0xa2}, {0xd9, 2}, {0xda, 0, 2}, {0xdb, 0, 0, 0, 2}, {0xc4, 2}, {0xc5, 0, 2}, {0xc6, 0, 0, 0, 2}
        }) {
            var out = new MsgPackWriter(8).type(MessageType.SUSPECT).map(1).field(Field.NODE);
            for (int octet : form) {
                out.type(octet);
            }
            byte[] bytes = out.append("n1".getBytes(UTF_8)).toBytes();
            assertThat(MessageCodec.decode(bytes, 0, bytes.length)).isEqualTo(new Suspect(0, "n1", ""));
        }
    }

    @Test
    void namesAreUtf8AndMetadataIsNot() throws ProtocolException {
        byte[] noText = {(byte) 0xc3, (byte) 0x28};
        refuses(Refused.MALFORMED, alive().field(Field.NODE).raw(noText).toBytes());
        byte[] bytes = new MsgPackWriter(64)
                .type(MessageType.ALIVE)
                .map(2)
                .field(Field.META)
                .raw(noText)
                .field(Field.ADDR)
                .raw(new byte[4])
                .toBytes();
        assertThat(((Alive) MessageCodec.decode(bytes, 0, bytes.length)).meta()).isEqualTo(Bytes.wrap(noText));
    }

    @Test
    void eachStringHasACap() {
        byte[] name = new byte[MessageCodec.MAX_NAME + 1];
        for (Field field : List.of(Field.NODE, Field.SOURCE_NODE)) {
            refuses(
                    Refused.MALFORMED,
                    begin(MessageType.PING).field(field).raw(name).toBytes());
            refuses(
                    Refused.MALFORMED,
                    begin(MessageType.INDIRECT_PING).field(field).raw(name).toBytes());
        }
        refuses(
                Refused.MALFORMED,
                begin(MessageType.DEAD).field(Field.FROM).raw(name).toBytes());
        refuses(
                Refused.MALFORMED,
                begin(MessageType.DEAD).field(Field.NODE).raw(name).toBytes());
        refuses(Refused.MALFORMED, alive().field(Field.NODE).raw(name).toBytes());
        refuses(Refused.MALFORMED, alive().field(Field.META).raw(new byte[513]).toBytes());
        refuses(
                Refused.MALFORMED,
                begin(MessageType.ACK)
                        .field(Field.PAYLOAD)
                        .raw(new byte[0x1_0000])
                        .toBytes());
    }

    @Test
    void aMapHasACap() throws ProtocolException {
        var most =
                new MsgPackWriter(256).type(MessageType.NACK).type(0xde).type(0).type(MsgPackReader.MAX_FIELDS);
        var more =
                new MsgPackWriter(256).type(MessageType.NACK).type(0xde).type(0).type(MsgPackReader.MAX_FIELDS + 1);
        for (int i = 0; i <= MsgPackReader.MAX_FIELDS; i++) {
            most.type(0xa0).nil();
            more.type(0xa0).nil();
        }
        byte[] bytes = most.toBytes();
        assertThat(MessageCodec.decode(bytes, 0, bytes.length)).isEqualTo(new Nack(0));
        refuses(Refused.MALFORMED, more.toBytes());
        refuses(Refused.MALFORMED, new byte[] {MessageType.NACK, (byte) 0xdf, -1, -1, -1, -1});
    }

    @Test
    void neitherDepthNorClaimedLengthsCostAnything() {
        // an unknown field with a hundred thousand arrays in each other, and one that claims four billion values
        byte[] deep =
                new MsgPackWriter(8).type(MessageType.NACK).map(1).type(0xa0).toBytes();
        byte[] arrays = Arrays.copyOf(deep, 100_000);
        Arrays.fill(arrays, deep.length, arrays.length, (byte) 0x91);
        refuses(Refused.TRUNCATED, arrays);
        refuses(
                Refused.TRUNCATED,
                begin(MessageType.NACK)
                        .type(0xa0)
                        .append(new byte[] {(byte) 0xdd, -1, -1, -1, -1})
                        .toBytes());
        refuses(
                Refused.TRUNCATED,
                begin(MessageType.NACK)
                        .type(0xa0)
                        .append(new byte[] {(byte) 0xdf, -1, -1, -1, -1})
                        .toBytes());
        refuses(
                Refused.TRUNCATED,
                begin(MessageType.NACK)
                        .type(0xa0)
                        .append(new byte[] {(byte) 0xc9, -1, -1, -1, -1})
                        .toBytes());
        refuses(
                Refused.TRUNCATED,
                begin(MessageType.ACK)
                        .field(Field.PAYLOAD)
                        .append(new byte[] {(byte) 0xdb, -1, -1, -1, -1})
                        .toBytes());
        refuses(Refused.MALFORMED, begin(MessageType.NACK).type(0xa0).type(0xc1).toBytes());
    }

    @Test
    void whatIsNoMapOrHasNoNamesIsMalformed() {
        refuses(Refused.MALFORMED, new byte[] {MessageType.NACK, 0x01});
        refuses(Refused.MALFORMED, new byte[] {MessageType.NACK, (byte) 0x91, 0x01});
        refuses(Refused.MALFORMED, new byte[] {MessageType.NACK, (byte) 0x81, 0x01, 0x01});
        refuses(
                Refused.MALFORMED,
                begin(MessageType.INDIRECT_PING).field(Field.NACK).unsigned(1).toBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 9, 10, 12, 13, 14, 127, 243, 244, 255})
    void otherTypesAreUnknownHere(int type) {
        refuses(Refused.UNKNOWN_TYPE, new byte[] {(byte) type, (byte) 0x80});
    }

    @Test
    void whatTheWireCannotCarryIsACallersMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageCodec.encode(new Nack(0x1_0000_0000L)))
                .withMessage("number 4294967296; 0 to 4294967295");
        assertThatIllegalArgumentException().isThrownBy(() -> MessageCodec.encode(new Nack(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageCodec.encode(new Suspect(1, "é".repeat(128), "n2")))
                .withMessageContaining("name of 256 bytes; at most 255");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageCodec.encode(new Alive(1, "n1", ADDRESS, Bytes.wrap(new byte[513]), VERSIONS)))
                .withMessage("513 bytes in a field of at most 512");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        MessageCodec.encode(new Alive(1, "n1", ADDRESS, Bytes.EMPTY, new Versions(1, 256, 2, 0, 0, 0))))
                .withMessage("version 256; 0 to 255");
        var unresolved = InetSocketAddress.createUnresolved("node.example", 7946);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageCodec.encode(new Alive(1, "n1", unresolved, Bytes.EMPTY, VERSIONS)))
                .withMessageContaining("was not resolved: node.example");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageCodec.encode(new PushPull(true, List.of(), Bytes.EMPTY)))
                .withMessage("PushPull goes over streams, not in packets");
        assertThatIllegalArgumentException().isThrownBy(() -> MessageCodec.encode(new Refusal("no")));
    }

    /** A map of two fields, of which the second is for the caller to add. */
    private static MsgPackWriter alive() {
        return new MsgPackWriter(64)
                .type(MessageType.ALIVE)
                .map(2)
                .field(Field.INCARNATION)
                .unsigned(1);
    }

    private static MsgPackWriter begin(int type) {
        return new MsgPackWriter(64).type(type).map(1);
    }

    private static Message nack(int... sequence) throws ProtocolException {
        byte[] bytes = nackBytes(sequence);
        return MessageCodec.decode(bytes, 0, bytes.length);
    }

    private static void refusesNack(int... sequence) {
        refuses(Refused.MALFORMED, nackBytes(sequence));
    }

    private static byte[] nackBytes(int... sequence) {
        MsgPackWriter out = begin(MessageType.NACK).field(Field.SEQUENCE);
        for (int octet : sequence) {
            out.type(octet);
        }
        return out.toBytes();
    }

    private static Message decode(int... octets) throws ProtocolException {
        var bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return MessageCodec.decode(bytes, 0, bytes.length);
    }

    private static void refuses(Refused reason, byte[] bytes) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> MessageCodec.decode(bytes, 0, bytes.length))
                .extracting(ProtocolException::reason)
                .isEqualTo(reason);
    }
}
