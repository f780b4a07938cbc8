package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArpMessageTest {
    private static final String REPLY = "0001 0800 06 04 0002  02420a000002 0a000002  02420a000001 0a000001";

    @Test
    void writesTheFieldsInTheOrderOfRfc826() {
        Memory memory = Bytes.ones(ArpMessage.LENGTH);
        ArpMessage.write(memory, 0, ArpMessage.REPLY, 0x0242_0a00_0002L, 0x0a00_0002, 0x0242_0a00_0001L, 0x0a00_0001);
        assertThat(Bytes.hex(memory)).isEqualTo(REPLY.replace(" ", ""));
    }

    @Test
    void readsBackWhatItWroteAtTheLimits() {
        Memory memory = Bytes.zeros(1 + ArpMessage.LENGTH);
        ArpMessage.write(memory, 1, 0xffff, 0xffff_ffff_ffffL, -1, 0, Integer.MIN_VALUE);
        assertThat(ArpMessage.isIpv4OverEthernet(memory, 1)).isTrue();
        assertThat(ArpMessage.operation(memory, 1)).isEqualTo(0xffff);
        assertThat(ArpMessage.senderMac(memory, 1)).isEqualTo(0xffff_ffff_ffffL);
        assertThat(ArpMessage.senderIpv4(memory, 1)).isEqualTo(-1);
        assertThat(ArpMessage.targetIpv4(memory, 1)).isEqualTo(Integer.MIN_VALUE);
    }

    @Test
    void isNotIpv4OverEthernetIfOneBitOfTypesOrLengthsDiffers() {
        Memory memory = Bytes.of(REPLY);
        assertThat(ArpMessage.isIpv4OverEthernet(memory, 0)).isTrue();
        for (int bit = 0; bit < 48; bit++) {
            Memory changed = Bytes.copy(memory);
            int before = changed.u8(bit / 8);
            changed.u8(bit / 8, before ^ 1 << bit % 8);
            assertThat(ArpMessage.isIpv4OverEthernet(changed, 0))
                    .as("bit %d", bit)
                    .isFalse();
        }
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(ArpMessage.LENGTH, ArpMessage::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(ArpMessage.LENGTH, (memory, at) -> {
            assertThat(ArpMessage.isIpv4OverEthernet(memory, at)).isFalse();
            assertThat(ArpMessage.targetIpv4(memory, at)).isEqualTo(-1);
            ArpMessage.write(memory, at, 1, 2, 3, 4, 5);
        });
    }
}
