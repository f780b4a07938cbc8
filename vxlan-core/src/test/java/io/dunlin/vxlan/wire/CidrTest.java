package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against arithmetic on {@link BigInteger}: a network is the numbers from its base up to its base + 2^host bits - 1. */
class CidrTest {
    @Property
    void containsTheAddressesFromItsBaseToItsLast(
            @ForAll("networks") Cidr cidr, @ForAll("addresses") IpAddress address) {
        BigInteger number = IpAddressTest.number(address);
        boolean within = number.compareTo(first(cidr)) >= 0 && number.compareTo(last(cidr)) <= 0;
        assertThat(cidr.contains(address))
                .isEqualTo(within && address.isIpv4() == cidr.base().isIpv4());
    }

    @Property
    void containsBothItsEndsAndNeitherNeighbour(@ForAll("networks") Cidr cidr) {
        assertThat(IpAddressTest.number(cidr.last())).isEqualTo(last(cidr));
        assertThat(cidr.contains(cidr.base())).isTrue();
        assertThat(cidr.contains(cidr.last()))
                .isEqualTo(cidr.last().isIpv4() == cidr.base().isIpv4());
        if (first(cidr).signum() > 0) {
            assertThat(cidr.contains(address(first(cidr).subtract(BigInteger.ONE))))
                    .isFalse();
        }
        if (last(cidr).add(BigInteger.ONE).bitLength() <= 128) {
            assertThat(cidr.contains(address(last(cidr).add(BigInteger.ONE)))).isFalse();
        }
    }

    @Property
    void overlapsWhereTheRangesDo(@ForAll("networks") Cidr a, @ForAll("networks") Cidr b) {
        boolean apart = first(a).compareTo(last(b)) > 0 || first(b).compareTo(last(a)) > 0;
        boolean sameFamily = a.base().isIpv4() == b.base().isIpv4();
        assertThat(a.overlaps(b)).isEqualTo(sameFamily && !apart);
        assertThat(b.overlaps(a)).isEqualTo(a.overlaps(b));
        assertThat(a.overlaps(a)).isTrue();
    }

    @Property
    void countsAddressesFromItsBase(@ForAll("networks") Cidr cidr, @ForAll @IntRange(max = 1 << 20) int offset) {
        BigInteger expected = first(cidr).add(BigInteger.valueOf(offset));
        if (expected.compareTo(last(cidr)) <= 0) {
            assertThat(IpAddressTest.number(cidr.address(offset))).isEqualTo(expected);
        }
    }

    @Property
    void readsBackWhatItPrints(@ForAll("networks") Cidr cidr) {
        assertThat(Cidr.parse(cidr.toString())).isEqualTo(cidr);
    }

    @ParameterizedTest
    @ValueSource(strings = {"::/0", "::/64", "::/79"})
    void holdsNoIpv4AddressIfItIsIpv6(String cidr) {
        assertThat(Cidr.parse(cidr).contains(IpAddress.parse("10.0.0.1"))).isFalse();
        assertThat(Cidr.parse(cidr).overlaps(Cidr.parse("0.0.0.0/0"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 255.255.255.255",
        "10.0.0.0/24, 10.0.0.255",
        "10.0.0.1/32, 10.0.0.1",
        "128.0.0.0/1, 255.255.255.255",
        "::/0, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fd00::/63, fd00::1:ffff:ffff:ffff:ffff",
        "fd00::/64, fd00::ffff:ffff:ffff:ffff",
        "fd00::/65, fd00::7fff:ffff:ffff:ffff",
        "fd00::1/128, fd00::1",
    })
    void knowsItsLastAddress(String cidr, String last) {
        assertThat(Cidr.parse(cidr).last()).hasToString(last);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/x",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/24/3",
                "10.0.0.0/ 8",
                "10.0.0.0/1000"
            })
    void refusesOtherTextAndQuotesIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cidr.parse(text))
                .withMessage("not a CIDR: \"" + text + "\" (like 10.0.0.0/24 or fd00::/64)");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/33, prefix length /33 of 10.0.0.0 is out of range: allowed are 0 to 32",
        "fd00::/129, prefix length /129 of fd00:: is out of range: allowed are 0 to 128",
        "10.20.3.7/16, 10.20.3.7/16 has bits set behind its prefix: did you mean 10.20.0.0/16?",
        "0.0.0.1/0, 0.0.0.1/0 has bits set behind its prefix: did you mean 0.0.0.0/0?",
        "fd00::1/64, fd00::1/64 has bits set behind its prefix: did you mean fd00::/64?",
        "::/80, '::/80 ends among the IPv4-mapped addresses ::ffff:0:0/96, which stand for IPv4'",
        "::fffe:0:0/95, '::fffe:0:0/95 ends among the IPv4-mapped addresses ::ffff:0:0/96, which stand for IPv4'",
        "'10.1/16', 'not an IP address: \"10.1\" (like 10.0.0.2 or fd00::2)'",
    })
    void refusesWhatIsNoNetworkAndSaysWhatWouldDo(String text, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> Cidr.parse(text)).withMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0, -1, prefix length /-1 of 10.0.0.0 is out of range: allowed are 0 to 32",
        "::1, 2147483647, prefix length /2147483647 of ::1 is out of range: allowed are 0 to 128",
    })
    void refusesAPrefixOutOfRangeWhenBuilt(String base, int prefix, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Cidr(IpAddress.parse(base), prefix))
                .withMessage(message);
    }

    @Provide
    static Arbitrary<IpAddress> addresses() {
        // Near each other, so that addresses often fall into networks.
        return Arbitraries.oneOf(
                IpAddressTest.addresses(),
                Arbitraries.integers().between(0x0a00_0000, 0x0a00_03ff).map(IpAddress::ofIpv4),
                Arbitraries.longs().between(0, 0x3ff).map(low -> new IpAddress(0xfd00L << 48, low)));
    }

    @Provide
    static Arbitrary<Cidr> networks() {
        return Combinators.combine(addresses(), Arbitraries.integers().between(0, 128))
                .as((address, prefix) -> {
                    int length = Math.min(prefix, address.bits());
                    BigInteger size = BigInteger.ONE.shiftLeft(address.bits() - length);
                    BigInteger number = IpAddressTest.number(address);
                    // An IPv4 network's base is a number that is 0 in its host bits; its upper 96 bits are the mapped
                    // prefix.
                    IpAddress base = address(number.subtract(number.mod(size)));
                    IpAddress last =
                            address(IpAddressTest.number(base).add(size).subtract(BigInteger.ONE));
                    return last.isIpv4() == base.isIpv4() ? new Cidr(base, length) : new Cidr(address, address.bits());
                });
    }

    private static BigInteger first(Cidr cidr) {
        return IpAddressTest.number(cidr.base());
    }

    private static BigInteger last(Cidr cidr) {
        return first(cidr)
                .add(BigInteger.ONE.shiftLeft(cidr.base().bits() - cidr.prefix()))
                .subtract(BigInteger.ONE);
    }

    private static IpAddress address(BigInteger number) {
        return new IpAddress(number.shiftRight(64).longValue(), number.longValue());
    }
}
