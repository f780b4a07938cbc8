package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinuxTest {
    @Test
    void isAvailableWhereTheseTestsRun() {
        assertThat(Linux.unavailableReason()).isEmpty();
        assertThat(Linux.isAvailable()).isTrue();
    }

    @Test
    void saysWhyItIsNotAvailable() {
        assertThat(Linux.unavailableReason("Mac OS X", "aarch64", true, null))
                .hasValue("the operating system is Mac OS X, not Linux");
        assertThat(Linux.unavailableReason("Linux", "riscv64", true, null))
                .hasValue("the processor architecture is riscv64, not x86-64 or aarch64");
        assertThat(Linux.unavailableReason("Linux", "aarch64", false, null))
                .hasValue("native access is not enabled: start java with --enable-native-access=ALL-UNNAMED");
        assertThat(Linux.unavailableReason("Linux", "amd64", false, "io.dunlin.vxlan"))
                .hasValue("native access is not enabled: start java with --enable-native-access=io.dunlin.vxlan");
    }
}
