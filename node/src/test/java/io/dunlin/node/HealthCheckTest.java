package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthCheckTest {
    @Test
    void isReadAsItIsWritten() {
        assertThat(HealthCheck.parse("tcp:8080")).isEqualTo(HealthCheck.tcp(8080));
        assertThat(HealthCheck.parse("udp:53")).isEqualTo(HealthCheck.udp(53));
        assertThat(HealthCheck.udp(53).text()).isEqualTo("udp:53");
        assertThat(HealthCheck.tcp(80).interval(Duration.ofMillis(500)).retries(1))
                .hasToString("tcp:80 every 500 ms, timeout 500 ms, 1 retry");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tcp", "icmp:1", "tcp:", "tcp:http", "TCP:80", "tcp:123456", " tcp:80"})
    void whatIsNoCheckIsRefused(String text) {
        assertThatThrownBy(() -> HealthCheck.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("health check \"" + text + "\": allowed are tcp:PORT and udp:PORT");
    }

    @Test
    void aServiceIsToldInTheWordsItIsAskedForWith() {
        assertThat(ServiceSpec.named("web")
                        .vip("10.0.0.5")
                        .port(80)
                        .preferLocal()
                        .health(HealthCheck.tcp(8080))
                        .text())
                .isEqualTo("vip 10.0.0.5, ports 80/tcp, round-robin, prefers local,"
                        + " health tcp:8080 every 5000 ms, timeout 2000 ms, 3 retries");
        assertThat(ServiceSpec.named("web").dnsRoundRobin().text()).isEqualTo("dnsrr, all ports, round-robin");
    }
}
