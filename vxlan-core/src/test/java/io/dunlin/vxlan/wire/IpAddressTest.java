package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @Property
    void readsBackWhatItPrints(@ForAll("addresses") IpAddress address) {
        assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    }

    @Property
    void readsWhatJavaPrintsAndPrintsWhatJavaReads(@ForAll("addresses") IpAddress address) throws UnknownHostException {
        InetAddress java = address.toInetAddress();
        assertThat(IpAddress.of(java)).isEqualTo(address);
        assertThat(IpAddress.parse(java.getHostAddress())).isEqualTo(address);
        assertThat(InetAddress.getByName(address.toString())).isEqualTo(java);
    }

    @Property
    void ordersAsUnsignedNumbersOf128Bits(@ForAll("addresses") IpAddress a, @ForAll("addresses") IpAddress b) {
        assertThat(Integer.signum(a.compareTo(b))).isEqualTo(number(a).compareTo(number(b)));
        assertThat(a.compareTo(new IpAddress(a.high(), a.low()))).isZero();
    }

    /** RFC 5952 sections 1, 2, 4 and 5: what is given there in several notations, and the one it recommends. */
    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8::1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8::0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0db8::1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:0:1::1, 2001:db8::1:0:0:1",
        "2001:db8:0000:0:1::1, 2001:db8::1:0:0:1",
        "2001:DB8:0:0:1::1, 2001:db8::1:0:0:1",
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:001, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
        "2001:0db8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:db8::1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:0:0:0:1, 2001:db8::1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "1:0:0:2:0:0:3:4, 1::2:0:0:3:4",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    })
    void printsAsRfc5952Recommends(String given, String recommended) {
        assertThat(IpAddress.parse(given)).hasToString(recommended);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0",
        "10.0.0.1, 167772161",
        "127.255.255.255, 2147483647",
        "128.0.0.0, -2147483648",
        "255.255.255.255, -1",
    })
    void keepsIpv4InItsMappedForm(String text, int bits) {
        IpAddress address = IpAddress.parse(text);
        assertThat(address).isEqualTo(IpAddress.ofIpv4(bits)).isEqualTo(IpAddress.parse("::ffff:" + text));
        assertThat(address).hasToString(text);
        assertThat(address.high()).isZero();
        assertThat(address.low()).isEqualTo(0xffff_0000_0000L | (bits & 0xffff_ffffL));
        assertThat(address.lowInt()).isEqualTo(bits);
        assertThat(address.isIpv4()).isTrue();
        assertThat(address.bits()).isEqualTo(32);
        assertThat(address.toInetAddress().getAddress()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "::10.0.0.1", "::fffe:10.0.0.1", "1::ffff:10.0.0.1", "0:0:0:1:0:ffff:a00:1"})
    void takesNothingElseForIpv4(String text) {
        IpAddress address = IpAddress.parse(text);
        assertThat(address.isIpv4()).isFalse();
        assertThat(address.bits()).isEqualTo(128);
        assertThat(address.toInetAddress()).isInstanceOf(Inet6Address.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "10.1",
                "1",
                "0x7f000001",
                "localhost",
                "1.2.3.4.5",
                "1.2.3",
                "1.2.3.",
                "256.1.1.1",
                "1.1.1.1000",
                "010.0.0.1",
                "1.2.3.04",
                "10.0.0.1 ",
                "10.0.0.1/24",
                "-1.0.0.0",
                "１.2.3.4",
                "fe80::1%eth0",
                "fe80::1%1",
                "[::1]",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "::g",
                "::1.2.3",
                "::256.1.1.1",
                "1.2.3.4:80",
                ".::1",
                "face:b00c"
            })
    void refusesOtherTextAndQuotesIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpAddress.parse(text))
                .withMessage("not an IP address: \"" + text + "\" (like 10.0.0.2 or fd00::2)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", ":", ".", "1.", "1:", "::", "f", "0"})
    void refusesHugeText(String piece) {
        String huge = piece.repeat(1_000_000);
        assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse(huge));
    }

    @Test
    void ordersIpv4BehindTheLowestIpv6AddressesAndBeforeTheOthers() {
        assertThat(IpAddress.parse("::1")).isLessThan(IpAddress.parse("0.0.0.0"));
        assertThat(IpAddress.parse("255.255.255.255")).isLessThan(IpAddress.parse("2001:db8::1"));
        assertThat(IpAddress.parse("9.255.255.255")).isLessThan(IpAddress.parse("128.0.0.0"));
        assertThat(IpAddress.parse("7fff::")).isLessThan(IpAddress.parse("8000::"));
    }

    @Provide
    static Arbitrary<IpAddress> addresses() {
        Arbitrary<IpAddress> ipv4 = Arbitraries.integers().map(IpAddress::ofIpv4);
        // Groups that are often 0, for the runs of zeros.
        Arbitrary<Long> half = Arbitraries.integers()
                .between(0, 0xffff)
                .injectDuplicates(0.3)
                .flatMap(group -> Arbitraries.of(0, 0, group))
                .list()
                .ofSize(4)
                .map(groups -> groups.stream().mapToLong(g -> g).reduce(0, (all, g) -> all << 16 | g));
        Arbitrary<IpAddress> sparse = Combinators.combine(half, half).as(IpAddress::new);
        Arbitrary<IpAddress> any =
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(IpAddress::new);
        return Arbitraries.oneOf(ipv4, sparse, any);
    }

    static BigInteger number(IpAddress address) {
        return new BigInteger(Long.toUnsignedString(address.high()))
                .shiftLeft(64)
                .add(new BigInteger(Long.toUnsignedString(address.low())));
    }
}
