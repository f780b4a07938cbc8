package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Any text as an address, a network or a MAC address: read in full or refused in one line that holds it. */
class AddressTextFuzzTest {
    @FuzzTest
    void readsOrRefusesAnyText(byte[] data) {
        var text = new String(data, StandardCharsets.UTF_8);
        try {
            IpAddress address = IpAddress.parse(text);
            assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
            assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
            assertThat(text).containsPattern("[.:]").doesNotContain("%");
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessage("not an IP address: \"" + text + "\" (like 10.0.0.2 or fd00::2)");
        }
        try {
            Cidr cidr = Cidr.parse(text);
            assertThat(Cidr.parse(cidr.toString())).isEqualTo(cidr);
            assertThat(cidr.contains(cidr.base())).isTrue();
            assertThat(cidr.contains(cidr.last())).isTrue();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage())
                    .containsAnyOf(
                            "not a CIDR: \"" + text,
                            "not an IP address: \"",
                            "out of range",
                            "did you mean",
                            "ends among");
        }
        try {
            MacAddress mac = MacAddress.parse(text);
            assertThat(mac.toString()).isEqualToIgnoringCase(text);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessage("not a MAC address: \"" + text + "\" (like 02:42:0a:00:00:02)");
        }
    }
}
