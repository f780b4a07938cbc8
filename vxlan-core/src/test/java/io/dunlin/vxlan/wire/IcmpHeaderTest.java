package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class IcmpHeaderTest {
    @Test
    void writesTypeCodeZeroChecksumAndRest() {
        Memory memory = Bytes.ones(IcmpHeader.LENGTH);
        IcmpHeader.write(memory, 0, IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, 1450);
        assertThat(Bytes.hex(memory)).isEqualTo("03040000000005aa");
    }

    @Test
    void readsBackWhatItWroteAtTheLimits() {
        Memory memory = Bytes.zeros(1 + IcmpHeader.LENGTH);
        IcmpHeader.write(memory, 1, 255, 254, -1);
        assertThat(IcmpHeader.type(memory, 1)).isEqualTo(255);
        assertThat(IcmpHeader.code(memory, 1)).isEqualTo(254);
        assertThat(memory.i32(1 + IcmpHeader.REST)).isEqualTo(-1);
    }

    @Property
    void completesTheChecksumOverIpv4(@ForAll @Size(min = 8, max = 100) byte[] message) {
        Memory memory = Memory.of(message);
        IcmpHeader.setChecksum(memory, 0, 0);
        int expected = SlowChecksum.of(memory);
        IcmpHeader.completeIpv4(memory, 0, message.length);
        assertThat(memory.u16(IcmpHeader.CHECKSUM)).isEqualTo(expected);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, message.length)).isTrue();
        memory.u8(5, memory.u8(5) ^ 0x10);
        assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, message.length)).isFalse();
    }

    /** The pseudo-header is written out here as RFC 8200 section 8.1 draws it. */
    @Property
    void completesTheChecksumOverIpv6WithThePseudoHeader(
            @ForAll @Size(32) byte[] addresses, @ForAll @Size(min = 8, max = 100) byte[] message) {
        Memory memory = Bytes.zeros(Ipv6Header.LENGTH + message.length);
        memory.put(Ipv6Header.SOURCE, addresses);
        memory.put(Ipv6Header.LENGTH, message);
        IcmpHeader.setChecksum(memory, Ipv6Header.LENGTH, 0);
        Memory drawn = Bytes.zeros(40 + message.length);
        drawn.put(0, addresses);
        drawn.i32(32, message.length);
        drawn.u8(39, 58);
        memory.copyTo(drawn, Ipv6Header.LENGTH, 40, memory.size() - Ipv6Header.LENGTH);

        IcmpHeader.completeIpv6(memory, 0, Ipv6Header.LENGTH, message.length);

        assertThat(memory.u16(Ipv6Header.LENGTH + IcmpHeader.CHECKSUM)).isEqualTo(SlowChecksum.of(drawn));
        assertThat(IcmpHeader.isChecksumRightIpv6(memory, 0, Ipv6Header.LENGTH, message.length))
                .isTrue();
        memory.u8(20, memory.u8(20) ^ 1);
        assertThat(IcmpHeader.isChecksumRightIpv6(memory, 0, Ipv6Header.LENGTH, message.length))
                .isFalse();
    }

    @Property
    void changesTheTypeWithItsChecksum(
            @ForAll @Size(min = 8, max = 40) byte[] message, @ForAll @IntRange(max = 255) int type) {
        Memory memory = Memory.of(message);
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
            Memory memory = Bytes.zeros(IcmpHeader.LENGTH + payload);
            IcmpHeader.write(memory, 0, IcmpHeader.ECHO_REQUEST, 0, 0);
            IcmpHeader.completeIpv4(memory, 0, IcmpHeader.LENGTH + payload);
            IcmpHeader.setType(memory, 0, IcmpHeader.ECHO_REPLY);
            assertThat(memory.u16(IcmpHeader.CHECKSUM)).isEqualTo(0xffff);
            assertThat(IcmpHeader.isChecksumRightIpv4(memory, 0, IcmpHeader.LENGTH + payload))
                    .isTrue();
        }
    }

    @Test
    void answersAnEchoRequestWhosePayloadAloneSumsUpToAllOnesWithARightChecksum() {
        Memory memory = Bytes.of("0800 0000 0000 0000 1234 edcb");
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
