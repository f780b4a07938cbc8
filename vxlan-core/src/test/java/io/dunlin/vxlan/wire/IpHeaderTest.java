package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpHeaderTest {
    private static final int AT = 3;

    @ParameterizedTest
    @CsvSource({
        "4, 10.0.0.2, 10.0.0.9, 4500001c00004000401126c70a0000020a000009",
        "6, fd00::2, 2001:db8::9, 6000000000081140fd00000000000000000000000000000220010db8000000000000000000000009"
    })
    void writesAHeaderOfItsAddressesVersionAndReadsItBack(int version, String source, String destination, String hex) {
        IpAddress from = IpAddress.parse(source);
        IpAddress to = IpAddress.parse(destination);
        int length = hex.length() / 2;
        Memory memory = Bytes.ones(AT + length);
        assertThat(IpHeader.write(memory, AT, 8, 64, IpProtocol.UDP, from, to)).isEqualTo(AT + length);
        assertThat(Bytes.hex(memory)).isEqualTo("ff".repeat(AT) + hex);
        assertThat(IpHeader.length(from)).isEqualTo(length);
        assertThat(IpHeader.version(memory, AT)).isEqualTo(version);
        assertThat(IpHeader.source(memory, AT)).isEqualTo(from);
        assertThat(IpHeader.destination(memory, AT)).isEqualTo(to);
    }
}
