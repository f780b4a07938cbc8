package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ipv4HeaderTest {
    /** A ping's header as Linux sends it. */
    private static final String LINUX = "45 00 0054 0000 4000 40 01 26a7 0a000002 0a000001";

    @Test
    void writesTheHeaderThatLinuxSends() {
        Memory memory = Bytes.ones(Ipv4Header.LENGTH);
        Ipv4Header.write(memory, 0, 84, 64, IpProtocol.ICMP, 0x0a00_0002, 0x0a00_0001);
        assertThat(Bytes.hex(memory)).isEqualTo(LINUX.replace(" ", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "20, 0, 0, 0, 0",
        "65535, 255, 255, -1, -1",
        "32768, 128, 128, -2147483648, 1",
        "1500, 64, 6, 167772162, 167772161",
    })
    void readsBackWhatItWrote(int totalLength, int ttl, int protocol, int source, int destination) {
        Memory memory = Bytes.ones(1 + Ipv4Header.LENGTH);
        Ipv4Header.write(memory, 1, totalLength, ttl, protocol, source, destination);
        assertThat(IpHeader.version(memory, 1)).isEqualTo(4);
        assertThat(Ipv4Header.headerLength(memory, 1)).isEqualTo(Ipv4Header.LENGTH);
        assertThat(Ipv4Header.totalLength(memory, 1)).isEqualTo(totalLength);
        assertThat(Ipv4Header.fragment(memory, 1)).isEqualTo(Ipv4Header.DONT_FRAGMENT);
        assertThat(Ipv4Header.ttl(memory, 1)).isEqualTo(ttl);
        assertThat(Ipv4Header.protocol(memory, 1)).isEqualTo(protocol);
        assertThat(Ipv4Header.source(memory, 1)).isEqualTo(source);
        assertThat(Ipv4Header.destination(memory, 1)).isEqualTo(destination);
        assertThat(Ipv4Header.isChecksumRight(memory, 1, Ipv4Header.LENGTH)).isTrue();
        assertThat(SlowChecksum.of(Bytes.slice(memory, 1))).isZero();
    }

    @Test
    void readsVersionAndHeaderLengthFromTheirHalvesOfTheFirstByte() {
        for (int first = 0; first < 256; first++) {
            Memory memory = Memory.of(new byte[] {(byte) first});
            assertThat(IpHeader.version(memory, 0)).isEqualTo(first / 16);
            assertThat(Ipv4Header.headerLength(memory, 0)).isEqualTo(first % 16 * 4);
        }
    }

    @Test
    void tellsFragmentFlagsFromOffset() {
        Memory memory = Bytes.of("45 00 0054 0000 bfff 40 01 0000 0a000002 0a000001");
        int fragment = Ipv4Header.fragment(memory, 0);
        assertThat(fragment & Ipv4Header.DONT_FRAGMENT).isZero();
        assertThat(fragment & Ipv4Header.MORE_FRAGMENTS).isNotZero();
        assertThat(fragment & Ipv4Header.OFFSET_MASK).isEqualTo(8191);
    }

    @Test
    void readsOptionBytesUpToTheLastOne() {
        Memory memory = Bytes.ones(60);
        memory.u8(20, 7);
        memory.u8(59, 9);
        assertThat(Ipv4Header.optionByte(memory, 0, 20)).isEqualTo(7);
        assertThat(Ipv4Header.optionByte(memory, 0, 59)).isEqualTo(9);
        assertThat(Ipv4Header.optionByte(memory, 0, 58)).isEqualTo(255);
    }

    @Test
    void seesEachChangedBitByTheChecksum() {
        Memory memory = Bytes.of(LINUX);
        assertThat(Ipv4Header.isChecksumRight(memory, 0, Ipv4Header.LENGTH)).isTrue();
        for (int bit = 0; bit < Ipv4Header.LENGTH * 8; bit++) {
            Memory changed = Bytes.copy(memory);
            changed.u8(bit / 8, changed.u8(bit / 8) ^ 1 << bit % 8);
            assertThat(Ipv4Header.isChecksumRight(changed, 0, Ipv4Header.LENGTH))
                    .as("bit %d", bit)
                    .isFalse();
        }
    }

    @Test
    void changesTheTimeToLiveWithItsChecksumFromEachValueToEachOther() {
        Memory memory = Bytes.of(LINUX);
        for (int from = 0; from < 256; from++) {
            for (int to = 0; to < 256; to += 5) {
                Ipv4Header.setTtl(memory, 0, from);
                Ipv4Header.setTtl(memory, 0, to);
                assertThat(Ipv4Header.ttl(memory, 0)).isEqualTo(to);
                assertThat(Ipv4Header.protocol(memory, 0)).isEqualTo(IpProtocol.ICMP);
                assertThat(SlowChecksum.of(memory)).isZero();
            }
        }
    }

    @Test
    void keepsAWrongChecksumWrongWhenTheTimeToLiveChanges() {
        Memory memory = Bytes.of(LINUX);
        memory.u16(Ipv4Header.CHECKSUM, 0x1234);
        Ipv4Header.setTtl(memory, 0, 1);
        assertThat(Ipv4Header.isChecksumRight(memory, 0, Ipv4Header.LENGTH)).isFalse();
    }

    @Test
    void swapsAddressesAndNothingElse() {
        Memory memory = Bytes.of(LINUX);
        Ipv4Header.swapAddresses(memory, 0);
        assertThat(Bytes.hex(memory)).endsWith("0a000001" + "0a000002");
        assertThat(SlowChecksum.of(memory)).isZero();
        Ipv4Header.swapAddresses(memory, 0);
        assertThat(Bytes.hex(memory)).isEqualTo(LINUX.replace(" ", ""));
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(Ipv4Header.LENGTH, Ipv4Header::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(Ipv4Header.LENGTH, (memory, at) -> {
            assertThat(Ipv4Header.source(memory, at)).isEqualTo(-1);
            assertThat(Ipv4Header.destination(memory, at)).isEqualTo(-1);
            assertThat(Ipv4Header.isChecksumRight(memory, at, Ipv4Header.LENGTH))
                    .isTrue();
            Ipv4Header.setTtl(memory, at, 1);
            Ipv4Header.swapAddresses(memory, at);
            Ipv4Header.write(memory, at, 20, 1, 2, 3, 4);
        });
    }
}
