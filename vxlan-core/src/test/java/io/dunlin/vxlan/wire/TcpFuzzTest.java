package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a TCP segment whose maximum segment size is lowered, as on the way through a tunnel. */
class TcpFuzzTest {
    private static final int MSS = 1410;

    @FuzzTest
    void walksAnyOptionsAndKeepsTheChecksum(byte[] data) {
        Memory memory = Memory.of(data.clone());
        if (!TcpHeader.checkLength(data.length)) {
            assertThat(data.length).isLessThan(20);
            return;
        }
        int headerLength = TcpHeader.headerLength(memory, 0);
        assertThat(headerLength).isBetween(0, 60);
        assertThat(TcpHeader.flags(memory, 0)).isEqualTo(data[13] & 0xff);
        if (headerLength < TcpHeader.LENGTH || headerLength > data.length) {
            return;
        }
        int offset = TcpHeader.LENGTH;
        int lowered = 0;
        while (offset < headerLength) {
            int kind = TcpHeader.optionByte(memory, 0, offset);
            if (kind == TcpHeader.OPTION_END || (kind != TcpHeader.OPTION_NOP && offset + 2 > headerLength)) {
                break;
            }
            int length = kind == TcpHeader.OPTION_NOP ? 1 : TcpHeader.optionByte(memory, 0, offset + 1);
            if (length == 0 || length > headerLength - offset) {
                break;
            }
            if (kind == TcpHeader.OPTION_MSS && length == 4 && TcpHeader.optionWord(memory, 0, offset + 2) > MSS) {
                TcpHeader.setOptionWord(memory, 0, offset + 2, MSS);
                assertThat(TcpHeader.optionWord(memory, 0, offset + 2)).isEqualTo(MSS);
                lowered++;
            }
            offset += length;
        }
        assertThat(offset).isLessThanOrEqualTo(headerLength);
        // The sum over everything, the checksum included, is what it was: right stays right, and wrong stays wrong.
        assertThat((0xffff - SlowChecksum.of(memory)) % 0xffff).isEqualTo(SlowChecksum.sum(data) % 0xffff);
        assertThat(memory.size()).isEqualTo(data.length);
        if (lowered == 0) {
            assertThat(memory.toArray()).isEqualTo(data);
        }
    }
}
