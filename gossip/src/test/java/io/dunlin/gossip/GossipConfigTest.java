package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dunlin.gossip.transport.HostPort;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.KeyRing;
import java.util.Collections;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GossipConfigTest {
    private static final GossipConfig CONFIG = GossipConfig.named("n1");

    @Test
    void eachMethodChangesWhatItsNameSaysAndNothingElse() {
        var ring = KeyRing.of(new byte[16]);
        GossipConfig all = CONFIG.listen("10.0.0.1")
                .advertise("[fd00::1]:80")
                .join("a", "b:1")
                .join("c")
                .profile(Profile.wan())
                .label("blue")
                .encrypted(ring)
                .compression(false)
                .meta(Bytes.utf8("m"))
                .protocol(5)
                .tables(TableLimits.DEFAULT);

        assertThat(all.name()).isEqualTo("n1");
        assertThat(all.listen()).isEqualTo(new HostPort("10.0.0.1", 7946));
        assertThat(all.advertise()).isEqualTo(new HostPort("fd00::1", 80));
        assertThat(all.seeds()).containsExactly(new HostPort("a", 7946), new HostPort("b", 1), new HostPort("c", 7946));
        assertThat(all.profile()).isEqualTo(Profile.wan());
        assertThat(all.label()).isEqualTo("blue");
        assertThat(all.keyRing()).isSameAs(ring);
        assertThat(all.compression()).isFalse();
        assertThat(all.meta().text()).isEqualTo("m");
        assertThat(all.protocol()).isEqualTo(5);
        assertThat(all.tables()).isEqualTo(TableLimits.DEFAULT);
        assertThat(CONFIG).isEqualTo(GossipConfig.named("n1"));
    }

    @Test
    void keysAreNotPrinted() {
        assertThat(CONFIG.encrypted(KeyRing.of("sixteen bytes !!".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                        .toString())
                .doesNotContain("sixteen", "7369787465656e");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\nb", "\u0000", "a\u00a0b"})
    void aNameHasNoSpacesAndIsPrintable(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GossipConfig.named(name))
                .withMessageContaining("\"" + name + "\"")
                .withMessageContaining("1 to 255 bytes");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(config -> config.listen("a b"), "a b", "allowed"),
                mistake(config -> config.advertise("1.2.3.4:99999"), "99999", "0 to 65535"),
                mistake(config -> config.label("é".repeat(128)), "256 bytes", "255"),
                mistake(config -> config.meta(Bytes.wrap(new byte[513])), "513 bytes", "512"),
                mistake(
                        config -> config.meta(Bytes.wrap(new byte[476])).encrypted(KeyRing.of(new byte[16])),
                        "476 bytes",
                        "475"),
                mistake(config -> config.protocol(0), "version 0", "1 to 5"),
                mistake(config -> config.protocol(6), "version 6", "1 to 5"),
                mistake(
                        config -> config.join(Collections.nCopies(65, "a").toArray(String[]::new)),
                        "65 seeds",
                        "up to 64"));
    }

    private static Arguments mistake(UnaryOperator<GossipConfig> change, String given, String allowed) {
        return Arguments.of(change, given, allowed);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeIsToldWithWhatWasGivenAndWhatIsAllowed(
            UnaryOperator<GossipConfig> change, String given, String allowed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change.apply(CONFIG))
                .withMessageContaining(given)
                .withMessageContaining(allowed);
    }
}
