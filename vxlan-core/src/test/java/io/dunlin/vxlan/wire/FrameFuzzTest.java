package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** A whole frame, layer by layer down to what an ICMP error quotes in a VXLAN datagram. */
class FrameFuzzTest {
    @FuzzTest
    void dissectsAnyFrame(byte[] data) {
        var fields = Dissection.ofFrame(Memory.of(data));
        assertThat(fields.containsKey("eth.type")).isEqualTo(data.length >= EthernetHeader.LENGTH);
        assertThat(fields.values()).noneMatch(String::isEmpty);
        if (fields.containsKey("vxlan.vni")) {
            assertThat(fields).containsKeys("udp.dstport", "ip.version");
        }
    }
}
