package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    /** RFC 1071 section 3. */
    @Test
    void sumsTheExampleOfRfc1071() {
        Memory memory = Bytes.of("00 01 f2 03 f4 f5 f6 f7");
        assertThat(InternetChecksum.finish(InternetChecksum.sum(memory, 0, 8))).isEqualTo(~0xddf2 & 0xffff);
        assertThat(SlowChecksum.sum(
                        new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7}))
                .isEqualTo(0xddf2);
    }

    /** RFC 1624 section 4: RFC 1141's equation gives 0xffff here, the right answer is 0. */
    @Test
    void updatesTheExampleOfRfc1624() {
        assertThat(InternetChecksum.update(0xdd2f, 0x5555, 0x3285)).isZero();
    }

    @Property
    void agreesWithTheSlowSumForAnyBytesAtAnyAlignment(
            @ForAll @Size(max = 200) byte[] bytes, @ForAll @IntRange(max = 9) int from) {
        var padded = new byte[from + bytes.length];
        Arrays.fill(padded, 0, from, (byte) 0x5a);
        System.arraycopy(bytes, 0, padded, from, bytes.length);
        Memory memory = Memory.of(padded);
        assertThat(InternetChecksum.finish(InternetChecksum.sum(memory, from, bytes.length)))
                .isEqualTo(SlowChecksum.of(bytes));
    }

    @Test
    void agreesWithTheSlowSumAtEachLengthIfEachCarryOccurs() {
        for (int length = 0; length < 300; length++) {
            var bytes = new byte[length];
            Arrays.fill(bytes, (byte) -1);
            Memory memory = Memory.of(bytes);
            assertThat(InternetChecksum.finish(InternetChecksum.sum(memory, 0, length)))
                    .as("%d bytes", length)
                    .isEqualTo(SlowChecksum.of(bytes));
        }
    }

    @Test
    void agreesWithTheSlowSumOffTheHeapForTheLargestPacket() {
        try (var arena = Arena.ofConfined()) {
            Memory memory = Memory.of(arena.allocate(65_536));
            memory.segment().fill((byte) 0xfd);
            for (int length : new int[] {65_520, 65_534, 65_535}) {
                Memory packet = Bytes.slice(memory, 1, length);
                assertThat(InternetChecksum.finish(InternetChecksum.sum(packet, 0, length)))
                        .isEqualTo(SlowChecksum.of(packet));
            }
        }
    }

    /** Interpreted and compiled code are two things where the compiler makes vector instructions of a loop. */
    @Test
    void agreesWithTheSlowSumWhenTheLoopIsCompiled() {
        var random = new Random(1071);
        try (var arena = Arena.ofShared()) {
            Memory memory = Memory.of(arena.allocate(2048));
            var bytes = new byte[2048];
            for (int round = 0; round < 20_000; round++) {
                random.nextBytes(bytes);
                memory.put(0, bytes);
                int from = random.nextInt(16);
                int length = random.nextInt(bytes.length - from);
                int right = SlowChecksum.of(Arrays.copyOfRange(bytes, from, from + length));
                if (InternetChecksum.finish(InternetChecksum.sum(memory, from, length)) != right) {
                    throw new AssertionError("round " + round + ": " + length + " bytes at " + from);
                }
            }
        }
    }

    @Property
    void joinsSumsOfPartsIfAllButTheLastAreEven(
            @ForAll @Size(max = 120) byte[] bytes, @ForAll @IntRange(max = 60) int pairs) {
        int cut = Math.min(2 * pairs, bytes.length & ~1);
        Memory memory = Memory.of(bytes);
        long joined = InternetChecksum.sum(memory, 0, cut) + InternetChecksum.sum(memory, cut, bytes.length - cut);
        assertThat(InternetChecksum.finish(joined)).isEqualTo(SlowChecksum.of(bytes));
    }

    @Property
    void addsAWordAsIfItStoodInMemory(@ForAll @Size(max = 40) byte[] bytes, @ForAll @IntRange(max = 0xffff) int word) {
        long joined = InternetChecksum.word(word) + InternetChecksum.sum(Memory.of(bytes), 0, bytes.length);
        assertThat(InternetChecksum.finish(joined))
                .isEqualTo(~SlowChecksum.add(SlowChecksum.sum(bytes), word) & 0xffff);
    }

    @Property
    void updatesToWhatAFullComputationGivesForAnyChange(
            @ForAll @Size(20) byte[] bytes,
            @ForAll @IntRange(max = 9) int word,
            @ForAll @IntRange(max = 0xffff) int value) {
        Memory memory = Memory.of(bytes);
        int other = word == 0 ? 2 : 0;
        memory.u8(other, bytes[other] | 0x40); // never all zeros: the one case left out
        int before = memory.u16(2 * word);
        int checksum = SlowChecksum.of(memory);
        memory.u16(2 * word, value);
        assertThat(InternetChecksum.update(checksum, before, value)).isEqualTo(SlowChecksum.of(memory));
    }

    @Property
    void verifiesWhatCarriesItsChecksumAndNothingElse(
            @ForAll @Size(min = 4, max = 61) byte[] bytes, @ForAll @IntRange(max = 0xffff) int field) {
        Memory memory = Memory.of(bytes);
        memory.u16(2, 0);
        memory.u8(0, bytes[0] | 1);
        int right = SlowChecksum.of(memory);
        memory.u16(2, right);
        assertThat(InternetChecksum.isRight(InternetChecksum.sum(memory, 0, bytes.length)))
                .isTrue();
        memory.u16(2, field);
        // 0 and 0xffff are both zero in 1's complement: a receiver cannot tell them apart.
        boolean same = field % 0xffff == right % 0xffff;
        assertThat(InternetChecksum.isRight(InternetChecksum.sum(memory, 0, bytes.length)))
                .isEqualTo(same);
    }

    @Test
    void isNotRightForZerosAlone() {
        assertThat(InternetChecksum.isRight(InternetChecksum.sum(Bytes.zeros(20), 0, 20)))
                .isFalse();
    }

    @Test
    void foldsTheLargestPartialSum() {
        // Held against plain arithmetic: the folded sum is the remainder modulo 0xffff, with 0xffff for 0.
        for (long sum : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 1, 0xffff_ffff_ffffL, 0x1_ffff_ffffL, 0x1_0000L}) {
            long remainder = sum % 0xffff;
            int folded = remainder == 0 ? 0xffff : (int) remainder;
            int field = ~folded & 0xffff;
            int swapped = (field & 0xff) << 8 | field >>> 8;
            boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
            assertThat(InternetChecksum.finish(sum)).isEqualTo(little ? swapped : field);
        }
    }

    @Property
    void sumsThePseudoHeaderOfIpv4AsRfc9293DrawsIt(
            @ForAll @Size(8) byte[] addresses,
            @ForAll @IntRange(max = 255) int protocol,
            @ForAll @IntRange(max = 0xffff) int length) {
        Memory ip = Bytes.ones(Ipv4Header.LENGTH);
        ip.put(Ipv4Header.SOURCE, addresses);
        Memory drawn = Bytes.zeros(12);
        drawn.put(0, addresses);
        drawn.u8(9, protocol);
        drawn.u16(10, length);
        assertThat(InternetChecksum.finish(InternetChecksum.pseudoHeaderIpv4(ip, 0, protocol, length)))
                .isEqualTo(SlowChecksum.of(drawn));
    }

    @Property
    void sumsThePseudoHeaderOfIpv6AsRfc8200DrawsIt(
            @ForAll @Size(32) byte[] addresses,
            @ForAll @IntRange(max = 255) int protocol,
            @ForAll @IntRange(max = Integer.MAX_VALUE) int length) {
        Memory ip = Bytes.ones(Ipv6Header.LENGTH);
        ip.put(Ipv6Header.SOURCE, addresses);
        Memory drawn = Bytes.zeros(40);
        drawn.put(0, addresses);
        drawn.i32(32, length);
        drawn.u8(39, protocol);
        assertThat(InternetChecksum.finish(InternetChecksum.pseudoHeaderIpv6(ip, 0, protocol, length)))
                .isEqualTo(SlowChecksum.of(drawn));
    }
}
