package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as an IPv4 header, its options walked. */
class Ipv4FuzzTest {
    @FuzzTest
    void readsAndRewritesAnyHeader(byte[] data) {
        Memory memory = Memory.of(data);
        if (!Ipv4Header.checkLength(data.length)) {
            assertThat(data.length).isLessThan(20);
            return;
        }
        assertThat(IpHeader.version(memory, 0) << 4 | Ipv4Header.headerLength(memory, 0) >> 2)
                .isEqualTo(data[0] & 0xff);
        int headerLength = Ipv4Header.headerLength(memory, 0);
        if (headerLength < Ipv4Header.LENGTH || headerLength > data.length) {
            return;
        }
        int offset = Ipv4Header.LENGTH;
        while (offset < headerLength && Ipv4Header.optionByte(memory, 0, offset) != 0) {
            boolean single = Ipv4Header.optionByte(memory, 0, offset) == 1;
            if (!single && offset + 1 == headerLength) {
                break;
            }
            int length = single ? 1 : Ipv4Header.optionByte(memory, 0, offset + 1);
            if (length == 0 || length > headerLength - offset) {
                break;
            }
            offset += length;
        }
        assertThat(offset).isLessThanOrEqualTo(headerLength);

        boolean right = Ipv4Header.isChecksumRight(memory, 0, headerLength);
        Memory header = Bytes.copy(Bytes.slice(memory, 0, headerLength));
        assertThat(right).isEqualTo(SlowChecksum.of(header) == 0);
        Ipv4Header.setTtl(header, 0, Ipv4Header.ttl(header, 0) - 1 & 0xff);
        Ipv4Header.swapAddresses(header, 0);
        assertThat(Ipv4Header.isChecksumRight(header, 0, headerLength)).isEqualTo(right);
        assertThat(Ipv4Header.source(header, 0)).isEqualTo(Ipv4Header.destination(memory, 0));
        assertThat(Ipv4Header.destination(header, 0)).isEqualTo(Ipv4Header.source(memory, 0));
    }
}
