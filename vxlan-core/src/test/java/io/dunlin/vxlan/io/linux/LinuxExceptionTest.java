package io.dunlin.vxlan.io.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinuxExceptionTest {
    @Test
    void saysWhichCapabilityIsMissing() {
        assertThat(new LinuxException("TUNSETIFF", "eth0", Errno.EPERM))
                .hasMessage(
                        "TUNSETIFF eth0: EPERM (operation not permitted): needs CAP_NET_ADMIN: run as root, or inside "
                                + "'unshare --user --map-root-user --net'");
    }

    @Test
    void saysHowToMakeTheTunDevice() {
        assertThat(new LinuxException("open", "/dev/net/tun", Errno.ENOENT))
                .hasMessage(
                        "open /dev/net/tun: ENOENT (no such file or directory): load the driver with 'modprobe tun', or "
                                + "in a container 'mkdir -p /dev/net && mknod /dev/net/tun c 10 200'");
        assertThat(new LinuxException("open", "/dev/net/tun", Errno.EACCES))
                .hasMessage("open /dev/net/tun: EACCES (permission denied): 'chmod 0666 /dev/net/tun', or run as root");
    }

    @Test
    void quotesTheKernel() {
        assertThat(new LinuxException(
                        "add route",
                        "10.1.0.0/16 via 10.9.9.9 dev eth0",
                        Errno.ENETUNREACH,
                        "Nexthop has invalid gateway"))
                .hasMessage(
                        "add route 10.1.0.0/16 via 10.9.9.9 dev eth0: ENETUNREACH (network unreachable), the kernel says "
                                + "\"Nexthop has invalid gateway\": the gateway is in no network of this device");
    }

    @Test
    void namesAnErrorItDoesNotKnowByItsNumber() {
        var exception = new LinuxException("read", "TUN eth0", 140);
        assertThat(exception).hasMessage("read TUN eth0: errno 140");
        assertThat(exception.errno()).isEqualTo(140);
        assertThat(exception.call()).isEqualTo("read");
        assertThat(exception.object()).isEqualTo("TUN eth0");
    }
}
