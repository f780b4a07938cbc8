package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeighbourMessageTest {
    private static final String SOLICITATION = "87 00 0000 00000000 fd42 0000 0000 0000 0000 0000 0000 0002";

    @Test
    void writesAnAdvertisementAsRfc4861DrawsIt() {
        Memory memory = Bytes.ones(NeighbourMessage.LENGTH_WITH_MAC);
        NeighbourMessage.writeAdvertisement(
                memory,
                0,
                NeighbourMessage.FLAG_SOLICITED | NeighbourMessage.FLAG_OVERRIDE,
                0xfd42L << 48,
                2,
                0x0242_0a2a_0002L);
        assertThat(Bytes.hex(memory))
                .isEqualTo("88000000" + "60000000" + "fd420000000000000000000000000002" + "0201" + "02420a2a0002");
    }

    @Test
    void readsBackTheTargetItWrote() {
        Memory memory = Bytes.ones(1 + NeighbourMessage.LENGTH_WITH_MAC);
        NeighbourMessage.writeAdvertisement(memory, 1, 0, Long.MIN_VALUE, Long.MAX_VALUE, 0xffff_ffff_ffffL);
        assertThat(NeighbourMessage.targetHigh(memory, 1)).isEqualTo(Long.MIN_VALUE);
        assertThat(NeighbourMessage.targetLow(memory, 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(NeighbourMessage.areOptionsRight(memory, 1, NeighbourMessage.LENGTH_WITH_MAC))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '', true
            0101 02420a000001, true
            0101 02420a000001 0e01 000000000000, true
            0e02 000000000000 0000000000000000, true
            0100 02420a000001, false
            0e01 000000000000 0000 000000000000, false
            0102 02420a000001, false
            01ff 02420a000001, false
            0101 02420a0000, false
            0101 02420a000001 01, false
            """)
    void saysWhetherTheLengthsOfTheOptionsAddUp(String options, boolean right) {
        Memory memory = Bytes.of(SOLICITATION + options);
        assertThat(NeighbourMessage.areOptionsRight(memory, 0, memory.size())).isEqualTo(right);
    }

    @Test
    void findsOptionsWrongWhereverTheyAreCut() {
        Memory whole = Bytes.of(SOLICITATION + "0e02 000000000000 0000000000000000" + "0101 02420a000001");
        for (int length = 0; length <= whole.size(); length++) {
            Memory cut = Bytes.copy(Bytes.slice(whole, 0, length));
            assertThat(NeighbourMessage.areOptionsRight(cut, 0, length))
                    .as("%d bytes", length)
                    .isEqualTo(length == 24 || length == 40 || length == 48);
        }
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(NeighbourMessage.LENGTH, NeighbourMessage::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(NeighbourMessage.LENGTH, (memory, at) -> {
            assertThat(NeighbourMessage.targetHigh(memory, at)).isEqualTo(-1);
            assertThat(NeighbourMessage.targetLow(memory, at)).isEqualTo(-1);
            assertThat(NeighbourMessage.areOptionsRight(memory, at, NeighbourMessage.LENGTH))
                    .isTrue();
        });
        Bytes.assertStaysWithin(
                NeighbourMessage.LENGTH_WITH_MAC,
                (memory, at) -> NeighbourMessage.writeAdvertisement(memory, at, 1, 2, 3, 4));
    }
}
