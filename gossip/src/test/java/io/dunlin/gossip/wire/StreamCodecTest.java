package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import io.dunlin.gossip.wire.Message.Ack;
import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.Ping;
import io.dunlin.gossip.wire.Message.PushPull;
import io.dunlin.gossip.wire.Message.Refusal;
import io.dunlin.gossip.wire.Message.Source;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.User;
import io.dunlin.gossip.wire.Message.Versions;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamCodecTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress("10.0.0.1", 7946);
    private static final NodeState NODE =
            new NodeState("n1", ADDRESS, Bytes.utf8("meta"), 300, State.SUSPECT, new Versions(1, 5, 2, 0, 0, 0));

    static Stream<StreamCodec> codecs() {
        var codecs = new ArrayList<StreamCodec>();
        for (String label : new String[] {"", "blue"}) {
            for (int keyLength : new int[] {0, 16, 24, 32}) {
                for (boolean compress : new boolean[] {false, true}) {
                    KeyRing ring = keyLength == 0 ? null : KeyRing.of(new byte[keyLength]);
                    var codec = new StreamCodec(label, ring, compress, new Random(1));
                    codecs.add(codec);
                    codecs.add(codec.withProtocol(1));
                }
            }
        }
        return codecs.stream();
    }

    static Stream<Message> ofEachKind() {
        return Stream.of(
                new PushPull(true, List.of(NODE, NODE, NODE), Bytes.utf8("state of the layers above")),
                new User(Bytes.utf8("data")),
                new Ping(1, "n1", Source.UNKNOWN),
                new Ack(1, Bytes.EMPTY),
                new Refusal("no"));
    }

    @Property(tries = 300)
    void whatWasEncodedIsFramedAndDecoded(@ForAll("messages") Message message, @ForAll Random random)
            throws ProtocolException {
        List<StreamCodec> codecs = codecs().toList();
        StreamCodec codec = codecs.get(random.nextInt(codecs.size()));
        byte[] request = codec.encode(message);
        byte[] reply = codec.encodeReply(message);
        assertThat(framed(codec, request, random)).isEqualTo(request.length);
        assertThat(framed(codec, reply, random)).isEqualTo(reply.length);
        assertThat(codec.decode(request).message()).isEqualTo(message);
        assertThat(codec.decodeReply(reply)).isEqualTo(message);
    }

    @Provide
    Arbitrary<Message> messages() {
        return RandomMessages.onStreams();
    }

    /** The stream comes in pieces, and something else comes behind it. */
    private static int framed(StreamCodec codec, byte[] message, Random random) {
        StreamFramer framer = codec.newFramer();
        byte[] stream = Arrays.copyOf(message, message.length + 10);
        for (int length = 0; ; length = Math.min(stream.length, length + 1 + random.nextInt(200))) {
            int found = framer.messageLength(stream, length);
            assertThat(found != StreamFramer.INCOMPLETE).isEqualTo(length >= message.length);
            if (found != StreamFramer.INCOMPLETE) {
                return found;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void eachMessageIsRefusedWhereverItEnds(StreamCodec codec) {
        ofEachKind().forEach(message -> {
            byte[] bytes = codec.encode(message);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThat(codec.newFramer().messageLength(cut, length)).isEqualTo(StreamFramer.INCOMPLETE);
                assertThatExceptionOfType(ProtocolException.class)
                        .isThrownBy(() -> codec.decode(cut))
                        .extracting(ProtocolException::reason)
                        .isIn(Refused.TRUNCATED, Refused.WRONG_LABEL, Refused.NO_KEY_FITS);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachByteOfAnEncryptedMessageIsProtected(int protocol) throws ProtocolException {
        var codec = new StreamCodec("blue", KeyRing.of(new byte[16]), true, new Random(1)).withProtocol(protocol);
        Message message = new PushPull(true, List.of(NODE), Bytes.EMPTY);
        byte[] bytes = codec.encode(message);
        int version = 2 + "blue".length() + StreamCodec.ENCRYPTED_HEADER;
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = i == version ? 1 : 0; bit < 8; bit++) { // see PacketCodecTest of that bit
                bytes[i] ^= (byte) (1 << bit);
                assertThatExceptionOfType(ProtocolException.class)
                        .isThrownBy(() -> codec.decode(bytes))
                        .extracting(ProtocolException::reason)
                        .isIn(Refused.WRONG_LABEL, Refused.NOT_ENCRYPTED, Refused.NO_KEY_FITS);
                bytes[i] ^= (byte) (1 << bit);
            }
        }
        assertThat(codec.decode(bytes).message()).isEqualTo(message);
    }

    @Test
    void whatOpensAStreamHasTheLabelAndWhatAnswersHasNone() throws ProtocolException {
        StreamCodec blue = plain("blue");
        Message message = new User(Bytes.utf8("data"));
        byte[] request = blue.encode(message);
        byte[] reply = blue.encodeReply(message);
        assertThat(reply)
                .isEqualTo(Arrays.copyOfRange(request, 6, request.length))
                .isEqualTo(plain("").encode(message));
        assertThat(blue.decodeReply(reply)).isEqualTo(message);
        refuses(Refused.WRONG_LABEL, blue, reply);
        refuses(Refused.WRONG_LABEL, plain("grey"), request);
        refuses(Refused.WRONG_LABEL, plain(""), request);
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> blue.decodeReply(request));
    }

    /** By a cipher of the JDK's, from memberlist's description: type and length, version, nonce, text and tag; the first two and the label authenticated. */
    @Test
    void anEncryptedMessageIsLaidOutAsMemberlistSays() throws GeneralSecurityException {
        Message message = new User(Bytes.utf8("data"));
        byte[] key = new byte[16];
        var codec = new StreamCodec("blue", KeyRing.of(key), false, new Random(1));
        byte[] reply = codec.encodeReply(message);
        byte[] text = plain("").encode(message);
        byte[] header = {10, 0, 0, 0, (byte) (1 + 12 + text.length + 16)};
        byte[] nonce = Arrays.copyOfRange(reply, 6, 18);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(header);
        cipher.updateAAD(new byte[] {'b', 'l', 'u', 'e'});
        assertThat(reply).isEqualTo(PacketCodecTest.concat(header, new byte[] {1}, nonce, cipher.doFinal(text)));
        assertThat(codec.encode(message)).startsWith(244, 4, 'b', 'l', 'u', 'e', 10);
    }

    @Test
    void theLabelIsAuthenticatedInAReplyToo() {
        var red = new StreamCodec("red", KeyRing.of(new byte[16]), false, new Random(1));
        var bed = new StreamCodec("bed", KeyRing.of(new byte[16]), false, new Random(1));
        byte[] reply = red.encodeReply(new Ack(1, Bytes.EMPTY));
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> bed.decodeReply(reply))
                .extracting(ProtocolException::reason)
                .isEqualTo(Refused.NO_KEY_FITS);
    }

    @Test
    void inTheClearAgainstEncryptedIsRefusedAndSaid() {
        var keyed = new StreamCodec("", KeyRing.of(new byte[16]), false, new Random(1));
        var other = new StreamCodec("", KeyRing.of(new byte[32]), false, new Random(1));
        Message message = new User(Bytes.utf8("data"));
        refuses(Refused.NOT_ENCRYPTED, keyed, plain("").encode(message));
        refuses(Refused.ENCRYPTED, plain(""), keyed.encode(message));
        refuses(Refused.NO_KEY_FITS, other, keyed.encode(message));
    }

    @Test
    void compressionIsUsedEvenWhereItMakesTheMessageLonger() throws ProtocolException {
        var codec = new StreamCodec("", null, true, new Random(1));
        Message message = new User(Bytes.utf8("x"));
        assertThat(codec.encode(message)).hasSizeGreaterThan(plain("").encode(message).length);
        assertThat(codec.encode(message)[0]).isEqualTo((byte) MessageType.COMPRESSED);
        assertThat(plain("").decode(codec.encode(message)).message()).isEqualTo(message);
    }

    @Test
    void isCompressedOnceOnly() {
        byte[] twice = new Compression()
                .compressed(new Compression().compressed(plain("").encode(new User(Bytes.EMPTY))));
        refuses(Refused.UNKNOWN_TYPE, plain(""), twice);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 7, 10, 11, 12, 14, 244, 255})
    void otherTypesHaveNoPlaceOnAStream(int type) {
        byte[] bytes = {(byte) type, (byte) 0x80};
        if (type != MessageType.ENCRYPTED && type != MessageType.LABEL) {
            refuses(Refused.UNKNOWN_TYPE, plain(""), bytes);
            assertThat(plain("").newFramer().messageLength(bytes, 2)).isEqualTo(StreamFramer.MALFORMED);
        }
        refuses(Refused.UNKNOWN_TYPE, plain(""), new Compression().compressed(bytes));
    }

    @Test
    void packetsOfOtherKindsAreACallersMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain("").encode(new Nack(1)))
                .withMessage("Nack goes in packets, not over streams");
    }

    @Test
    void aUserMessageHasACap() throws ProtocolException {
        var codec = plain("");
        Message longest = new User(Bytes.wrap(new byte[StreamCodec.MAX_USER_MESSAGE]));
        byte[] bytes = codec.encode(longest);
        assertThat(codec.newFramer().messageLength(bytes, bytes.length)).isEqualTo(bytes.length);
        assertThat(codec.decode(bytes).message()).isEqualTo(longest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(new User(Bytes.wrap(new byte[StreamCodec.MAX_USER_MESSAGE + 1]))))
                .withMessage("a user message of 20971521 bytes; at most 20971520");
        refuses(Refused.MALFORMED, codec, userHeader(StreamCodec.MAX_USER_MESSAGE + 1));
        refuses(Refused.TRUNCATED, codec, userHeader(StreamCodec.MAX_USER_MESSAGE));
    }

    private static byte[] userHeader(int length) {
        return new MsgPackWriter(32)
                .type(MessageType.USER)
                .map(1)
                .field(Field.USER_MESSAGE_LENGTH)
                .signed(length)
                .toBytes();
    }

    @Test
    void aPushPullHasCaps() throws ProtocolException {
        var codec = plain("");
        Message largest = new PushPull(false, List.of(), Bytes.wrap(new byte[StreamCodec.MAX_USER_STATE]));
        assertThat(codec.decode(codec.encode(largest)).message()).isEqualTo(largest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(
                        new PushPull(false, List.of(), Bytes.wrap(new byte[StreamCodec.MAX_USER_STATE + 1]))))
                .withMessage("0 nodes and 20971521 bytes of state; at most 1048576 and 20971520");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(
                        new PushPull(false, Collections.nCopies(StreamCodec.MAX_NODES + 1, NODE), Bytes.EMPTY)))
                .withMessage("1048577 nodes and 0 bytes of state; at most 1048576 and 20971520");
        refuses(Refused.MALFORMED, codec, pushPullHeader(StreamCodec.MAX_NODES + 1, 0));
        refuses(Refused.MALFORMED, codec, pushPullHeader(0, StreamCodec.MAX_USER_STATE + 1));
        // nothing is made room for before it is there
        refuses(Refused.TRUNCATED, codec, pushPullHeader(StreamCodec.MAX_NODES, StreamCodec.MAX_USER_STATE));
        refuses(Refused.TRUNCATED, codec, pushPullHeader(0, StreamCodec.MAX_USER_STATE));
    }

    @Test
    void aClaimedLengthTakesNoMemory() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var codec = plain("");
        List<byte[]> claims = List.of(
                pushPullHeader(StreamCodec.MAX_NODES, StreamCodec.MAX_USER_STATE),
                pushPullHeader(0, StreamCodec.MAX_USER_STATE),
                userHeader(StreamCodec.MAX_USER_MESSAGE),
                claim(MessageType.COMPRESSED, Field.BUF),
                claim(MessageType.REFUSAL, Field.ERROR),
                claim(MessageType.ACK, Field.PAYLOAD),
                claim(MessageType.PING, Field.NODE));
        for (int round = 0; round < 2; round++) { // the first loads classes
            long before = threads.getCurrentThreadAllocatedBytes();
            for (byte[] claim : claims) {
                assertThat(codec.newFramer().messageLength(claim, claim.length)).isNegative();
                try {
                    codec.decode(claim);
                    throw new AssertionError("understood");
                } catch (ProtocolException e) {
                    assertThat(e.reason()).isEqualTo(Refused.TRUNCATED);
                }
            }
            if (round > 0) {
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
            }
        }
    }

    /** A field that claims 16 MiB and has none. */
    private static byte[] claim(int type, Field field) {
        return new MsgPackWriter(32)
                .type(type)
                .map(1)
                .field(field)
                .append(new byte[] {(byte) 0xdb, 1, 0, 0, 0})
                .toBytes();
    }

    @Test
    void aPushPullIsNoLongerThanAStreamTakes() {
        var node = new NodeState(
                "n".repeat(255), ADDRESS, Bytes.wrap(new byte[512]), 1, State.ALIVE, new Versions(1, 5, 2, 0, 0, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain("").encode(new PushPull(false, Collections.nCopies(60_000, node), Bytes.EMPTY)))
                .withMessage("a push/pull of more than 41943040 bytes");
        var keyed = new StreamCodec("", KeyRing.of(new byte[16]), false, new Random(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keyed.encode(new PushPull(false, Collections.nCopies(30_000, node), Bytes.EMPTY)))
                .withMessageContaining("a stream takes 20971520");
    }

    private static byte[] pushPullHeader(int nodes, int userState) {
        return new MsgPackWriter(64)
                .type(MessageType.PUSH_PULL)
                .map(2)
                .field(Field.NODES)
                .signed(nodes)
                .field(Field.USER_STATE_LENGTH)
                .signed(userState)
                .toBytes();
    }

    @Test
    void aStateBeyondLeftIsMalformed() {
        byte[] header = pushPullHeader(1, 0);
        byte[] bytes = new MsgPackWriter(64)
                .append(header)
                .map(2)
                .field(Field.ADDR)
                .raw(new byte[4])
                .field(Field.STATE)
                .unsigned(4)
                .toBytes();
        refuses(Refused.MALFORMED, plain(""), bytes);
    }

    @Test
    void aBombDoesNotGoOff() {
        byte[] bomb = new Compression().compressed(new byte[StreamCodec.MAX_CLEAR + 1]);
        assertThat(bomb.length).isLessThan(40_000);
        refuses(Refused.DECOMPRESSES_TOO_LARGE, plain(""), bomb);
    }

    @Test
    void aRefusalIsReadEvenIfItIsNoText() throws ProtocolException {
        byte[] bytes = new MsgPackWriter(16)
                .type(MessageType.REFUSAL)
                .map(1)
                .field(Field.ERROR)
                .raw(new byte[] {'n', 'o', (byte) 0xff})
                .toBytes();
        assertThat(plain("").decodeReply(bytes)).isEqualTo(new Refusal("no\ufffd"));
        var longest = new MsgPackWriter(16).type(MessageType.REFUSAL).map(1).field(Field.ERROR);
        refuses(
                Refused.MALFORMED,
                plain(""),
                longest.raw(new byte[MessageCodec.MAX_ERROR + 1]).toBytes());
    }

    private static StreamCodec plain(String label) {
        return new StreamCodec(label, null, false, new Random(1));
    }

    private static void refuses(Refused reason, StreamCodec codec, byte[] bytes) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> codec.decode(bytes))
                .extracting(ProtocolException::reason)
                .isEqualTo(reason);
    }
}
