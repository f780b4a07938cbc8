package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VxlanHeaderTest {
    @Test
    void writesTheHeaderThatLinuxSends() {
        Memory memory = Bytes.ones(VxlanHeader.LENGTH);
        VxlanHeader.write(memory, 0, 0xabcdef);
        assertThat(Bytes.hex(memory)).isEqualTo("08000000abcdef00");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 42, 0x7f_ffff, 0x80_0000, Vni.MAX})
    void readsBackTheVniItWrote(int vni) {
        Memory memory = Bytes.ones(3 + VxlanHeader.LENGTH);
        VxlanHeader.write(memory, 3, vni);
        assertThat(VxlanHeader.vni(memory, 3)).isEqualTo(vni);
        assertThat(VxlanHeader.flags(memory, 3)).isEqualTo(VxlanHeader.FLAG_VNI);
    }

    @Test
    void readsFlagsAndVniWithoutTheReservedBits() {
        Memory memory = Bytes.of("f7 ffffff 800001 ff");
        assertThat(VxlanHeader.flags(memory, 0)).isEqualTo(0xf7);
        assertThat(VxlanHeader.flags(memory, 0) & VxlanHeader.FLAG_VNI).isZero();
        assertThat(VxlanHeader.vni(memory, 0)).isEqualTo(0x800001);
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(VxlanHeader.LENGTH, VxlanHeader::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(VxlanHeader.LENGTH, (memory, at) -> {
            assertThat(VxlanHeader.flags(memory, at)).isEqualTo(0xff);
            assertThat(VxlanHeader.vni(memory, at)).isEqualTo(Vni.MAX);
            VxlanHeader.write(memory, at, 1);
        });
    }
}
