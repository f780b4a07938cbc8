package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.nio.charset.StandardCharsets;

/** Any text as an address or a subnet: read in full, or refused in one line. */
class SubnetTextFuzzTest {
    @FuzzTest
    void readsOrRefusesAnyText(byte[] data) {
        var text = new String(data, StandardCharsets.UTF_8);
        switch (Address.read(text)) {
            case Granted<Address>(Address address) -> {
                assertThat(Address.parse(address.toString())).isEqualTo(address);
                assertThat(Address.of(address.toInetAddress())).isEqualTo(address);
                assertThat(text).containsPattern("[.:]").doesNotContain("%");
            }
            case Refused<Address>(Refusal why) -> assertOneLine(why, "not an IP address: \"");
        }
        switch (Subnet.read(text)) {
            case Granted<Subnet>(Subnet subnet) -> {
                assertThat(Subnet.parse(subnet.toString())).isEqualTo(subnet);
                assertThat(subnet.contains(subnet.base())).isTrue();
                assertThat(subnet.contains(subnet.last())).isTrue();
                var _ = AddressPlan.of(subnet).refusal();
            }
            case Refused<Subnet>(Refusal why) ->
                assertOneLine(
                        why, "not a subnet: \"", "not an IP address: \"", "out of range", "did you mean", "ends among");
        }
    }

    private static void assertOneLine(Refusal why, String... one) {
        assertThat(why.message()).containsAnyOf(one).hasSizeLessThan(200).doesNotContain("\n", "\r", "\0");
    }
}
