package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ipv6HeaderTest {
    @Test
    void writesTheFieldsInTheOrderOfRfc8200() {
        Memory memory = Bytes.ones(Ipv6Header.LENGTH);
        Ipv6Header.write(memory, 0, 0x1234, IpProtocol.ICMPV6, 255, 0xfd00L << 48, 1, 0xfe80L << 48, 2);
        assertThat(Bytes.hex(memory))
                .isEqualTo("60000000" + "1234" + "3a" + "ff" + "fd000000000000000000000000000001"
                        + "fe800000000000000000000000000002");
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, 0, -1", "65535, 255, 255, -1, 0", "32768, 128, 1, -9223372036854775808, 9223372036854775807"})
    void readsBackWhatItWrote(int payloadLength, int nextHeader, int hopLimit, long one, long other) {
        Memory memory = Bytes.ones(1 + Ipv6Header.LENGTH);
        Ipv6Header.write(memory, 1, payloadLength, nextHeader, hopLimit, one, other, other, one);
        assertThat(IpHeader.version(memory, 1)).isEqualTo(6);
        assertThat(Ipv6Header.payloadLength(memory, 1)).isEqualTo(payloadLength);
        assertThat(Ipv6Header.nextHeader(memory, 1)).isEqualTo(nextHeader);
        assertThat(Ipv6Header.hopLimit(memory, 1)).isEqualTo(hopLimit);
        assertThat(Ipv6Header.sourceHigh(memory, 1)).isEqualTo(one);
        assertThat(Ipv6Header.sourceLow(memory, 1)).isEqualTo(other);
        assertThat(Ipv6Header.destinationHigh(memory, 1)).isEqualTo(other);
        assertThat(Ipv6Header.destinationLow(memory, 1)).isEqualTo(one);
    }

    @Test
    void swapsAddressesAndNothingElse() {
        Memory memory = Bytes.zeros(Ipv6Header.LENGTH);
        Ipv6Header.write(memory, 0, 8, 17, 64, 1, 2, 3, 4);
        Memory expected = Bytes.zeros(Ipv6Header.LENGTH);
        Ipv6Header.write(expected, 0, 8, 17, 64, 3, 4, 1, 2);
        Ipv6Header.swapAddresses(memory, 0);
        assertThat(Bytes.hex(memory)).isEqualTo(Bytes.hex(expected));
    }

    @Test
    void changesTheHopLimitAndNothingElse() {
        Memory memory = Bytes.zeros(Ipv6Header.LENGTH);
        Ipv6Header.write(memory, 0, 8, 17, 64, 1, 2, 3, 4);
        Memory expected = Bytes.zeros(Ipv6Header.LENGTH);
        Ipv6Header.write(expected, 0, 8, 17, 255, 1, 2, 3, 4);
        Ipv6Header.setHopLimit(memory, 0, 255);
        assertThat(Bytes.hex(memory)).isEqualTo(Bytes.hex(expected));
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(Ipv6Header.LENGTH, Ipv6Header::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(Ipv6Header.LENGTH, (memory, at) -> {
            assertThat(Ipv6Header.sourceHigh(memory, at)).isEqualTo(-1);
            assertThat(Ipv6Header.destinationLow(memory, at)).isEqualTo(-1);
            Ipv6Header.setHopLimit(memory, at, 1);
            Ipv6Header.swapAddresses(memory, at);
            Ipv6Header.write(memory, at, 1, 2, 3, 4, 5, 6, 7);
        });
    }
}
