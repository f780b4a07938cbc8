package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.Result.Refused;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Docker takes silently, or with a word that helps nobody, and is refused here. */
class IpamConfigTest {
    private static String refusal(IpamConfig config) {
        return IpamState.of(config, UsageListener.NONE) instanceof Refused<IpamState>(Refusal why)
                ? why.message()
                : "granted";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10.0.0.0/8    |  0 | mask length 0 of pool 10.0.0.0/8 is too short: allowed are 1 to 31
            10.0.0.0/8    | -1 | mask length -1 of pool 10.0.0.0/8 is too short: allowed are 1 to 31
            10.0.0.0/24   | 16 | a /16 subnet is larger than its pool 10.0.0.0/24: allowed are 24 to 31
            10.0.0.0/24   | 32 | mask length 32 of pool 10.0.0.0/24 leaves no usable address beside the gateway: allowed are 1 to 31
            fd00::/48     | 56 | mask length 56 of pool fd00::/48 is too short: allowed are 64 to 127
            fd00::/120    |128 | mask length 128 of pool fd00::/120 leaves no usable address beside the gateway: allowed are 64 to 127
            fd00::/8      | 80 | pool fd00::/8 cut into /80 has 2^72 subnets: allowed are 2^60
            0.0.0.0/0     | 24 | 0.0.0.0/0 overlaps "this network" 0.0.0.0/8
            127.0.0.0/16  | 24 | 127.0.0.0/16 overlaps loopback 127.0.0.0/8
            126.0.0.0/7   | 24 | 126.0.0.0/7 overlaps loopback 127.0.0.0/8
            169.254.0.0/16| 24 | 169.254.0.0/16 overlaps link-local 169.254.0.0/16
            224.1.0.0/16  | 24 | 224.1.0.0/16 overlaps multicast 224.0.0.0/4
            255.255.0.0/16| 24 | 255.255.0.0/16 overlaps the reserved range 240.0.0.0/4
            ff00::/56     | 64 | ff00::/56 overlaps multicast ff00::/8
            fe80::/56     | 64 | fe80::/56 overlaps link-local fe80::/10
            ::/56         | 64 | ::/56 overlaps the unspecified address ::/128
            ::1/128       |127 | ::1/128 overlaps loopback ::1/128
            10.0.0.9/32   | 32 | pool 10.0.0.9/32 is a single address: it cannot be cut into subnets
            10.0.0.0/31   | 31 | granted
            10.0.0.0/24   | 24 | granted
            fd00::/56     |127 | pool fd00::/56 cut into /127 has 2^71 subnets: allowed are 2^60
            fd00::/64     | 64 | granted
            """)
    void aPoolIsRefusedWithAReason(String range, int subnetPrefix, String message) {
        assertThat(refusal(IpamConfig.of().pool(range, subnetPrefix))).isEqualTo(message);
    }

    @Test
    void poolsMayNotOverlapNorComeTwice() {
        assertThat(refusal(IpamConfig.of().pool("10.0.0.0/8", 24).pool("10.20.0.0/16", 26)))
                .isEqualTo("10.20.0.0/16 overlaps the pool 10.0.0.0/8");
        assertThat(refusal(IpamConfig.of().pool("fd00::/8", 64).pool("fd00::/8", 64)))
                .isEqualTo("fd00::/8 overlaps the pool fd00::/8");
        assertThat(refusal(IpamConfig.of().pool("10.0.0.0/9", 24).pool("10.128.0.0/9", 26)))
                .isEqualTo("granted");
    }

    @Test
    void aPoolIsNoNetworkOfTheHost() {
        IpamConfig config = IpamConfig.of().pool("192.168.1.0/24", 26);
        assertThat(refusal(config.exclude(Subnet.parse("192.168.1.0/24"))))
                .isEqualTo("192.168.1.0/24 overlaps and is all part of the excluded network 192.168.1.0/24");
        assertThat(refusal(config.exclude(Subnet.parse("192.168.0.0/16"))))
                .isEqualTo("192.168.1.0/24 overlaps and is all part of the excluded network 192.168.0.0/16");
        assertThat(refusal(config.exclude(Subnet.parse("192.168.1.0/25"), Subnet.parse("192.168.1.128/25"))))
                .isEqualTo("pool 192.168.1.0/24 cut into /26 is empty: all of its 4 subnets touch excluded networks");
        assertThat(refusal(config.exclude(Subnet.parse("192.168.1.0/25")))).isEqualTo("granted");
        assertThat(refusal(config.exclude(Subnet.parse("fd00::/8")))).isEqualTo("granted");
    }

    @Test
    void countsAndTimesHaveTheirLimits() {
        assertThat(refusal(IpamConfig.of())).isEqualTo("0 address pools: allowed are 1 to 256");
        var pools = new AddressPool[IpamConfig.MAX_POOLS + 1];
        for (int i = 0; i < pools.length; i++) {
            pools[i] = new AddressPool(Subnet.of(Address.ofIpv4(0x0a00_0000 | i << 8), 24), 24);
        }
        assertThat(refusal(IpamConfig.of(pools))).isEqualTo("257 address pools: allowed are 1 to 256");
        assertThat(refusal(IpamConfig.defaults().quarantine(Duration.ofMillis(-1))))
                .isEqualTo("quarantine of PT-0.001S: allowed are 0 to PT720H");
        assertThat(refusal(IpamConfig.defaults().quarantine(Duration.ofDays(31))))
                .isEqualTo("quarantine of PT744H: allowed are 0 to PT720H");
        assertThat(refusal(IpamConfig.of()
                        .pool("fc00::/8", 68)
                        .pool("fd00::/8", 68)
                        .pool("2000::/8", 68)))
                .startsWith("all IPv6 pools together have ");
        var exclusions = new Subnet[IpamConfig.MAX_EXCLUSIONS + 1];
        Arrays.fill(exclusions, Subnet.parse("192.168.0.0/24"));
        assertThat(refusal(IpamConfig.defaults().exclude(exclusions)))
                .isEqualTo("65537 excluded networks: allowed are 0 to 65536");
    }

    @Test
    void aPlanThatLeavesNothingIsRefused() {
        Subnet subnet = Subnet.parse("10.0.0.0/29");
        AddressPlan plan = AddressPlan.of(subnet);
        assertThat(messages(
                        plan.gateway(Address.parse("10.0.0.7")),
                        plan.gateway(Address.parse("10.0.1.1")),
                        plan.gateway(Address.parse("fd00::1")),
                        plan.range(Subnet.parse("10.0.0.0/28")),
                        plan.range(Subnet.parse("10.0.0.0/32")),
                        plan.range(Subnet.parse("10.0.0.7/32")),
                        plan.range(Subnet.parse("10.0.0.1/32")),
                        plan.range(Subnet.parse("10.0.0.0/31")),
                        AddressPlan.of(Subnet.parse("10.0.0.1/32")).gateway(Address.parse("10.0.0.1")),
                        AddressPlan.of(Subnet.parse("fd00::/63")),
                        AddressPlan.of(Subnet.parse("0.0.0.0/0")),
                        AddressPlan.of(Subnet.parse("127.0.0.0/24"))))
                .containsExactly(
                        "gateway 10.0.0.7 is no address of a host in 10.0.0.0/29",
                        "gateway 10.0.1.1 is no address of a host in 10.0.0.0/29",
                        "gateway fd00::1 is no address of a host in 10.0.0.0/29",
                        "range 10.0.0.0/28 is not within its subnet 10.0.0.0/29",
                        "range 10.0.0.0/32 leaves no usable address in 10.0.0.0/29",
                        "range 10.0.0.7/32 leaves no usable address in 10.0.0.0/29",
                        "range 10.0.0.1/32 leaves no usable address in 10.0.0.0/29",
                        "range 10.0.0.0/31 leaves no usable address in 10.0.0.0/29",
                        "gateway 10.0.0.1 would leave no usable address in 10.0.0.1/32",
                        "fd00::/63 is larger than an IPv6 subnet may be: /64 (RFC 4291 section 2.5.4)",
                        "0.0.0.0/0 has mask length 0 and takes all addresses there are",
                        "127.0.0.0/24 overlaps loopback 127.0.0.0/8");
        assertThat(plan.range(Subnet.parse("10.0.0.2/32")).refusal()).isEmpty();
        assertThat(plan.gateway(Address.parse("10.0.0.2"))
                        .range(Subnet.parse("10.0.0.0/31"))
                        .refusal())
                .isEmpty();
    }

    private static List<String> messages(AddressPlan... plans) {
        return Arrays.stream(plans)
                .map(plan -> plan.refusal().map(Refusal::message).orElse("granted"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10.0.0.1/24   | 10.0.0.1/24 has host bits set: did you mean 10.0.0.0/24?
            fd00::1/64    | fd00::1/64 has host bits set: did you mean fd00::/64?
            10.0.0.0/33   | prefix length /33 of 10.0.0.0 is out of range: allowed are 0 to 32
            10.0.0.0      | not a subnet: "10.0.0.0" (like 10.0.0.0/24 or fd00::/64)
            10.0.0.0/024  | not a subnet: "10.0.0.0/024" (like 10.0.0.0/24 or fd00::/64)
            10.0.0/24     | not an IP address: "10.0.0" (like 10.0.0.2 or fd00::2)
            010.0.0.0/24  | not an IP address: "010.0.0.0" (like 10.0.0.2 or fd00::2)
            fe80::1%1/64  | not an IP address: "fe80::1%1" (like 10.0.0.2 or fd00::2)
            host/24       | not an IP address: "host" (like 10.0.0.2 or fd00::2)
            """)
    void aSubnetIsReadStrictly(String text, String message) {
        assertThat(Subnet.read(text) instanceof Refused<Subnet>(Refusal why) ? why.message() : "read")
                .isEqualTo(message);
    }
}
