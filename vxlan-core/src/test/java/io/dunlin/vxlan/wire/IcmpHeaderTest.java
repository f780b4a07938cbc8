package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class IcmpHeaderTest {
    @Test
    void writesTypeCodeZeroChecksumAndRest() {
        MemorySegment memory = Bytes.ones(IcmpHeader.LENGTH);
        IcmpHeader.write(memory, 0, IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, 1450);
        assertThat(Bytes.hex(memory)).isEqualTo("03040000000005aa");
    }

    @Test
    void readsBackWhatItWroteAtTheLimits() {
        MemorySegment memory = Bytes.zeros(1 + IcmpHeader.LENGTH);
        IcmpHeader.write(memory, 1, 255, 254, -1);
        assertThat(IcmpHeader.type(memory, 1)).isEqualTo(255);
        assertThat(IcmpHeader.code(memory, 1)).isEqualTo(254);
        assertThat(NetworkOrder.i32(memory, 1 + IcmpHeader.REST)).isEqualTo(-1);
    }

    @Property
    void completesTheChecksumOverIpv4(@ForAll @Size(min = 8, max = 100) byte[] message) {
        MemorySegment memory = MemorySegment.ofArray(message);
        IcmpHeader.setChecksum(memory, 0, 0);
        int expected = SlowChecksum.of(memory);
        IcmpHeader.completeIpv4(memory, 0, message.length);
        assertThat(NetworkOrder.u16(memory, IcmpHeader.CHECKSUM)).isEqualTo(expected);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, message.length)).isTrue();
        NetworkOrder.u8(memory, 5, NetworkOrder.u8(memory, 5) ^ 0x10);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, message.length)).isFalse();
    }

    /** The pseudo-header is written out here as RFC 8200 section 8.1 draws it. */
    @Property
    void completesTheChecksumOverIpv6WithThePseudoHeader(
            @ForAll @Size(32) byte[] addresses, @ForAll @Size(min = 8, max = 100) byte[] message) {
        MemorySegment memory = Bytes.zeros(Ipv6Header.LENGTH + message.length);
        memory.asSlice(Ipv6Header.SOURCE).copyFrom(MemorySegment.ofArray(addresses));
        memory.asSlice(Ipv6Header.LENGTH).copyFrom(MemorySegment.ofArray(message));
        IcmpHeader.setChecksum(memory, Ipv6Header.LENGTH, 0);
        MemorySegment drawn = Bytes.zeros(40 + message.length);
        drawn.copyFrom(MemorySegment.ofArray(addresses));
        NetworkOrder.i32(drawn, 32, message.length);
        NetworkOrder.u8(drawn, 39, 58);
        drawn.asSlice(40).copyFrom(memory.asSlice(Ipv6Header.LENGTH));

        IcmpHeader.completeIpv6(memory, 0, Ipv6Header.LENGTH, message.length);

        assertThat(NetworkOrder.u16(memory, Ipv6Header.LENGTH + IcmpHeader.CHECKSUM))
                .isEqualTo(SlowChecksum.of(drawn));
        assertThat(IcmpHeader.isChecksumRightIpv6(memory, 0, Ipv6Header.LENGTH, message.length))
                .isTrue();
        NetworkOrder.u8(memory, 20, NetworkOrder.u8(memory, 20) ^ 1);
        assertThat(IcmpHeader.isChecksumRightIpv6(memory, 0, Ipv6Header.LENGTH, message.length))
                .isFalse();
    }

    @Property
    void changesTheTypeWithItsChecksum(
            @ForAll @Size(min = 8, max = 40) byte[] message, @ForAll @IntRange(max = 255) int type) {
        MemorySegment memory = MemorySegment.ofArray(message);
        IcmpHeader.setChecksum(memory, 0, 0);
        IcmpHeader.completeIpv4(memory, 0, message.length);
        int code = IcmpHeader.code(memory, 0);
        IcmpHeader.setType(memory, 0, type);
        assertThat(IcmpHeader.type(memory, 0)).isEqualTo(type);
        assertThat(IcmpHeader.code(memory, 0)).isEqualTo(code);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, message.length)).isTrue();
    }

    @Test
    void answersAnEchoRequestOfZerosAloneWithARightChecksum() {
        for (int payload = 0; payload < 8; payload++) {
            MemorySegment memory = Bytes.zeros(IcmpHeader.LENGTH + payload);
            IcmpHeader.write(memory, 0, IcmpHeader.ECHO_REQUEST, 0, 0);
            IcmpHeader.completeIpv4(memory, 0, IcmpHeader.LENGTH + payload);
            IcmpHeader.setType(memory, 0, IcmpHeader.ECHO_REPLY);
            assertThat(NetworkOrder.u16(memory, IcmpHeader.CHECKSUM)).isEqualTo(0xffff);
            assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, IcmpHeader.LENGTH + payload))
                    .isTrue();
        }
    }

    @Test
    void answersAnEchoRequestWhosePayloadAloneSumsUpToAllOnesWithARightChecksum() {
        MemorySegment memory = Bytes.of("0800 0000 0000 0000 1234 edcb");
        IcmpHeader.completeIpv4(memory, 0, 12);
        IcmpHeader.setType(memory, 0, IcmpHeader.ECHO_REPLY);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, 12)).isTrue();
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(IcmpHeader.LENGTH, IcmpHeader::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(IcmpHeader.LENGTH, (memory, at) -> {
            assertThat(IcmpHeader.type(memory, at)).isEqualTo(255);
            assertThat(IcmpHeader.code(memory, at)).isEqualTo(255);
            IcmpHeader.setType(memory, at, 1);
            IcmpHeader.write(memory, at, 1, 2, 3);
            IcmpHeader.completeIpv4(memory, at, IcmpHeader.LENGTH);
        });
    }
}
