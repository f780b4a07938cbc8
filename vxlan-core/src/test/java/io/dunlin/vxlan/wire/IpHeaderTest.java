package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IpHeaderTest {
    private static final int AT = 3;

    @Test
    void writesAHeaderOfItsAddressesVersion() {
        IpAddress from = IpAddress.parse("10.0.0.2");
        IpAddress to = IpAddress.parse("10.0.0.9");
        Memory memory = Bytes.ones(AT + Ipv4Header.LENGTH);
        assertThat(IpHeader.write(memory, AT, 8, 64, IpProtocol.UDP, from, to)).isEqualTo(AT + IpHeader.length(from));
        Memory expected = Bytes.ones(AT + Ipv4Header.LENGTH);
        Ipv4Header.write(expected, AT, 28, 64, IpProtocol.UDP, 0x0a00_0002, 0x0a00_0009);
        assertThat(Bytes.hex(memory)).isEqualTo(Bytes.hex(expected));
        assertThat(IpHeader.version(memory, AT)).isEqualTo(4);
        assertThat(IpHeader.source(memory, AT)).isEqualTo(from);
        assertThat(IpHeader.destination(memory, AT)).isEqualTo(to);

        from = IpAddress.parse("fd00::2");
        to = IpAddress.parse("2001:db8::9");
        memory = Bytes.ones(AT + Ipv6Header.LENGTH);
        assertThat(IpHeader.write(memory, AT, 8, 64, IpProtocol.UDP, from, to)).isEqualTo(AT + IpHeader.length(from));
        expected = Bytes.ones(AT + Ipv6Header.LENGTH);
        Ipv6Header.write(expected, AT, 8, IpProtocol.UDP, 64, 0xfd00L << 48, 2, 0x2001_0db8L << 32, 9);
        assertThat(Bytes.hex(memory)).isEqualTo(Bytes.hex(expected));
        assertThat(IpHeader.version(memory, AT)).isEqualTo(6);
        assertThat(IpHeader.source(memory, AT)).isEqualTo(from);
        assertThat(IpHeader.destination(memory, AT)).isEqualTo(to);
    }
}
