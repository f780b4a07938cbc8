package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dunlin.gossip.wire.Message.Nack;
import io.dunlin.gossip.wire.Message.User;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketCodecTest {
    private static final List<Message> THREE =
            List.of(new Nack(1), new User(Bytes.utf8("aaaaaaaaaaaaaaaaaaaaaaaa")), new Nack(3));

    private final List<Message> out = new ArrayList<>();

    /** Every combination of label, key and compression, at both versions of encryption. */
    static Stream<PacketCodec> codecs() {
        var codecs = new ArrayList<PacketCodec>();
        for (String label : new String[] {"", "blue", "x".repeat(255)}) {
            for (int keyLength : new int[] {0, 16, 24, 32}) {
                for (boolean compress : new boolean[] {false, true}) {
                    KeyRing ring = keyLength == 0 ? null : KeyRing.of(new byte[keyLength]);
                    var codec = new PacketCodec(label, ring, compress, new Random(1));
                    codecs.add(codec);
                    codecs.add(codec.withProtocol(1));
                }
            }
        }
        return codecs.stream();
    }

    @Property(tries = 300)
    void whatWasEncodedIsDecoded(
            @ForAll("messages") List<Message> messages, @ForAll boolean crc, @ForAll Random random) {
        List<PacketCodec> codecs = codecs().toList();
        PacketCodec codec = codecs.get(random.nextInt(codecs.size()));
        byte[] packet = codec.encode(encoded(messages), crc);
        var decoded = new ArrayList<Message>();
        assertThat(codec.decode(packet, (each, _) -> decoded.add(each))).isNull();
        assertThat(decoded).isEqualTo(messages);
        int alone =
                encoded(messages).stream().mapToInt(message -> message.length).sum();
        int compound =
                messages.size() == 1 ? 0 : PacketCodec.COMPOUND_HEADER + PacketCodec.COMPOUND_PART * messages.size();
        assertThat(packet.length).isLessThanOrEqualTo(alone + compound + codec.overhead());
    }

    @Provide
    Arbitrary<List<Message>> messages() {
        return RandomMessages.inPackets().list().ofMinSize(1).ofMaxSize(20);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void eachPacketIsRefusedWhereverItEnds(PacketCodec codec) {
        for (boolean crc : new boolean[] {false, true}) {
            byte[] packet = codec.encode(encoded(THREE), crc);
            for (int length = 0; length < packet.length; length++) {
                out.clear();
                assertThat(codec.decode(Arrays.copyOf(packet, length), (each, _) -> out.add(each)))
                        .isNotNull();
                assertThat(out).isEqualTo(THREE.subList(0, out.size()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachByteOfAnEncryptedPacketIsProtected(int protocol) {
        var codec = new PacketCodec("blue", KeyRing.of(new byte[16], new byte[32]), true, new Random(1))
                .withProtocol(protocol);
        int version = 2 + "blue".length();
        byte[] packet = codec.encode(encoded(THREE), true);
        for (int i = 0; i < packet.length; i++) {
            for (int bit = i == version ? 1 : 0; bit < 8; bit++) {
                packet[i] ^= (byte) (1 << bit);
                assertThat(codec.decode(packet, (each, _) -> out.add(each)))
                        .isIn(Refused.WRONG_LABEL, Refused.NO_KEY_FITS, Refused.NOT_ENCRYPTED);
                packet[i] ^= (byte) (1 << bit);
            }
        }
        assertThat(out).isEmpty();
        assertThat(codec.decode(packet, (each, _) -> out.add(each))).isNull();
    }

    /** A weakness of memberlist's: what is left of the text is right, but padding is taken for text. */
    @Test
    void theVersionOfTheEncryptionIsNotProtected() {
        var ring = KeyRing.of(new byte[16]);
        var padding = new PacketCodec("", ring, false, new Random(1)).withProtocol(1);
        byte[] packet = padding.encode(List.of(MessageCodec.encode(new User(Bytes.utf8("123456789")))), false);
        packet[0] = Encryption.PLAIN;
        assertThat(padding.decode(packet, (each, _) -> out.add(each))).isNull();
        assertThat(out).containsExactly(new User(Bytes.utf8("123456789\6\6\6\6\6\6")));
        packet = new PacketCodec("", ring, false, new Random(2)).encode(encoded(THREE), false);
        packet[0] = Encryption.PADDED;
        assertThat(padding.decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.MALFORMED);
    }

    @Test
    void eachByteOfAPacketWithCrcIsChecked() {
        PacketCodec codec = plain();
        byte[] packet = codec.encode(encoded(THREE), true);
        for (int i = 1; i < packet.length; i++) {
            packet[i] ^= 1;
            assertThat(codec.decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.BAD_CRC);
            packet[i] ^= 1;
        }
        assertThat(out).isEmpty();
    }

    /** CRC-32 of "123456789" is cbf43926 in every table of checksums. */
    @Test
    void theCrcIsTheOneOfIeee8023() {
        byte[] user = MessageCodec.encode(new User(Bytes.utf8("123456789")));
        byte[] packet = plain().encode(List.of(user), true);
        var crc = new CRC32();
        crc.update("123456789".getBytes(US_ASCII));
        assertThat(crc.getValue()).isEqualTo(0xcbf43926L);
        crc.reset();
        crc.update(user);
        assertThat(HexFormat.of().toHexDigits((int) crc.getValue()))
                .isEqualTo(HexFormat.of().formatHex(packet, 1, 5));
    }

    @Test
    void aMessageAloneIsItsPacket() {
        byte[] message = MessageCodec.encode(new Nack(7));
        assertThat(plain().encode(List.of(message), false)).isSameAs(message);
        assertThat(new PacketCodec("", null, true, new Random(1)).encode(List.of(message), false))
                .isSameAs(message); // compression would make it longer
    }

    @Test
    void compressionIsUsedOnlyWhereItMakesThePacketShorter() {
        var codec = new PacketCodec("", null, true, new Random(1));
        for (int length = 0; length < 300; length++) {
            byte[] message = MessageCodec.encode(new User(Bytes.wrap(new byte[length])));
            byte[] packet = codec.encode(List.of(message), false);
            assertThat(packet.length).isLessThanOrEqualTo(message.length);
            assertThat(packet[0] == MessageType.COMPRESSED).isEqualTo(packet.length < message.length);
            assertThat(plain().decode(packet, (each, _) -> out.add(each))).isNull();
            assertThat(out).endsWith(new User(Bytes.wrap(new byte[length])));
        }
    }

    @Test
    void labelsMustBeEqual() {
        byte[] none = plain().encode(encoded(THREE), false);
        byte[] blue = labelled("blue").encode(encoded(THREE), false);
        assertThat(labelled("blue").decode(blue, (each, _) -> out.add(each))).isNull();
        assertThat(out).isEqualTo(THREE);
        assertThat(plain().decode(blue, (each, _) -> out.add(each))).isEqualTo(Refused.WRONG_LABEL);
        assertThat(labelled("blue").decode(none, (each, _) -> out.add(each))).isEqualTo(Refused.WRONG_LABEL);
        assertThat(labelled("blu").decode(blue, (each, _) -> out.add(each))).isEqualTo(Refused.WRONG_LABEL);
        assertThat(labelled("blues").decode(blue, (each, _) -> out.add(each))).isEqualTo(Refused.WRONG_LABEL);
        assertThat(labelled("grey").decode(blue, (each, _) -> out.add(each))).isEqualTo(Refused.WRONG_LABEL);
        assertThat(plain().decode(new byte[] {(byte) MessageType.LABEL, 0, 8}, (each, _) -> out.add(each)))
                .isEqualTo(Refused.WRONG_LABEL);
        assertThat(out).isEqualTo(THREE);
    }

    /** By a cipher of the JDK's, from memberlist's description: magic, length, label; version, nonce, text and tag; the label authenticated. */
    @ParameterizedTest
    @ValueSource(strings = {"", "blue"})
    void aPacketIsLaidOutAsMemberlistSays(String label) throws GeneralSecurityException {
        byte[] message = MessageCodec.encode(new Nack(1));
        byte[] text = label.getBytes(US_ASCII);
        byte[] header = label.isEmpty() ? new byte[0] : new byte[] {(byte) 244, 4, 'b', 'l', 'u', 'e'};
        assertThat(labelled(label).encode(List.of(message), false)).isEqualTo(concat(header, message));

        byte[] key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        byte[] packet = new PacketCodec(label, KeyRing.of(key), false, new Random(1)).encode(List.of(message), false);
        byte[] nonce = Arrays.copyOfRange(packet, header.length + 1, header.length + 13);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(text);
        assertThat(packet).isEqualTo(concat(header, new byte[] {1}, nonce, cipher.doFinal(message)));
    }

    static byte[] concat(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Test
    void theLabelIsAuthenticated() {
        byte[] key = new byte[16];
        byte[] red = new PacketCodec("red", KeyRing.of(key), false, new Random(1)).encode(encoded(THREE), false);
        red[2] = 'b';
        assertThat(new PacketCodec("bed", KeyRing.of(key), false, new Random(1))
                        .decode(red, (each, _) -> out.add(each)))
                .isEqualTo(Refused.NO_KEY_FITS);
    }

    @Test
    void aLabelHas255BytesAtMost() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> labelled("é".repeat(128)))
                .withMessage("label of 256 bytes; at most 255");
    }

    @Test
    void whatIsInTheClearIsRefusedWhereThereIsARing() {
        var keyed = new PacketCodec("", KeyRing.of(new byte[16]), false, new Random(1));
        assertThat(keyed.decode(plain().encode(encoded(THREE), false), (each, _) -> out.add(each)))
                .isEqualTo(Refused.NOT_ENCRYPTED);
        assertThat(keyed.decode(plain().encode(encoded(THREE), true), (each, _) -> out.add(each)))
                .isEqualTo(Refused.NOT_ENCRYPTED);
        assertThat(out).isEmpty();
    }

    @Test
    void whatIsEncryptedIsNonsenseWithoutARing() {
        byte[] packet =
                new PacketCodec("", KeyRing.of(new byte[16]), false, new Random(1)).encode(encoded(THREE), false);
        assertThat(plain().decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.MALFORMED);
        assertThat(out).isEmpty();
    }

    @Test
    void withoutTheKeyNothingIsOpened() {
        byte[] packet =
                new PacketCodec("", KeyRing.of(new byte[16]), false, new Random(1)).encode(encoded(THREE), false);
        var other = new PacketCodec("", KeyRing.of(new byte[32], new byte[24]), false, new Random(1));
        assertThat(other.decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.NO_KEY_FITS);
        assertThat(out).isEmpty();
    }

    @Test
    void aClosedRingSealsNothingAndOpensNothing() {
        KeyRing ring = KeyRing.of(new byte[16]);
        var codec = new PacketCodec("", ring, false, new Random(1));
        byte[] packet = codec.encode(encoded(THREE), false);
        ring.close();
        assertThat(codec.decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.NO_KEY_FITS);
        assertThatIllegalStateException().isThrownBy(() -> codec.encode(encoded(THREE), false));
        assertThat(out).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {-128, -1, 0, 1, 15, 16, 17, 20})
    void paddingIsOfOneToSixteenBytes(int padding) {
        var text = new byte[16];
        text[0] = MessageType.USER;
        Arrays.fill(text, Math.clamp(16 - padding, 0, 15), 16, (byte) padding);
        assertThat(decodePadded(text))
                .isEqualTo(
                        padding == 16 ? Refused.TRUNCATED : padding == 1 || padding == 15 ? null : Refused.MALFORMED);
        assertThat(decodePadded(new byte[0])).isEqualTo(Refused.TRUNCATED);
    }

    @Test
    void allBytesOfPaddingAreEqual() {
        var text = new byte[16];
        text[0] = MessageType.USER;
        Arrays.fill(text, 13, 16, (byte) 3);
        assertThat(decodePadded(text)).isNull();
        assertThat(out).containsExactly(new User(Bytes.wrap(new byte[12])));
        text[13] = 2;
        assertThat(decodePadded(text)).isEqualTo(Refused.MALFORMED);
    }

    /** Sealed without padding, and then said to be with it. */
    private @Nullable Refused decodePadded(byte[] text) {
        var codec = new PacketCodec("", KeyRing.of(new byte[16]), false, new Random(1));
        byte[] packet = codec.encode(List.of(text), false);
        packet[0] = Encryption.PADDED;
        return codec.decode(packet, (each, _) -> out.add(each));
    }

    @Test
    void aCompoundHasUpTo255Messages() {
        List<byte[]> most = IntStream.range(0, 255)
                .mapToObj(i -> MessageCodec.encode(new Nack(i)))
                .toList();
        assertThat(plain().decode(plain().encode(most, false), (each, _) -> out.add(each)))
                .isNull();
        assertThat(out).hasSize(255);
        var more = new ArrayList<>(most);
        more.add(most.getFirst());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().encode(more, false))
                .withMessage("256 messages; a packet has 1 to 255");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().encode(List.of(), false))
                .withMessage("0 messages; a packet has 1 to 255");
    }

    @Test
    void aPacketIsNoLongerThanADatagram() {
        var codec = new PacketCodec("", KeyRing.of(new byte[16]), false, new Random(1));
        byte[] longest = new byte[PacketCodec.MAX_PACKET - codec.overhead()];
        longest[0] = MessageType.USER;
        assertThat(codec.encode(List.of(longest), true)).hasSize(PacketCodec.MAX_PACKET);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(List.of(new byte[longest.length + 1]), true))
                .withMessage("65502 bytes and 34 around them; a packet has at most 65535");
        byte[] half = new byte[PacketCodec.MAX_PACKET / 2];
        assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(List.of(half, half, half), true));
        byte[] huge = new byte[PacketCodec.MAX_PACKET + 8];
        assertThatIllegalArgumentException().isThrownBy(() -> plain().encode(List.of(huge, half), true));
        assertThat(plain().decode(new byte[PacketCodec.MAX_PACKET + 1], (each, _) -> out.add(each)))
                .isEqualTo(Refused.TOO_LONG);
    }

    @Test
    void aPartThatIsRefusedDoesNotSpoilTheOthers() {
        byte[] unknown = {99};
        byte[] broken = {MessageType.ACK, 5};
        byte[] first = MessageCodec.encode(THREE.get(0));
        byte[] last = MessageCodec.encode(THREE.get(2));
        byte[] packet = plain().encode(List.of(first, unknown, broken, last), false);
        assertThat(plain().decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.UNKNOWN_TYPE);
        assertThat(out).containsExactly(THREE.get(0), THREE.get(2));
    }

    @Test
    void anEmptyPartIsTruncated() {
        byte[] packet = plain().encode(List.of(new byte[0], MessageCodec.encode(new Nack(2))), false);
        assertThat(plain().decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.TRUNCATED);
        assertThat(out).containsExactly(new Nack(2));
    }

    @Test
    void aCompoundOfNothingIsNothing() {
        assertThat(plain().decode(new byte[] {MessageType.COMPOUND, 0}, (each, _) -> out.add(each)))
                .isNull();
        assertThat(out).isEmpty();
    }

    @Test
    void nestingHasACap() {
        byte[] nested = MessageCodec.encode(new Nack(1));
        for (int depth = 1; depth <= PacketCodec.MAX_NESTING; depth++) {
            nested = plain().encode(List.of(nested, new byte[] {MessageType.COMPOUND, 0}), false);
            if (depth < PacketCodec.MAX_NESTING) {
                assertThat(plain().decode(nested, (each, _) -> out.add(each))).isNull();
            }
        }
        assertThat(out).hasSize(PacketCodec.MAX_NESTING - 1);
        // the empty compound beside the message is one level more
        assertThat(plain().decode(nested, (each, _) -> out.add(each))).isEqualTo(Refused.NESTED_TOO_DEEP);
        byte[] compressed = new byte[1_000];
        for (int depth = 0; depth <= PacketCodec.MAX_NESTING; depth++) {
            compressed = new Compression().compressed(compressed);
        }
        assertThat(plain().decode(compressed, (each, _) -> out.add(each))).isEqualTo(Refused.NESTED_TOO_DEEP);
    }

    @Test
    void theNumberOfMessagesHasACap() {
        byte[] empty = {MessageType.USER};
        byte[] many = plain().encode(Collections.nCopies(255, empty), false);
        assertThat(plain().decode(plain().encode(List.of(many, many), false), (each, _) -> out.add(each)))
                .isNull();
        assertThat(out).hasSize(PacketCodec.MAX_PARTS - 2);
        out.clear();
        assertThat(plain().decode(plain().encode(List.of(many, many, many), false), (each, _) -> out.add(each)))
                .isEqualTo(Refused.TOO_MANY_PARTS);
        assertThat(out).hasSize(PacketCodec.MAX_PARTS - 2);
        byte[] sixty = plain().encode(Collections.nCopies(60, many), false);
        out.clear();
        assertThat(plain().decode(sixty, (each, _) -> out.add(each))).isEqualTo(Refused.TOO_MANY_PARTS);
        assertThat(out.size()).isLessThanOrEqualTo(PacketCodec.MAX_PARTS);
    }

    @Test
    void aBombDoesNotGoOff() {
        byte[] bomb = new Compression().compressed(new byte[PacketCodec.MAX_PACKET + 1]);
        assertThat(bomb.length).isLessThan(600);
        assertThat(plain().decode(bomb, (each, _) -> out.add(each))).isEqualTo(Refused.DECOMPRESSES_TOO_LARGE);
        // nor do many small ones: a packet has one budget
        byte[] third = new byte[PacketCodec.MAX_PACKET / 3];
        third[0] = MessageType.USER;
        byte[] small = new Compression().compressed(third);
        assertThat(plain().decode(
                                plain().encode(List.of(small, small, small, small), false), (each, _) -> out.add(each)))
                .isEqualTo(Refused.DECOMPRESSES_TOO_LARGE);
        assertThat(out).hasSize(3);
    }

    @Test
    void otherCompressionIsSaidToBeUnsupported() {
        byte[] packet = new Compression().compressed(MessageCodec.encode(new Nack(1)));
        int algorithm = 2 + Field.ALGO.encoded().length;
        assertThat(packet[algorithm]).isZero();
        packet[algorithm] = 1;
        assertThat(plain().decode(packet, (each, _) -> out.add(each))).isEqualTo(Refused.UNSUPPORTED_COMPRESSION);
    }

    @ParameterizedTest
    @ValueSource(ints = {MessageType.PUSH_PULL, MessageType.ENCRYPTED, MessageType.REFUSAL, 14, 255})
    void typesThatHaveNoPlaceInAPacketAreRefused(int type) {
        assertThat(plain().decode(new byte[] {(byte) type, (byte) 0x80}, (each, _) -> out.add(each)))
                .isEqualTo(Refused.UNKNOWN_TYPE);
    }

    @Test
    void aCrcHasItsPlaceInFrontOfAllElse() {
        byte[] checked = plain().encode(encoded(THREE), true);
        assertThat(plain().decode(plain().encode(List.of(checked, checked), false), (each, _) -> out.add(each)))
                .isEqualTo(Refused.UNKNOWN_TYPE);
        assertThat(plain().decode(new byte[] {MessageType.CRC, 0, 0, 0}, (each, _) -> out.add(each)))
                .isEqualTo(Refused.TRUNCATED);
        assertThat(out).isEmpty();
    }

    @Test
    void saysHowMuchItAdds() {
        KeyRing ring = KeyRing.of(new byte[16]);
        assertThat(plain().overhead()).isEqualTo(5);
        assertThat(labelled("blue").overhead()).isEqualTo(5 + 6);
        assertThat(new PacketCodec("", ring, true, new Random(1)).overhead()).isEqualTo(5 + 29);
        assertThat(new PacketCodec("", ring, true, new Random(1))
                        .withProtocol(1)
                        .overhead())
                .isEqualTo(5 + 45);
        assertThat(new PacketCodec("", ring, true, new Random(1))
                        .withProtocol(5)
                        .overhead())
                .isEqualTo(5 + 29);
    }

    private static PacketCodec plain() {
        return new PacketCodec("", null, false, new Random(1));
    }

    private static PacketCodec labelled(String label) {
        return new PacketCodec(label, null, false, new Random(1));
    }

    private static List<byte[]> encoded(List<Message> messages) {
        return messages.stream().map(MessageCodec::encode).toList();
    }
}
