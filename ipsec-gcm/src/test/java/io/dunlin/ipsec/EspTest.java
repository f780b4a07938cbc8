package io.dunlin.ipsec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.ipsec.wire.EspTrailer;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link EspSeal} and {@link EspOpen}, with each other. That others understand it is the business of {@link EspCaptureTest}. */
class EspTest {
    private static final AeadEngine ENGINE = AeadEngines.find(System::nanoTime).fastest();
    private static final Spi SPI = new Spi(0x8000_0001);
    private static final int WINDOW = 4032;
    private static final int UDP = 17;
    private static final int AT = 4;

    private final Arena arena = Arena.ofConfined();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        arena.close();
    }

    private SaKey key(int seed) {
        var bytes = new byte[20];
        new Random(seed).nextBytes(bytes);
        var key = new SaKey(bytes);
        open.add(key);
        return key;
    }

    private EspSeal seal(int keySeed, boolean isExtended, long packets) {
        var seal = new EspSeal(new OutboundSa(SPI, key(keySeed), isExtended, packets), ENGINE);
        open.add(seal);
        return seal;
    }

    private EspOpen open(int keySeed, boolean isExtended, boolean isIvSequence) {
        var opening = new EspOpen(new InboundSa(SPI, key(keySeed), isExtended, isIvSequence, WINDOW), ENGINE);
        open.add(opening);
        return opening;
    }

    /** A packet whose payload is the numbers from 0 on. */
    private Memory sealed(EspSeal seal, long sequence, int payload) {
        int length = EspSeal.sealedLength(payload);
        Memory memory = Memory.of(arena.allocate(AT + length));
        for (int i = 0; i < payload; i++) {
            memory.u8(AT + EspHeader.LENGTH + i, i);
        }
        seal.seal(memory, AT + EspHeader.LENGTH, payload, AT, sequence, UDP);
        return memory;
    }

    private static int open(EspOpen opening, Memory packet) {
        return opening.open(packet, AT, packet.size() - AT, UDP);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void opensWhatItSealedWhateverItsLength(boolean isExtended) {
        EspSeal seal = seal(1, isExtended, 10_000);
        EspOpen opening = open(1, isExtended, true);
        for (int payload = 0; payload < 200; payload++) {
            Memory packet = sealed(seal, seal.take(1), payload);
            assertThat((packet.size() - AT) % 4).isZero();
            assertThat(open(opening, packet)).isEqualTo(payload);
            for (int i = 0; i < payload; i++) {
                assertThat(packet.u8(AT + EspHeader.LENGTH + i)).isEqualTo(i);
            }
        }
    }

    @Test
    void sealsElsewhereAsWhereItLiesAndTouchesNothingBehindTheTrailer() {
        for (int payload = 0; payload < 200; payload++) {
            Memory inPlace = sealed(seal(1, true, 10), 7, payload);
            int sealed = EspSeal.sealedLength(payload);
            Memory memory = Memory.of(arena.allocate(payload + EspTrailer.MAX_LENGTH + 8 + sealed + 8));
            for (int i = 0; i < memory.size(); i++) {
                memory.u8(i, i);
            }
            int to = payload + EspTrailer.MAX_LENGTH + 8;
            seal(1, true, 10).seal(memory, 0, payload, to, 7, UDP);
            assertThat(memory.toArray(to, sealed)).isEqualTo(inPlace.toArray(AT, sealed));
            for (int i = 0; i < memory.size(); i++) {
                boolean mayChange = i >= payload && i < payload + EspTrailer.MAX_LENGTH || i >= to && i < to + sealed;
                if (!mayChange) {
                    assertThat((byte) memory.u8(i))
                            .as("payload %d, byte %d", payload, i)
                            .isEqualTo((byte) i);
                }
            }
        }
    }

    /** As keys that a person configured may be. */
    @Test
    void aKeyThatIsUsedAgainMeetsOtherIvsAndIsOpenedAllTheSame() {
        var ivs = new HashSet<Long>();
        for (long mask : new long[] {0x1234_5678_9abc_def0L, 0xfedc_ba98_7654_3210L}) {
            var seal = new EspSeal(new OutboundSa(SPI, key(1), true, 1, 100, mask), ENGINE);
            open.add(seal);
            EspOpen opening = open(1, true, false);
            for (int i = 0; i < 100; i++) {
                Memory packet = sealed(seal, seal.take(1), 50);
                assertThat(ivs.add(EspHeader.iv(packet, AT))).isTrue();
                assertThat(EspHeader.sequence(packet, AT)).isEqualTo(i + 1);
                assertThat(open(opening, packet)).isEqualTo(50);
            }
        }
    }

    @Test
    void refusesEachChangeOfAByte() {
        EspSeal seal = seal(1, true, 10);
        EspOpen opening = open(1, true, true);
        Memory packet = sealed(seal, seal.take(1), 50);
        Memory copy = Memory.of(arena.allocate(packet.size()));
        // but the SPI, by which the receiver chose the association: it is authenticated as the association has it
        for (int at = AT + EspHeader.SEQUENCE; at < packet.size(); at++) {
            for (int bit = 0; bit < 8; bit++) {
                packet.copyTo(copy, 0, 0, packet.size());
                copy.u8(at, copy.u8(at) ^ 1 << bit);
                assertThat(open(opening, copy)).as("byte %d", at).isIn(EspOpen.NOT_AUTHENTIC, EspOpen.REPLAYED);
            }
        }
        assertThat(open(opening, packet)).as("a forgery moves no window").isEqualTo(50);
    }

    @Test
    void refusesEachTruncation() {
        EspSeal seal = seal(1, true, 10);
        EspOpen opening = open(1, true, true);
        Memory packet = sealed(seal, seal.take(1), 50);
        Memory copy = Memory.of(arena.allocate(packet.size()));
        for (int length = 0; length < packet.size() - AT; length++) {
            packet.copyTo(copy, 0, 0, packet.size());
            assertThat(opening.open(copy, AT, length, UDP))
                    .as("%d bytes", length)
                    .isNegative();
        }
        assertThat(open(opening, packet)).isEqualTo(50);
    }

    @Test
    void opensEachPacketOnce() {
        EspSeal seal = seal(1, true, 1000);
        EspOpen opening = open(1, true, true);
        var packets = new ArrayList<Memory>();
        for (int i = 0; i < 100; i++) {
            packets.add(sealed(seal, seal.take(1), 8));
        }
        for (Memory packet : packets.reversed()) {
            Memory copy = Memory.copyOf(arena, packet.toArray());
            assertThat(open(opening, packet)).isEqualTo(8);
            assertThat(open(opening, copy)).isEqualTo(EspOpen.REPLAYED);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {(1L << 32) - 3, (1L << 40) - 3, Long.MAX_VALUE - 8})
    void stepsOverTheLowerHalfsEnd(long first) {
        EspSeal seal = seal(1, true, Long.MAX_VALUE);
        EspOpen opening = open(1, true, true);
        for (long sequence = first; sequence < first + 6; sequence++) {
            assertThat(open(opening, sealed(seal, sequence, 8)))
                    .as("%x", sequence)
                    .isEqualTo(8);
        }
    }

    @Test
    void guessesTheUpperHalfOfASenderWhoseIvIsSomethingElse() {
        EspSeal seal = seal(1, true, Long.MAX_VALUE);
        EspOpen opening = open(1, true, false);
        assertThat(open(opening, sealed(seal, 1L << 31, 8))).isEqualTo(8);
        for (long sequence = (1L << 32) - 3; sequence < (1L << 32) + 3; sequence++) {
            assertThat(open(opening, sealed(seal, sequence, 8)))
                    .as("%x", sequence)
                    .isEqualTo(8);
        }
        assertThat(open(opening, sealed(seal, (1L << 40) + 100, 8)))
                .as("a gap of more than 2^32")
                .isEqualTo(EspOpen.NOT_AUTHENTIC);
    }

    @Test
    void findsTheNumberAgainAfterAGapOfAnySize() {
        EspSeal seal = seal(1, true, Long.MAX_VALUE);
        EspOpen opening = open(1, true, true);
        assertThat(open(opening, sealed(seal, 1, 8))).isEqualTo(8);
        assertThat(open(opening, sealed(seal, 1L << 40, 8))).isEqualTo(8);
        assertThat(open(opening, sealed(seal, (1L << 40) + 1, 8))).isEqualTo(8);
        assertThat(open(opening, sealed(seal, 2, 8))).as("too old").isEqualTo(EspOpen.REPLAYED);
    }

    @Test
    void stopsWhenNumbersAreUsedUpAndNeverBeginsAnew() {
        var sa = new OutboundSa(SPI, key(1), true, 10);
        assertThat(sa.take(8)).isEqualTo(1);
        assertThat(sa.take(3)).as("only two are left").isZero();
        for (int i = 0; i < 1000; i++) {
            assertThat(sa.take(1)).isZero();
        }
        assertThat(sa.used()).isEqualTo(10);
        assertThatThrownBy(() -> new OutboundSa(SPI, key(1), false, 1L << 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("4294967296 packets by one security association; allowed are 1 to 4294967295");
    }

    @Test
    void beginsWithTheNumberThatIsGivenAndStillTakesEachOnce() {
        long first = (1L << 32) - 2;
        var sa = new OutboundSa(SPI, key(1), true, first, 10, 0x0123_4567_89ab_cdefL);
        assertThat(sa.used()).isZero();
        var seal = new EspSeal(sa, ENGINE);
        open.add(seal);
        var taking = new InboundSa(SPI, key(1), true, false, first, WINDOW);
        var opening = new EspOpen(taking, ENGINE);
        open.add(opening);
        for (int i = 0; i < 10; i++) {
            long sequence = seal.take(1);
            assertThat(sequence).isEqualTo(first + i);
            Memory packet = sealed(seal, sequence, 8);
            Memory again = Memory.copyOf(arena, packet.toArray());
            assertThat(open(opening, packet))
                    .as("over the step of the upper half")
                    .isEqualTo(8);
            assertThat(open(opening, again)).isEqualTo(EspOpen.REPLAYED);
        }
        assertThat(seal.take(1)).isZero();
        assertThat(sa.used()).isEqualTo(10);

        EspSeal earlier = seal(1, true, Long.MAX_VALUE);
        assertThat(open(opening, sealed(earlier, first - 1, 8))).isEqualTo(EspOpen.REPLAYED);
    }

    @Test
    void endsWhereNumbersEndWhereverItBegins() {
        long first = 0xffff_ffffL - 4;
        var sa = new OutboundSa(SPI, key(1), false, first, 5, 0);
        assertThat(sa.take(5)).isEqualTo(first);
        assertThat(sa.take(1)).isZero();
        assertThatThrownBy(() -> new OutboundSa(SPI, key(1), false, first, 6, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("6 packets by one security association from number 4294967291; allowed are 1 to 5");
        for (long none : new long[] {0, -1, 1L << 32}) {
            assertThatThrownBy(() -> new OutboundSa(SPI, key(1), false, none, 1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("first sequence number " + none + ": allowed are 1 to 4294967295");
            assertThatThrownBy(() -> new InboundSa(SPI, key(1), false, false, none, WINDOW))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("first sequence number " + none + ": allowed are 1 to 4294967295");
        }
    }

    @Test
    void tellsOtherKeysOtherSpisAndOtherProtocolsApart() {
        EspSeal seal = seal(1, true, 10);
        assertThat(open(open(2, true, true), sealed(seal, seal.take(1), 8))).isEqualTo(EspOpen.NOT_AUTHENTIC);
        assertThat(open(open(1, false, true), sealed(seal, seal.take(1), 8)))
                .as("without the upper half of the number")
                .isEqualTo(EspOpen.NOT_AUTHENTIC);
        var other = new EspOpen(new InboundSa(new Spi(0x8000_0002), key(1), true, true, WINDOW), ENGINE);
        open.add(other);
        assertThat(open(other, sealed(seal, seal.take(1), 8))).isEqualTo(EspOpen.NOT_AUTHENTIC);
        Memory packet = sealed(seal, seal.take(1), 8);
        assertThat(open(1, true, true).open(packet, AT, packet.size() - AT, 59)).isEqualTo(EspOpen.OTHER_PROTOCOL);
    }

    @Test
    void saysNothingOfAKeyUnlessAsked() {
        byte[] bytes = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0fa0a1a2a3");
        var key = new SaKey(bytes);
        open.add(key);
        assertThat(bytes).as("wiped").containsOnly(0);
        assertThat(key).hasToString("AES-128");
        assertThat(key.reveal()).isEqualTo("0x000102030405060708090a0b0c0d0e0fa0a1a2a3");
        assertThatThrownBy(() -> new SaKey(new byte[16]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key and salt of 16 bytes; allowed are 20 (AES-128) and 36 (AES-256)");
        assertThatThrownBy(() -> new Spi(255)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Spi(-1).isOwn()).isTrue();
    }
}
