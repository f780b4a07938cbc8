package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TcpHeaderTest {
    @Test
    void readsHeaderLengthAndFlags() {
        Memory memory = Bytes.of("0050 9c40 00000001 00000002 af 12 ffff 0000 0000");
        assertThat(TcpHeader.headerLength(memory, 0)).isEqualTo(40);
        assertThat(TcpHeader.flags(memory, 0)).isEqualTo(0x12);
        assertThat(TcpHeader.flags(memory, 0) & TcpHeader.FLAG_SYN).isNotZero();
        memory.u8(TcpHeader.DATA_OFFSET, 0xf0);
        assertThat(TcpHeader.headerLength(memory, 0)).isEqualTo(60);
        memory.u8(TcpHeader.DATA_OFFSET, 0x0f);
        assertThat(TcpHeader.headerLength(memory, 0)).isZero();
    }

    @Test
    void readsPortsWhereUdpHasThem() {
        Memory memory = Bytes.of("0050 9c40 00000001 00000002 50 12 ffff 0000 0000");
        assertThat(UdpHeader.sourcePort(memory, 0)).isEqualTo(80);
        assertThat(UdpHeader.destinationPort(memory, 0)).isEqualTo(40_000);
        assertThat(TcpHeader.SOURCE_PORT).isEqualTo(UdpHeader.SOURCE_PORT);
        assertThat(TcpHeader.DESTINATION_PORT).isEqualTo(UdpHeader.DESTINATION_PORT);
    }

    @Test
    void readsOptionBytesAndWordsAtEachOffset() {
        Memory memory = Bytes.zeros(60);
        for (int i = 20; i < 60; i++) {
            memory.u8(i, 200 + i);
        }
        for (int i = 20; i < 60; i++) {
            assertThat(TcpHeader.optionByte(memory, 0, i)).isEqualTo((200 + i) & 0xff);
        }
        for (int i = 20; i < 59; i++) {
            assertThat(TcpHeader.optionWord(memory, 0, i)).isEqualTo(((200 + i) & 0xff) << 8 | ((201 + i) & 0xff));
        }
    }

    @Property
    void changesAnOptionWordWithItsChecksumAtEvenAndOddOffsets(
            @ForAll @Size(60) byte[] segment,
            @ForAll @IntRange(min = 20, max = 58) int offset,
            @ForAll @IntRange(max = 0xffff) int value,
            @ForAll @IntRange(max = 3) int at) {
        segment[0] |= 1; // a segment whose words are all 0 has no ports either
        Memory memory = Bytes.zeros(at + 60);
        memory.put(at, segment);
        memory.u16(at + TcpHeader.CHECKSUM, 0);
        memory.u16(at + TcpHeader.CHECKSUM, SlowChecksum.of(Bytes.slice(memory, at)));

        TcpHeader.setOptionWord(memory, at, offset, value);

        assertThat(TcpHeader.optionWord(memory, at, offset)).isEqualTo(value);
        int checksum = memory.u16(at + TcpHeader.CHECKSUM);
        memory.u16(at + TcpHeader.CHECKSUM, 0);
        assertThat(checksum).isEqualTo(SlowChecksum.of(Bytes.slice(memory, at)));
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(TcpHeader.LENGTH, TcpHeader::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(TcpHeader.LENGTH, (memory, at) -> {
            assertThat(TcpHeader.headerLength(memory, at)).isEqualTo(60);
            assertThat(TcpHeader.flags(memory, at)).isEqualTo(255);
        });
        Bytes.assertStaysWithin(24, (memory, at) -> {
            assertThat(TcpHeader.optionByte(memory, at, 23)).isEqualTo(255);
            assertThat(TcpHeader.optionWord(memory, at, 22)).isEqualTo(0xffff);
            TcpHeader.setOptionWord(memory, at, 22, 1);
        });
    }
}
