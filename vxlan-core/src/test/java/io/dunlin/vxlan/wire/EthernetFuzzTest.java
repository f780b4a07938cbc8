package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as an Ethernet header. */
class EthernetFuzzTest {
    @FuzzTest
    void writesWhatItRead(byte[] data) {
        Memory memory = Memory.of(data);
        if (!EthernetHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(14);
            return;
        }
        Memory written = Bytes.ones(EthernetHeader.LENGTH);
        EthernetHeader.write(
                written,
                0,
                new MacAddress(EthernetHeader.destination(memory, 0)).bits(),
                new MacAddress(EthernetHeader.source(memory, 0)).bits(),
                EthernetHeader.type(memory, 0));
        assertThat(written.segment().mismatch(memory.segment())).isIn(-1L, (long) EthernetHeader.LENGTH);
    }
}
