package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as an ICMP or ICMPv6 message. */
class IcmpFuzzTest {
    @FuzzTest
    void keepsAChecksumRightOrWrong(byte[] data) {
        Memory memory = Memory.of(data.clone());
        if (!IcmpHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(8);
            return;
        }
        boolean right = IcmpHeader.isChecksumRightIpv4(memory, 0, data.length);
        assertThat(right).isEqualTo(SlowChecksum.of(data) == 0);
        int code = IcmpHeader.code(memory, 0);
        int type = IcmpHeader.type(memory, 0);
        IcmpHeader.setType(memory, 0, type ^ IcmpHeader.ECHO_REQUEST);
        assertThat(IcmpHeader.type(memory, 0)).isEqualTo(type ^ 8);
        assertThat(IcmpHeader.code(memory, 0)).isEqualTo(code);
        if (right) {
            assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, data.length)).isTrue();
        } else if (SlowChecksum.sum(data) != 0) {
            assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, data.length)).isFalse();
        }
        IcmpHeader.setChecksum(memory, 0, 0);
        IcmpHeader.completeIpv4(memory, 0, data.length);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, data.length)).isTrue();

        Memory packet = Bytes.ones(Ipv6Header.LENGTH + data.length);
        packet.put(Ipv6Header.LENGTH, data);
        IcmpHeader.setChecksum(packet, Ipv6Header.LENGTH, 0);
        IcmpHeader.completeIpv6(packet, 0, Ipv6Header.LENGTH, data.length);
        assertThat(IcmpHeader.isChecksumRightIpv6(packet, 0, Ipv6Header.LENGTH, data.length))
                .isTrue();
    }
}
