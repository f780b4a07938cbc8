package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.lb.Service;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.vxlan.wire.Vni;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is legal here can be asked for, and balanced. */
class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "web.1",
                "a_b",
                "a.-",
                "A-1.b_.c",
                "123456789.123456789.123456789.123456789.123456789.123456789.123"
            })
    void whatIsLegalIsADnsNameAndAService(String name) {
        assertThat(Names.isLegal(name)).isTrue();
        assertThat(ZoneSpec.named(name).network()).isEqualTo(name);
        assertThat(Service.named(new Vni(1), name).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "net.",
                "a..b",
                ".a",
                "-a",
                "_a",
                "a b",
                "a/b",
                "ä",
                "a\n",
                "123456789.123456789.123456789.123456789.123456789.123456789.1234"
            })
    void whatIsNoDnsNameIsRefusedAsNetworkEndpointAndService(String name) {
        assertThat(Names.isLegal(name)).isFalse();
        assertThatThrownBy(() -> NetworkSpec.named(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Service.named(new Vni(1), name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRefusalSaysWhatIsAllowed() {
        assertThatThrownBy(() -> EndpointSpec.named("web."))
                .hasMessage(
                        "endpoint name \"web.\": allowed are 1 to 63 letters, digits, dots, underscores and hyphens,"
                                + " a letter or digit first, and something between dots and behind them");
    }
}
