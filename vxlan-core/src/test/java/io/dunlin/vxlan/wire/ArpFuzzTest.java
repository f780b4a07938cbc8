package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Any bytes as an ARP message. */
class ArpFuzzTest {
    @FuzzTest
    void writesWhatItRead(byte[] data) {
        MemorySegment memory = MemorySegment.ofArray(data);
        if (!ArpMessage.checkLength(data.length)) {
            assertThat(data.length).isLessThan(28);
            return;
        }
        MemorySegment written = Bytes.ones(ArpMessage.LENGTH);
        ArpMessage.write(
                written,
                0,
                ArpMessage.operation(memory, 0),
                ArpMessage.senderMac(memory, 0),
                ArpMessage.senderIpv4(memory, 0),
                NetworkOrder.u48(memory, ArpMessage.TARGET_MAC),
                ArpMessage.targetIpv4(memory, 0));
        long mismatch = written.mismatch(memory);
        if (ArpMessage.isIpv4OverEthernet(memory, 0)) {
            assertThat(mismatch).isIn(-1L, (long) ArpMessage.LENGTH);
        } else {
            assertThat(mismatch).isBetween(0L, 5L);
        }
    }
}
