package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a UDP datagram behind an IPv4 pseudo-header. */
class UdpFuzzTest {
    @FuzzTest
    void readsAnyDatagram(byte[] data) {
        Memory memory = Memory.of(data);
        if (!UdpHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(8);
            return;
        }
        assertThat(UdpHeader.sourcePort(memory, 0) << 16 | UdpHeader.destinationPort(memory, 0))
                .isEqualTo(UdpHeader.ports(memory, 0));
        int length = UdpHeader.datagramLength(memory, 0);
        if (length < UdpHeader.LENGTH || length > data.length) {
            return;
        }
        Memory ip = Bytes.zeros(Ipv4Header.LENGTH);
        Ipv4Header.write(ip, 0, Ipv4Header.LENGTH, 1, IpProtocol.UDP, UdpHeader.ports(memory, 0), length);
        Memory drawn = Bytes.zeros(12 + length);
        ip.copyTo(drawn, Ipv4Header.SOURCE, 0, 8);
        drawn.u16(8, IpProtocol.UDP);
        drawn.u16(10, length);
        memory.copyTo(drawn, 0, 12, length);
        long sum = InternetChecksum.pseudoHeaderIpv4(ip, 0, IpProtocol.UDP, length)
                + InternetChecksum.sum(memory, 0, length);
        assertThat(InternetChecksum.finish(sum)).isEqualTo(SlowChecksum.of(drawn));
        assertThat(InternetChecksum.isRight(sum)).isEqualTo(SlowChecksum.of(drawn) == 0);
    }
}
