package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as an ARP message. */
class ArpFuzzTest {
    @FuzzTest
    void writesWhatItRead(byte[] data) {
        Memory memory = Memory.of(data);
        if (!ArpMessage.checkLength(data.length)) {
            assertThat(data.length).isLessThan(28);
            return;
        }
        Memory written = Bytes.ones(ArpMessage.LENGTH);
        ArpMessage.write(
                written,
                0,
                ArpMessage.operation(memory, 0),
                ArpMessage.senderMac(memory, 0),
                ArpMessage.senderIpv4(memory, 0),
                memory.u48(ArpMessage.TARGET_MAC),
                ArpMessage.targetIpv4(memory, 0));
        long mismatch = written.segment().mismatch(memory.segment());
        if (ArpMessage.isIpv4OverEthernet(memory, 0)) {
            assertThat(mismatch).isIn(-1L, (long) ArpMessage.LENGTH);
        } else {
            assertThat(mismatch).isBetween(0L, 5L);
        }
    }
}
