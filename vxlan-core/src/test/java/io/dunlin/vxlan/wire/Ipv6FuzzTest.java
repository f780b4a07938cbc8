package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as an IPv6 header and the chain of its extension headers. */
class Ipv6FuzzTest {
    @FuzzTest
    void readsAnyChainOfHeaders(byte[] data) {
        Memory memory = Memory.of(data);
        if (!Ipv6Header.checkLength(data.length)) {
            assertThat(data.length).isLessThan(40);
            return;
        }
        Memory written = Bytes.ones(Ipv6Header.LENGTH);
        Ipv6Header.write(
                written,
                0,
                Ipv6Header.payloadLength(memory, 0),
                Ipv6Header.nextHeader(memory, 0),
                Ipv6Header.hopLimit(memory, 0),
                Ipv6Header.sourceHigh(memory, 0),
                Ipv6Header.sourceLow(memory, 0),
                Ipv6Header.destinationHigh(memory, 0),
                Ipv6Header.destinationLow(memory, 0));
        assertThat(Bytes.slice(written, Ipv6Header.PAYLOAD_LENGTH)
                        .segment()
                        .mismatch(Bytes.slice(memory, Ipv6Header.PAYLOAD_LENGTH).segment()))
                .isIn(-1L, (long) Ipv6Header.LENGTH - Ipv6Header.PAYLOAD_LENGTH);
        Ipv6Header.swapAddresses(written, 0);
        Ipv6Header.swapAddresses(written, 0);
        assertThat(Ipv6Header.sourceLow(written, 0)).isEqualTo(Ipv6Header.sourceLow(memory, 0));

        int type = Ipv6Header.nextHeader(memory, 0);
        int at = Ipv6Header.LENGTH;
        while (Ipv6Extension.isExtension(type) && Ipv6Extension.checkLength(data.length - at)) {
            int length = Ipv6Extension.headerLength(memory, at, type);
            assertThat(length).isBetween(8, 2048);
            assertThat(length % 8).isZero();
            if (type == Ipv6Extension.FRAGMENT) {
                int offset = Ipv6Extension.fragmentOffset(memory, at);
                int more = Ipv6Extension.moreFragments(memory, at) ? 1 : 0;
                assertThat(length).isEqualTo(8);
                assertThat((offset | more) ^ (memory.u16(at + 2) & ~6)).isZero();
            } else if (type == Ipv6Extension.ROUTING) {
                assertThat(Ipv6Extension.routingType(memory, at)).isEqualTo(data[at + 2] & 0xff);
            }
            if (length > data.length - at) {
                break;
            }
            type = Ipv6Extension.nextHeader(memory, at);
            at += length;
        }
        assertThat(at).isLessThanOrEqualTo(data.length);
    }
}
