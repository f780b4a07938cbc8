package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Refusal.InUse;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Refusal.Overlaps;
import io.dunlin.ipam.Result.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subnets that are none of the pools' own, and exclusions, where random ones seldom come. */
class SubnetPoolsTest {
    private static final IpamConfig CONFIG = IpamConfig.of().pool("10.0.0.0/16", 24);
    private static final Subnet OTHER = Subnet.parse("10.0.4.0/23");
    private static final Requester A = new Requester("a");
    private static final Requester B = new Requester("b");

    private static SubnetPools pools(IpamConfig config) {
        return new SubnetPools(Family.IPV4, config);
    }

    @Test
    void aSubnetInUseThatIsNoPoolsOwnIsNotReleased() {
        IpamState state = IpamState.of(CONFIG, UsageListener.NONE).orElseThrow();
        state.apply(new ClaimSubnet(A, AddressPlan.of(OTHER), 0)).orElseThrow();
        state.apply(new RequestAddress(B, OTHER, 0)).orElseThrow();
        assertThat(state.apply(new ReleaseSubnet(A, OTHER, 0))).isEqualTo(new Refused<>(new InUse(OTHER, 1)));
        assertThat(state.apply(new ReleaseSubnet(B, OTHER, 0))).isEqualTo(new Refused<>(new NotHeld(B, "10.0.4.0/23")));
    }

    @Test
    void whatOverlapsAGrantedSubnetIsNotGrantedItself() {
        SubnetPools pools = pools(CONFIG);
        pools.claim(OTHER, A, 0).orElseThrow();
        assertThat(pools.isGranted(OTHER)).isTrue();
        assertThat(pools.isGranted(Subnet.parse("10.0.4.0/24"))).isFalse();
        assertThat(pools.isGranted(Subnet.parse("10.0.4.0/25"))).isFalse();
        assertThat(pools.isGranted(Subnet.parse("10.0.4.0/22"))).isFalse();
        assertThat(pools.isHeld(OTHER, A)).isTrue();
        assertThat(pools.isHeld(OTHER, B)).isFalse();
        assertThat(pools.isHeld(Subnet.parse("10.0.4.0/24"), A)).isFalse();
    }

    @Test
    void exclusionsThatLieInOneAnotherAndThoseOfTheOtherFamilyChangeNothing() {
        SubnetPools pools = pools(CONFIG.exclude(
                Subnet.parse("10.0.0.0/24"),
                Subnet.parse("10.0.0.0/22"),
                Subnet.parse("10.0.0.0/30"),
                Subnet.parse("fd00::/64")));
        assertThat(pools.request(A, 0).orElseThrow()).hasToString("10.0.4.0/24");
        assertThat(pools.pool().usage().getFirst().size()).isEqualTo(252);
        assertThat(pools.claim(Subnet.parse("10.0.3.0/24"), B, 0))
                .isEqualTo(new Refused<>(new Overlaps(
                        Subnet.parse("10.0.3.0/24"), Subnet.parse("10.0.0.0/22"), "the excluded network")));
        var ipv6 = new SubnetPools(Family.IPV6, CONFIG.pool("fd00::/62", 64).exclude(Subnet.parse("10.0.0.0/8")));
        assertThat(ipv6.request(A, 0).orElseThrow()).hasToString("fd00::/64");
    }

    /** In a second; without an order of requesters, a map would look through all of them each time. */
    @Test
    @Timeout(30)
    void requestersWhoseNamesHaveOneHashAreToldApartAtOnce() {
        IpamState state = IpamState.of(CONFIG, UsageListener.NONE).orElseThrow();
        for (int n = 0; n < 1 << 16; n++) {
            var subnet = new Subnet(Address.ofIpv4(0xac10_0000 + n), 32);
            state.apply(new ClaimSubnet(nameOfOneHash(n), AddressPlan.of(subnet), 0))
                    .orElseThrow();
            state.apply(new Command.RequestNumber(nameOfOneHash(n), NumberSpace.VNI, 0))
                    .orElseThrow();
        }
        for (int n = 0; n < 1 << 16; n++) {
            state.apply(new Command.ReleaseNumber(nameOfOneHash(n), NumberSpace.VNI, 4096 + n, 0))
                    .orElseThrow();
        }
        for (int n = (1 << 16) - 1; n >= 0; n--) {
            assertThat(state.apply(new Command.RequestNumber(nameOfOneHash(n), NumberSpace.VNI, 0))
                            .orElseThrow())
                    .isEqualTo(4096 + n);
        }
    }

    private static Requester nameOfOneHash(int n) {
        var name = new StringBuilder();
        for (int bit = 0; bit < 16; bit++) {
            name.append((n >> bit & 1) == 0 ? "Aa" : "BB");
        }
        assertThat(name.toString()).hasSameHashCodeAs("Aa".repeat(16));
        return new Requester(name.toString());
    }

    @Test
    void whatWasStoredIsTakenOnlyIfItCouldHaveBeenGranted() {
        SubnetPools pools = pools(CONFIG.exclude(Subnet.parse("192.168.0.0/16")));
        pools.request(A, 0).orElseThrow();
        pools.pool().numbers().takeRange(4, 5);
        assertCannotBe(pools, "fd00::/64", B);
        assertCannotBe(pools, "127.0.0.0/24", B);
        assertCannotBe(pools, "192.168.7.0/24", B);
        assertCannotBe(pools, "10.0.4.0/24", B);
        assertThatThrownBy(() -> pools.restore(OTHER, A)).hasMessage("a holds two");
        assertThatThrownBy(() -> pools.restore(Subnet.parse("10.0.4.0/22"), B))
                .hasMessage("subnets of the pools are free that 10.0.4.0/22 touches");
        assertThatThrownBy(() -> pools.restore(Subnet.parse("10.0.0.0/25"), B))
                .hasMessage("subnets of the pools are free that 10.0.0.0/25 touches");
        pools.restore(OTHER, B);
        assertCannotBe(pools, "10.0.4.0/25", Requester.ANONYMOUS);
        assertThatThrownBy(() -> pools.restore(Subnet.parse("10.9.0.0/16"), B)).hasMessage("b holds two");
        pools.restore(Subnet.parse("172.16.0.0/16"), Requester.ANONYMOUS);
        pools.restore(Subnet.parse("172.17.0.0/16"), Requester.ANONYMOUS);
        assertThat(pools.others()).hasSize(3);
    }

    private static void assertCannotBe(SubnetPools pools, String subnet, Requester requester) {
        assertThatThrownBy(() -> pools.restore(Subnet.parse(subnet), requester))
                .hasMessage(subnet + " cannot have been granted");
    }
}
