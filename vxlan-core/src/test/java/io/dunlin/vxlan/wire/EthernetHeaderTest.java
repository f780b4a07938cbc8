package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EthernetHeaderTest {
    @Test
    void writesDestinationThenSourceThenType() {
        Memory memory = Bytes.ones(EthernetHeader.LENGTH);
        EthernetHeader.write(memory, 0, 0x0242_0a00_0002L, 0x8000_0000_0001L, EthernetHeader.TYPE_IPV6);
        assertThat(Bytes.hex(memory)).isEqualTo("02420a000002" + "800000000001" + "86dd");
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "281474976710655, 0, 65535", "0, 281474976710655, 0", "140737488355328, 1, 32768"})
    void readsBackWhatItWrote(long destination, long source, int type) {
        Memory memory = Bytes.ones(1 + EthernetHeader.LENGTH);
        EthernetHeader.write(memory, 1, destination, source, type);
        assertThat(EthernetHeader.destination(memory, 1)).isEqualTo(destination);
        assertThat(EthernetHeader.source(memory, 1)).isEqualTo(source);
        assertThat(EthernetHeader.type(memory, 1)).isEqualTo(type);
    }

    @Test
    void knowsBothKindsOfVlanTag() {
        assertThat(EthernetHeader.isVlan(0x8100)).isTrue();
        assertThat(EthernetHeader.isVlan(0x88a8)).isTrue();
        assertThat(EthernetHeader.isVlan(EthernetHeader.TYPE_IPV4)).isFalse();
        assertThat(EthernetHeader.isVlan(EthernetHeader.TYPE_ARP)).isFalse();
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(EthernetHeader.LENGTH, EthernetHeader::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(EthernetHeader.LENGTH, (memory, at) -> {
            assertThat(EthernetHeader.destination(memory, at)).isEqualTo(0xffff_ffff_ffffL);
            assertThat(EthernetHeader.source(memory, at)).isEqualTo(0xffff_ffff_ffffL);
            assertThat(EthernetHeader.type(memory, at)).isEqualTo(0xffff);
            EthernetHeader.write(memory, at, 1, 2, 3);
        });
    }
}
