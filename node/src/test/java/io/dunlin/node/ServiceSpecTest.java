package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.FlowTimeouts;
import io.dunlin.lb.ServicePort;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a service that is asked for is the one that is there. */
class ServiceSpecTest {
    private static final ServiceSpec WEB = ServiceSpec.named("web");

    @Test
    void theOrderOfPortsMakesNoDifference() {
        assertThat(WEB.port(ServicePort.udp(53)).port(443).port(80))
                .isEqualTo(WEB.port(80).port(443).port(ServicePort.udp(53)));
    }

    @Test
    void theOrderOfVipsMakesNoDifference() {
        assertThat(WEB.vip("fd00::5").vip("10.0.0.5"))
                .isEqualTo(WEB.vip("10.0.0.5").vip("fd00::5"));
    }

    @Test
    void upperAndLowerCaseAreOneName() {
        assertThat(ServiceSpec.named("Web").port(80).isLike(WEB.port(80))).isTrue();
        assertThat(ServiceSpec.named("Web").port(80).isLike(WEB.port(81))).isFalse();
    }

    @Test
    void onlyWhoAsksMayLackVips() {
        assertThat(WEB.isLike(WEB.vip("10.0.0.5"))).isTrue();
        assertThat(WEB.vip("10.0.0.5").isLike(WEB)).isFalse();
    }

    @Test
    void theTextShowsTimeoutsThatAreNotTheUsualOnes() {
        var slow = WEB.timeouts(FlowTimeouts.DEFAULT.udp(Duration.ofHours(1)));
        assertThat(slow.isLike(WEB)).isFalse();
        assertThat(WEB.text()).isEqualTo("vip, all ports, round-robin");
        assertThat(slow.text())
                .startsWith("vip, all ports, round-robin, FlowTimeouts[")
                .contains("udp=PT1H,");
    }
}
