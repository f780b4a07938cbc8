package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real bytes are in {@link CaptureTest} and {@link GoldenMessagesTest}. */
class LzwTest {
    private static final int ANY = 1 << 20;

    /** Codes of the empty text, of "a" and of "aaaa", written out by hand: clear, literals and pairs, end; of 9 bits each, the lowest first. */
    @ParameterizedTest
    @ValueSource(strings = {" 000302", "a 00c30404", "aaaa 00c3080c1310"})
    void writesCodesOfNineBitsLowestFirst(String example) throws ProtocolException {
        byte[] text = example.substring(0, example.indexOf(' ')).getBytes(US_ASCII);
        byte[] codes = HexFormat.of().parseHex(example.substring(example.indexOf(' ') + 1));
        assertThat(compress(text)).isEqualTo(codes);
        assertThat(decompress(codes)).isEqualTo(text);
    }

    @Property
    void undoesWhatItDid(@ForAll("texts") byte[] text) throws ProtocolException {
        byte[] compressed = compress(text);
        assertThat(decompress(compressed)).isEqualTo(text);
        assertThat(compressed.length).isLessThanOrEqualTo(LzwEncoder.maxLength(text.length));
    }

    @Property(tries = 200)
    void theTableFillsAtEveryLengthAroundItsBorders(@ForAll("borders") int length, @ForAll Random random)
            throws ProtocolException {
        // no pair of random bytes comes twice soon, so that about each byte takes a code
        var text = new byte[length];
        random.nextBytes(text);
        assertThat(decompress(compress(text))).isEqualTo(text);
    }

    @Property(tries = 200)
    void isTheSameFromAnEncoderThatWasUsedBefore(@ForAll("texts") byte[] before, @ForAll("texts") byte[] text)
            throws ProtocolException {
        var encoder = new LzwEncoder();
        var decoder = new LzwDecoder();
        var room = new byte[LzwEncoder.maxLength(Math.max(before.length, text.length))];
        int length = encoder.encode(before, room);
        assertThat(decoder.decode(room, 0, length, ANY)).isEqualTo(before);
        length = encoder.encode(text, room);
        assertThat(Arrays.copyOf(room, length)).isEqualTo(compress(text));
        assertThat(decoder.decode(room, 0, length, ANY)).isEqualTo(text);
    }

    @Provide
    Arbitrary<byte[]> texts() {
        Arbitrary<Integer> lengths = Arbitraries.integers().between(0, 30_000);
        Arbitrary<Integer> alphabets = Arbitraries.of(1, 2, 3, 16, 256);
        Arbitrary<Integer> periods = Arbitraries.of(1, 2, 7, 300, 5_000, 30_000);
        return Combinators.combine(lengths, alphabets, periods, Arbitraries.longs())
                .as((length, alphabet, period, seed) -> {
                    var random = new Random(seed);
                    var text = new byte[length];
                    for (int i = 0; i < length; i++) {
                        text[i] = (byte) (i < period ? random.nextInt(alphabet) : text[i - period]);
                    }
                    return text;
                });
    }

    /** Around where codes grow by a bit, and where the table is full: 257 + n codes. */
    @Provide
    Arbitrary<Integer> borders() {
        return Arbitraries.of(254, 766, 1_790, 3_838, 7_676, 11_514)
                .flatMap(border -> Arbitraries.integers().between(border - 4, border + 4));
    }

    /** One code more than the table has, without a clear: Go's writer never does so, its reader goes on with the table as it is. */
    @Test
    void aFullTableStaysAsItIsUntilItIsCleared() throws ProtocolException {
        var codes = new Codes();
        var expected = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            codes.write('a' + i % 26);
            expected.append((char) ('a' + i % 26));
        }
        codes.write(4_095); // the last pair that found room: of the codes 3,837 and 3,838, counted from 0
        expected.append((char) ('a' + 3_837 % 26)).append((char) ('a' + 3_838 % 26));
        codes.write(LzwEncoder.CLEAR);
        codes.write('z');
        codes.write(LzwEncoder.END);
        assertThat(new String(decompress(codes.bytes()), US_ASCII)).isEqualTo(expected + "z");
    }

    @Test
    void ignoresWhatFollowsTheEnd() throws ProtocolException {
        byte[] compressed = compress("text".getBytes(US_ASCII));
        assertThat(decompress(Arrays.copyOf(compressed, compressed.length + 7))).isEqualTo("text".getBytes(US_ASCII));
    }

    @Test
    void refusesTextThatEndsTooEarly() {
        byte[] compressed = compress("a text that is a text".getBytes(US_ASCII));
        for (int length = 0; length < compressed.length; length++) {
            refuses(Refused.TRUNCATED, Arrays.copyOf(compressed, length), ANY);
        }
    }

    @Test
    void refusesACodeThatStandsForNothingYet() {
        refuses(Refused.MALFORMED, new Codes().write(258).bytes(), ANY);
        refuses(Refused.MALFORMED, new Codes().write('a').write(259).bytes(), ANY);
        refuses(
                Refused.MALFORMED,
                new Codes().write('a').write('b').write(256).write(258).bytes(),
                ANY);
    }

    @Test
    void becomesNoLargerThanAllowed() throws ProtocolException {
        byte[] bomb = compress(new byte[ANY]);
        assertThat(bomb.length).isLessThan(3_000);
        assertThat(new LzwDecoder().decode(bomb, 0, bomb.length, ANY)).hasSize(ANY);
        refuses(Refused.DECOMPRESSES_TOO_LARGE, bomb, ANY - 1);
        refuses(Refused.DECOMPRESSES_TOO_LARGE, bomb, 0);
    }

    @Test
    void saysWhenItDoesNotFit() {
        byte[] text = "no byte of it comes twic".getBytes(US_ASCII);
        int length = compress(text).length;
        assertThat(new LzwEncoder().encode(text, new byte[length])).isEqualTo(length);
        for (int room = 0; room < length; room++) {
            assertThat(new LzwEncoder().encode(text, new byte[room])).isEqualTo(-1);
        }
    }

    private static void refuses(Refused reason, byte[] compressed, int max) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> new LzwDecoder().decode(compressed, 0, compressed.length, max))
                .extracting(ProtocolException::reason)
                .isEqualTo(reason);
    }

    static byte[] compress(byte[] text) {
        var room = new byte[LzwEncoder.maxLength(text.length)];
        return Arrays.copyOf(room, new LzwEncoder().encode(text, room));
    }

    private static byte[] decompress(byte[] compressed) throws ProtocolException {
        return new LzwDecoder().decode(compressed, 0, compressed.length, ANY);
    }

    /** Codes as a writer puts them that never clears the table by itself. */
    private static final class Codes {
        private final byte[] bytes = new byte[16_384];
        private int bits;
        private int width = 9;
        private int last = LzwEncoder.END;

        Codes write(int code) {
            for (int i = 0; i < width; i++, bits++) {
                bytes[bits / 8] |= (byte) ((code >>> i & 1) << bits % 8);
            }
            if (code == LzwEncoder.CLEAR) {
                width = 9;
                last = LzwEncoder.END;
            } else if (++last == 1 << width && width < 12) {
                width++;
            }
            return this;
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes, (bits + 7) / 8);
        }
    }
}
