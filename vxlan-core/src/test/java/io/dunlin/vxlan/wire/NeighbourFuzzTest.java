package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a neighbour solicitation or advertisement. */
class NeighbourFuzzTest {
    @FuzzTest
    void saysWhetherTheOptionsAddUp(byte[] data) {
        Memory memory = Memory.of(data);
        if (!NeighbourMessage.checkLength(data.length)) {
            assertThat(data.length).isLessThan(24);
            assertThat(NeighbourMessage.areOptionsRight(memory, 0, data.length)).isFalse();
            return;
        }
        assertThat(NeighbourMessage.areOptionsRight(memory, 0, data.length)).isEqualTo(isOptions(data, 24));
        Memory written = Bytes.ones(NeighbourMessage.LENGTH_WITH_MAC);
        NeighbourMessage.writeAdvertisement(
                written,
                0,
                NeighbourMessage.FLAG_SOLICITED,
                NeighbourMessage.targetHigh(memory, 0),
                NeighbourMessage.targetLow(memory, 0),
                1);
        assertThat(written.toArray(8, 16)).isEqualTo(memory.toArray(8, 16));
        assertThat(NeighbourMessage.areOptionsRight(written, 0, NeighbourMessage.LENGTH_WITH_MAC))
                .isTrue();
    }

    /** The grammar: nothing, or an option of 8 times n bytes, n from 1 to 255, and options. */
    private static boolean isOptions(byte[] data, int at) {
        if (at == data.length) {
            return true;
        }
        int units = at + 1 < data.length ? data[at + 1] & 0xff : 0;
        return units != 0 && at + 8 * units <= data.length && isOptions(data, at + 8 * units);
    }
}
