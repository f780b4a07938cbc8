package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UdpHeaderTest {
    @Test
    void readsTheFieldsInTheOrderOfRfc768() {
        Memory memory = Bytes.of("8001 12b5 fffe 0000");
        assertThat(UdpHeader.sourcePort(memory, 0)).isEqualTo(0x8001);
        assertThat(UdpHeader.destinationPort(memory, 0)).isEqualTo(4789);
        assertThat(UdpHeader.ports(memory, 0)).isEqualTo(0x8001_12b5);
        assertThat(UdpHeader.datagramLength(memory, 0)).isEqualTo(0xfffe);
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(UdpHeader.LENGTH, UdpHeader::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(UdpHeader.LENGTH, (memory, at) -> {
            assertThat(UdpHeader.sourcePort(memory, at)).isEqualTo(0xffff);
            assertThat(UdpHeader.destinationPort(memory, at)).isEqualTo(0xffff);
            assertThat(UdpHeader.ports(memory, at)).isEqualTo(-1);
            assertThat(UdpHeader.datagramLength(memory, at)).isEqualTo(0xffff);
        });
    }
}
