package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a VXLAN header. */
class VxlanFuzzTest {
    @FuzzTest
    void readsAnyHeader(byte[] data) {
        Memory memory = Memory.of(data);
        if (!VxlanHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(8);
            return;
        }
        int vni = VxlanHeader.vni(memory, 0);
        assertThat(vni).isBetween(0, Vni.MAX);
        Memory written = Bytes.ones(VxlanHeader.LENGTH);
        VxlanHeader.write(written, 0, vni);
        // What it writes is what it read, but for the bits that RFC 7348 reserves.
        var expected = new byte[] {8, 0, 0, 0, data[4], data[5], data[6], 0};
        assertThat(Bytes.hex(written)).isEqualTo(Bytes.hex(Memory.of(expected)));
        assertThat(VxlanHeader.flags(memory, 0)).isEqualTo(data[0] & 0xff);
    }
}
