package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    @Property
    void readsBackWhatItPrints(@ForAll @LongRange(min = 0, max = 0xffff_ffff_ffffL) long bits) {
        var mac = new MacAddress(bits);
        assertThat(MacAddress.parse(mac.toString())).isEqualTo(mac);
        assertThat(mac.toString().replace(":", "")).isEqualTo("%012x".formatted(bits));
    }

    @Test
    void printsSixBytesInLowerCaseAndReadsBothCases() {
        assertThat(new MacAddress(0x0242_0a00_00ffL)).hasToString("02:42:0a:00:00:ff");
        assertThat(MacAddress.parse("02:42:0A:00:00:fF").bits()).isEqualTo(0x0242_0a00_00ffL);
        assertThat(MacAddress.BROADCAST).hasToString("ff:ff:ff:ff:ff:ff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02:42:0a:00:00",
                "02:42:0a:00:00:02:03",
                "02-42-0a-00-00-02",
                "2:42:0a:00:00:02",
                "02:42:0a:00:00:0g",
                "02:42:0a:00:00:02 ",
                "02420a000002"
            })
    void refusesOtherTextAndQuotesIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MacAddress.parse(text))
                .withMessage("not a MAC address: \"" + text + "\" (like 02:42:0a:00:00:02)");
    }

    @ParameterizedTest
    @ValueSource(longs = {0x1_0000_0000_0000L, -1, Long.MIN_VALUE})
    void refusesMoreThan48Bits(long bits) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MacAddress(bits))
                .withMessage("a MAC address has 48 bits, not 0x" + Long.toHexString(bits));
    }

    @Test
    void derivesAnEndpointsMacFromTheLastFourBytesOfItsAddress() {
        assertThat(new MacAddress(
                        MacAddress.ofEndpoint(IpAddress.parse("10.0.0.2").low())))
                .hasToString("02:42:0a:00:00:02");
        assertThat(new MacAddress(
                        MacAddress.ofEndpoint(IpAddress.parse("fd00::ff00:2").low())))
                .hasToString("02:42:ff:00:00:02");
        assertThat(MacAddress.ofEndpoint(-1)).isEqualTo(0x0242_ffff_ffffL);
    }

    @Test
    void tellsGroupAddressesByTheLastBitOfTheFirstByte() {
        assertThat(MacAddress.isGroup(MacAddress.BROADCAST.bits())).isTrue();
        assertThat(MacAddress.isGroup(MacAddress.parse("01:00:5e:00:00:01").bits()))
                .isTrue();
        assertThat(MacAddress.isGroup(MacAddress.parse("33:33:00:00:00:01").bits()))
                .isTrue();
        assertThat(MacAddress.isGroup(MacAddress.parse("fe:ff:ff:ff:ff:ff").bits()))
                .isFalse();
    }
}
