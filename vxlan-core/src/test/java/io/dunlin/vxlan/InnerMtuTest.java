package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InnerMtuTest {
    @Test
    void takes50BytesOfAnIpv4UnderlayAnd70OfAnIpv6One() {
        assertThat(InnerMtu.overhead(1500, true, false))
                .isEqualTo(20 + 8 + 8 + 14)
                .isEqualTo(50);
        assertThat(InnerMtu.overhead(1500, false, false))
                .isEqualTo(40 + 8 + 8 + 14)
                .isEqualTo(70);
        assertThat(InnerMtu.of(1500, true, false)).isEqualTo(1450);
        assertThat(InnerMtu.of(1500, false, false)).isEqualTo(1430);
        assertThat(InnerMtu.of(9000, true, false)).isEqualTo(8950);
    }

    /** 1408 is what was found for a Linux peer. */
    @Test
    void encryptionTakesWhatItNeedsAndNotAByteMore() {
        assertThat(InnerMtu.of(1500, true, true)).isEqualTo(1408);
        assertThat(InnerMtu.overhead(1500, true, true)).isEqualTo(92);
        for (int underlay = 1280; underlay < 1300; underlay++) {
            int datagram = underlay - 28;
            int inner = InnerMtu.of(underlay, true, true);
            assertThat(EspRoom.sealed(inner + 22)).isLessThanOrEqualTo(datagram);
            assertThat(EspRoom.sealed(inner + 23)).isGreaterThan(datagram);
            assertThat(InnerMtu.of(underlay, false, true)).isEqualTo(InnerMtu.of(underlay - 20, true, true));
        }
    }
}
