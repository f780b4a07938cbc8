package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Any bytes as an Ethernet header. */
class EthernetFuzzTest {
    @FuzzTest
    void writesWhatItRead(byte[] data) {
        MemorySegment memory = MemorySegment.ofArray(data);
        if (!EthernetHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(14);
            return;
        }
        MemorySegment written = Bytes.ones(EthernetHeader.LENGTH);
        EthernetHeader.write(
                written,
                0,
                new MacAddress(EthernetHeader.destination(memory, 0)).bits(),
                new MacAddress(EthernetHeader.source(memory, 0)).bits(),
                EthernetHeader.type(memory, 0));
        assertThat(written.mismatch(memory)).isIn(-1L, (long) EthernetHeader.LENGTH);
    }
}
