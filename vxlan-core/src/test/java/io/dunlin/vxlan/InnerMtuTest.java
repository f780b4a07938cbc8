package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InnerMtuTest {
    @Test
    void takes50BytesOfAnIpv4UnderlayAnd70OfAnIpv6One() {
        assertThat(InnerMtu.overhead(true)).isEqualTo(20 + 8 + 8 + 14).isEqualTo(50);
        assertThat(InnerMtu.overhead(false)).isEqualTo(40 + 8 + 8 + 14).isEqualTo(70);
        assertThat(InnerMtu.of(1500, true)).isEqualTo(1450);
        assertThat(InnerMtu.of(1500, false)).isEqualTo(1430);
        assertThat(InnerMtu.of(9000, true)).isEqualTo(8950);
    }
}
