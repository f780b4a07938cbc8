package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes, cut in two at any even place and read at any alignment. */
class ChecksumFuzzTest {
    @FuzzTest
    void agreesWithTheSlowSum(byte[] data) {
        if (data.length < 2) {
            return;
        }
        int from = data[0] & 7;
        int cut = data[1] & 0xfe;
        Memory memory = Bytes.ones(from + data.length);
        memory.put(from, data);
        int first = Math.min(cut, data.length & ~1);
        long sum = InternetChecksum.sum(memory, from, first)
                + InternetChecksum.sum(memory, from + first, data.length - first);
        assertThat(sum).isNotNegative();
        assertThat(InternetChecksum.finish(sum)).isEqualTo(SlowChecksum.of(data));
        assertThat(InternetChecksum.isRight(sum)).isEqualTo(SlowChecksum.of(data) == 0);
    }
}
