package io.dunlin.vxlan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VniTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 4096, 16_777_215})
    void takesAllOf24BitsButZero(int value) {
        assertThat(new Vni(value).value()).isEqualTo(value);
        assertThat(new Vni(value)).hasToString(Integer.toString(value));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 16_777_216, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void refusesAllOthersAndSaysWhichAreAllowed(int value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Vni(value))
                .withMessage("VNI " + value + " is out of range: allowed are 1 to 16777215");
    }

    @Test
    void hasTheLimitOfTheHeadersField() {
        assertThat(Vni.MAX).isEqualTo(0xff_ffff);
    }
}
