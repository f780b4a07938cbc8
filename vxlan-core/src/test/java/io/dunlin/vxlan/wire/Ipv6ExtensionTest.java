package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class Ipv6ExtensionTest {
    @Test
    void knowsTheFourHeadersThatEachHostMustRead() {
        assertThat(IntStream.range(0, 256).filter(Ipv6Extension::isExtension)).containsExactly(0, 43, 44, 60);
    }

    @Test
    void readsItsLengthInUnitsOfEightBeyondTheFirstEight() {
        for (int units = 0; units < 256; units++) {
            Memory memory = Memory.of(new byte[] {58, (byte) units});
            assertThat(Ipv6Extension.nextHeader(memory, 0)).isEqualTo(IpProtocol.ICMPV6);
            assertThat(Ipv6Extension.headerLength(memory, 0, Ipv6Extension.HOP_BY_HOP))
                    .isEqualTo(8 + 8 * units);
            assertThat(Ipv6Extension.headerLength(memory, 0, Ipv6Extension.ROUTING))
                    .isEqualTo(8 + 8 * units);
            assertThat(Ipv6Extension.headerLength(memory, 0, Ipv6Extension.DESTINATION_OPTIONS))
                    .isEqualTo(8 + 8 * units);
            assertThat(Ipv6Extension.headerLength(memory, 0, Ipv6Extension.FRAGMENT))
                    .isEqualTo(8);
        }
    }

    @Test
    void readsFragmentsWithoutTheReservedBits() {
        Memory last = Bytes.of("11 ff fffe 00000001");
        assertThat(Ipv6Extension.fragmentOffset(last, 0)).isEqualTo(65_528);
        assertThat(Ipv6Extension.moreFragments(last, 0)).isFalse();
        Memory first = Bytes.of("11 00 0007 00000001");
        assertThat(Ipv6Extension.fragmentOffset(first, 0)).isZero();
        assertThat(Ipv6Extension.moreFragments(first, 0)).isTrue();
    }

    @Test
    void readsTheRoutingType() {
        assertThat(Ipv6Extension.routingType(Bytes.of("11 02 04 01 00000000"), 0))
                .isEqualTo(4);
    }

    @Test
    void refusesEachTruncation() {
        Bytes.assertIsShortest(Ipv6Extension.LENGTH, Ipv6Extension::checkLength);
    }

    @Test
    void staysWithinItsLength() {
        Bytes.assertStaysWithin(Ipv6Extension.LENGTH, (memory, at) -> {
            assertThat(Ipv6Extension.nextHeader(memory, at)).isEqualTo(255);
            assertThat(Ipv6Extension.headerLength(memory, at, Ipv6Extension.ROUTING))
                    .isEqualTo(2048);
            assertThat(Ipv6Extension.routingType(memory, at)).isEqualTo(255);
            assertThat(Ipv6Extension.fragmentOffset(memory, at)).isEqualTo(65_528);
            assertThat(Ipv6Extension.moreFragments(memory, at)).isTrue();
        });
    }
}
