package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.Command.ClaimAddress;
import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseAddress;
import io.dunlin.ipam.Command.ReleaseNumber;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Command.RequestNumber;
import io.dunlin.ipam.Command.RequestSubnet;
import io.dunlin.ipam.Command.RequestSubnetPair;
import io.dunlin.ipam.Refusal.Exhausted;
import io.dunlin.ipam.Refusal.HoldsAnother;
import io.dunlin.ipam.Refusal.InUse;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Refusal.Overlaps;
import io.dunlin.ipam.Refusal.Reserved;
import io.dunlin.ipam.Refusal.Taken;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What users are told that they get. */
class IpamExamplesTest {
    private static final Requester ANY = Requester.ANONYMOUS;
    private static final Requester A = new Requester("a");
    private static final Requester B = new Requester("b");
    private static final Subnet NET = Subnet.parse("10.0.0.0/24");

    private static IpamState open(IpamConfig config) {
        return IpamState.of(config, UsageListener.NONE).orElseThrow();
    }

    private static <T> T granted(Result<T> result) {
        assertThat(result).isInstanceOf(Granted.class);
        return result.orElseThrow();
    }

    private static Refusal refused(Result<?> result) {
        assertThat(result).isInstanceOf(Refused.class);
        return ((Refused<?>) result).why();
    }

    private static Subnet next(IpamState state) {
        return granted(state.apply(new RequestSubnet(ANY, Family.IPV4, 0)));
    }

    @Test
    void twoPoolsOfSlash26AreUsedInTheirOrderEachFullyBeforeTheNext() {
        IpamState state = open(IpamConfig.of().pool("10.20.0.0/16", 26).pool("10.30.0.0/16", 26));
        var subnets = new ArrayList<String>();
        for (int i = 0; i < 2048; i++) {
            subnets.add(next(state).toString());
        }
        assertThat(subnets).doesNotHaveDuplicates().startsWith("10.20.0.0/26", "10.20.0.64/26", "10.20.0.128/26");
        assertThat(subnets.subList(1023, 1025)).containsExactly("10.20.255.192/26", "10.30.0.0/26");
        assertThat(subnets).endsWith("10.30.255.192/26");
        assertThat(refused(state.apply(new RequestSubnet(ANY, Family.IPV4, 0))))
                .isEqualTo(new Exhausted("10.20.0.0/16 cut into /26, 10.30.0.0/16 cut into /26", 2048, 2048))
                .extracting(Refusal::message)
                .isEqualTo("10.20.0.0/16 cut into /26, 10.30.0.0/16 cut into /26 is exhausted:"
                        + " 2048 of 2048 are granted or in quarantine");
    }

    @Test
    void aSlash16CutInto24GivesItsTwoHundredAndFiftySixNetworks() {
        IpamState state = open(IpamConfig.of().pool("10.10.0.0/16", 24));
        for (int i = 0; i < 256; i++) {
            assertThat(next(state)).hasToString("10.10." + i + ".0/24");
        }
        assertThat(refused(state.apply(new RequestSubnet(ANY, Family.IPV4, 0)))).isInstanceOf(Exhausted.class);
    }

    @Test
    void theDefaultPoolHas65536Networks() {
        IpamState state = open(IpamConfig.defaults());
        var seen = new HashSet<Subnet>();
        for (int i = 0; i < 65_536; i++) {
            assertThat(seen.add(next(state))).isTrue();
        }
        assertThat(seen).contains(Subnet.parse("10.0.0.0/24"), Subnet.parse("10.255.255.0/24"));
        assertThat(refused(state.apply(new RequestSubnet(ANY, Family.IPV4, 0)))).isInstanceOf(Exhausted.class);
    }

    @Test
    void anIpv6PoolOfTwoToThe56SubnetsIsLikeAnyOther() {
        IpamState state = open(IpamConfig.of().pool("fd00::/8", 64));
        assertThat(granted(state.apply(new RequestSubnet(A, Family.IPV6, 0)))).hasToString("fd00::/64");
        assertThat(granted(state.apply(new RequestSubnet(B, Family.IPV6, 0)))).hasToString("fd00:0:0:1::/64");
        AddressPlan last = AddressPlan.of(Subnet.parse("fdff:ffff:ffff:ffff::/64"));
        assertThat(granted(state.apply(new ClaimSubnet(ANY, last, 0)))).isEqualTo(last.subnet());
        assertThat(state.usage().getFirst().size()).isEqualTo(1L << 56);
        assertThat(state.usage().getFirst().longestFreeRun()).isEqualTo((1L << 56) - 3);
        Address first = granted(state.apply(new RequestAddress(A, Subnet.parse("fd00::/64"), 0)));
        assertThat(first).hasToString("fd00::2");
        assertThat(first.mac()).hasToString("02:42:00:00:00:02");
        Address scattered = Address.parse("fd00::1234:56ff:fe78:9abc");
        assertThat(granted(state.apply(new ClaimAddress(B, Subnet.parse("fd00::/64"), scattered, 0))))
                .isEqualTo(scattered);
    }

    @Test
    void aDualStackPairIsGrantedWholeOrNotAtAll() {
        IpamState state = open(IpamConfig.of().pool("10.0.0.0/23", 24).pool("fd00::/64", 64));
        var pair = new SubnetPair(NET, Subnet.parse("fd00::/64"));
        assertThat(granted(state.apply(new RequestSubnetPair(A, 0)))).isEqualTo(pair);
        assertThat(granted(state.apply(new RequestSubnetPair(A, 0)))).isEqualTo(pair);
        assertThat(refused(state.apply(new RequestSubnetPair(B, 0))))
                .isEqualTo(new Exhausted("fd00::/64 cut into /64", 1, 1));
        assertThat(next(state)).as("no IPv4 subnet is lost by the refusal").hasToString("10.0.1.0/24");
    }

    @Test
    void aPairIsGrantedWhenTheQuarantineOfOneOfThemIsOver() {
        IpamState state = open(IpamConfig.of().pool("10.0.0.0/23", 24).pool("fd00::/64", 64));
        granted(state.apply(new RequestSubnetPair(A, 0)));
        granted(state.apply(new ReleaseSubnet(A, Subnet.parse("fd00::/64"), 0)));
        assertThat(refused(state.apply(new RequestSubnetPair(B, 59_999)))).isInstanceOf(Exhausted.class);
        assertThat(granted(state.apply(new RequestSubnetPair(B, 60_000))).ipv6())
                .hasToString("fd00::/64");
    }

    @Test
    void aRequesterGetsTheSameAgain() {
        IpamState state = open(IpamConfig.defaults());
        Subnet subnet = granted(state.apply(new RequestSubnet(A, Family.IPV4, 0)));
        assertThat(granted(state.apply(new RequestSubnet(A, Family.IPV4, 5)))).isEqualTo(subnet);
        Address address = granted(state.apply(new RequestAddress(A, subnet, 0)));
        assertThat(granted(state.apply(new RequestAddress(A, subnet, 0)))).isEqualTo(address);
        assertThat(granted(state.apply(new ClaimAddress(A, subnet, address, 0))))
                .isEqualTo(address);
        assertThat(granted(state.apply(new RequestAddress(B, subnet, 0)))).isNotEqualTo(address);
        assertThat(refused(state.apply(new ClaimAddress(A, subnet, Address.parse("10.0.0.77"), 0))))
                .isEqualTo(new HoldsAnother(A, "10.0.0.2", "10.0.0.77"));
        int vni = granted(state.apply(new RequestNumber(A, NumberSpace.VNI, 0)));
        assertThat(granted(state.apply(new RequestNumber(A, NumberSpace.VNI, 0))))
                .isEqualTo(vni);
    }

    @Test
    void networkBroadcastAndGatewayAreKeptFree() {
        IpamState state = open(IpamConfig.defaults());
        next(state);
        assertThat(state.plan(NET).orElseThrow().gatewayAddress()).contains(Address.parse("10.0.0.1"));
        for (int i = 2; i <= 254; i++) {
            assertThat(granted(state.apply(new RequestAddress(ANY, NET, 0)))).hasToString("10.0.0." + i);
        }
        assertThat(Address.parse("10.0.0.254").mac()).hasToString("02:42:0a:00:00:fe");
        assertThat(refused(state.apply(new RequestAddress(ANY, NET, 0))))
                .isEqualTo(new Exhausted("10.0.0.0/24", 253, 253));
        for (String kept : List.of("10.0.0.0", "10.0.0.1", "10.0.0.255")) {
            assertThat(refused(state.apply(new ClaimAddress(A, NET, Address.parse(kept), 0))))
                    .isEqualTo(new Reserved(kept, "10.0.0.0/24"));
        }
    }

    @Test
    void subnetsOfOneAndTwoAddressesHaveNoneToWaste() {
        IpamState state = open(IpamConfig.defaults());
        for (String text : List.of("10.1.0.0/31", "fd00::/127")) {
            Subnet subnet = Subnet.parse(text);
            granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(subnet), 0)));
            assertThat(state.plan(subnet).orElseThrow().gatewayAddress()).contains(subnet.base());
            assertThat(granted(state.apply(new RequestAddress(ANY, subnet, 0)))).isEqualTo(subnet.last());
            assertThat(refused(state.apply(new RequestAddress(ANY, subnet, 0)))).isInstanceOf(Exhausted.class);
        }
        for (String text : List.of("10.1.0.9/32", "fd00::9/128")) {
            Subnet subnet = Subnet.parse(text);
            granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(subnet), 0)));
            assertThat(state.plan(subnet).orElseThrow().gatewayAddress()).isEmpty();
            assertThat(granted(state.apply(new RequestAddress(ANY, subnet, 0)))).isEqualTo(subnet.base());
            assertThat(refused(state.apply(new RequestAddress(ANY, subnet, 0)))).isInstanceOf(Exhausted.class);
        }
    }

    @Test
    void theGatewayIsWhereItIsAskedForAndAddressesComeFromTheRange() {
        IpamState state = open(IpamConfig.defaults());
        AddressPlan plan =
                AddressPlan.of(NET).gateway(Address.parse("10.0.0.254")).range(Subnet.parse("10.0.0.64/30"));
        granted(state.apply(new ClaimSubnet(ANY, plan, 0)));
        for (int i = 64; i < 68; i++) {
            assertThat(granted(state.apply(new RequestAddress(ANY, NET, 0)))).hasToString("10.0.0." + i);
        }
        assertThat(refused(state.apply(new RequestAddress(ANY, NET, 0)))).isEqualTo(new Exhausted("10.0.0.0/24", 4, 4));
        assertThat(refused(state.apply(new ClaimAddress(A, NET, Address.parse("10.0.0.254"), 0))))
                .isInstanceOf(Reserved.class);
        Address outside = Address.parse("10.0.0.1");
        assertThat(granted(state.apply(new ClaimAddress(A, NET, outside, 0)))).isEqualTo(outside);
        assertThat(refused(state.apply(new ClaimAddress(B, NET, outside, 0)))).isEqualTo(new Taken("10.0.0.1"));
    }

    @Test
    void aReleasedAddressRestsAndThenNextFitComesToItLast() {
        IpamState state = open(IpamConfig.defaults().quarantine(Duration.ofSeconds(60)));
        granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(Subnet.parse("10.0.0.0/29")), 0)));
        Subnet small = Subnet.parse("10.0.0.0/29");
        Address first = granted(state.apply(new RequestAddress(A, small, 0)));
        granted(state.apply(new ReleaseAddress(A, small, first, 1_000)));
        assertThat(state.usage(small)).contains(new Usage("10.0.0.0/29", 5, 0, 1, 4));
        assertThat(refused(state.apply(new ClaimAddress(B, small, first, 60_999))))
                .isEqualTo(new Refusal.InQuarantine("10.0.0.2", 60_000));
        for (int i = 3; i <= 6; i++) {
            assertThat(granted(state.apply(new RequestAddress(ANY, small, 61_000))))
                    .hasToString("10.0.0." + i);
        }
        assertThat(granted(state.apply(new RequestAddress(ANY, small, 61_000)))).isEqualTo(first);
    }

    @Test
    void aSubnetTakenByNameIsOutOfCirculation() {
        IpamState state = open(IpamConfig.of().pool("10.0.0.0/16", 24));
        granted(state.apply(new ClaimSubnet(A, AddressPlan.of(Subnet.parse("10.0.1.0/24")), 0)));
        granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(Subnet.parse("10.0.2.64/26")), 0)));
        granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(Subnet.parse("10.0.2.128/26")), 0)));
        granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(Subnet.parse("10.0.4.0/22")), 0)));
        granted(state.apply(new ClaimSubnet(ANY, AddressPlan.of(Subnet.parse("192.168.7.0/24")), 0)));
        assertThat(List.of(next(state), next(state), next(state)))
                .hasToString("[10.0.0.0/24, 10.0.3.0/24, 10.0.8.0/24]");
        assertThat(refused(state.apply(new ClaimSubnet(B, AddressPlan.of(Subnet.parse("10.0.0.0/16")), 0)))
                        .message())
                .startsWith("10.0.0.0/16 overlaps the granted subnet ");
        assertThat(refused(state.apply(new ClaimSubnet(B, AddressPlan.of(Subnet.parse("10.0.1.0/24")), 0))))
                .isEqualTo(
                        new Overlaps(Subnet.parse("10.0.1.0/24"), Subnet.parse("10.0.1.0/24"), "the granted subnet"));
        granted(state.apply(new ReleaseSubnet(ANY, Subnet.parse("10.0.2.64/26"), 0)));
        assertThat(refused(state.apply(new ClaimSubnet(B, AddressPlan.of(Subnet.parse("10.0.2.0/24")), 0))))
                .isInstanceOf(Overlaps.class);
        granted(state.apply(new ReleaseSubnet(ANY, Subnet.parse("10.0.2.128/26"), 0)));
        granted(state.apply(new ClaimSubnet(B, AddressPlan.of(Subnet.parse("10.0.2.0/24")), 0)));
    }

    @Test
    void excludedNetworksAreNeverGranted() {
        IpamState state = open(IpamConfig.of()
                .pool("10.0.0.0/16", 24)
                .exclude(Subnet.parse("10.0.0.128/25"), Subnet.parse("10.0.1.0/24"), Subnet.parse("10.0.0.0/31")));
        assertThat(next(state)).hasToString("10.0.2.0/24");
        assertThat(state.usage().getFirst().size()).isEqualTo(254);
        assertThat(refused(state.apply(new ClaimSubnet(A, AddressPlan.of(Subnet.parse("10.0.0.192/26")), 0))))
                .isEqualTo(new Overlaps(
                        Subnet.parse("10.0.0.192/26"), Subnet.parse("10.0.0.128/25"), "the excluded network"));
        granted(state.apply(new ClaimSubnet(A, AddressPlan.of(Subnet.parse("10.0.0.64/26")), 0)));
    }

    @Test
    void aSubnetInUseIsNotReleased() {
        IpamState state = open(IpamConfig.defaults().quarantine(Duration.ZERO));
        Subnet subnet = granted(state.apply(new RequestSubnet(A, Family.IPV4, 0)));
        Address address = granted(state.apply(new RequestAddress(B, subnet, 0)));
        assertThat(refused(state.apply(new ReleaseSubnet(A, subnet, 0)))).isEqualTo(new InUse(subnet, 1));
        assertThat(refused(state.apply(new ReleaseSubnet(B, subnet, 0)))).isEqualTo(new NotHeld(B, "10.0.0.0/24"));
        assertThat(refused(state.apply(new ReleaseAddress(A, subnet, address, 0))))
                .isEqualTo(new NotHeld(A, "10.0.0.2"));
        granted(state.apply(new ReleaseAddress(B, subnet, address, 0)));
        granted(state.apply(new ReleaseSubnet(A, subnet, 0)));
        assertThat(refused(state.apply(new RequestAddress(B, subnet, 0))).message())
                .isEqualTo("10.0.0.0/24 is no granted subnet");
        assertThat(state.plan(subnet)).isEmpty();
        assertThat(state.usage(subnet)).isEmpty();
    }

    @Test
    void vnisBeginAt4096AndPortsAreOfTheirProtocol() {
        IpamState state = open(IpamConfig.defaults());
        assertThat(granted(state.apply(new RequestNumber(ANY, NumberSpace.VNI, 0))))
                .isEqualTo(4096);
        assertThat(granted(state.apply(new ClaimNumber(ANY, NumberSpace.VNI, 42, 0))))
                .isEqualTo(42);
        assertThat(granted(state.apply(new ClaimNumber(ANY, NumberSpace.VNI, (1 << 24) - 1, 0))))
                .isEqualTo((1 << 24) - 1);
        assertThat(refused(state.apply(new ClaimNumber(ANY, NumberSpace.VNI, 1 << 24, 0)))
                        .message())
                .isEqualTo("VNI 16777216 is out of range: allowed are 1 to 16777215");
        assertThat(refused(state.apply(new ClaimNumber(A, NumberSpace.VNI, 0, 0)))
                        .message())
                .isEqualTo("VNI 0 is out of range: allowed are 1 to 16777215");
        for (int port = 30_000; port <= 32_767; port++) {
            assertThat(granted(state.apply(new RequestNumber(ANY, NumberSpace.TCP_PORT, 0))))
                    .isEqualTo(port);
        }
        assertThat(refused(state.apply(new RequestNumber(ANY, NumberSpace.TCP_PORT, 0))))
                .isEqualTo(new Exhausted("TCP ports 30000 to 32767", 2768, 2768));
        assertThat(granted(state.apply(new RequestNumber(A, NumberSpace.UDP_PORT, 0))))
                .isEqualTo(30_000);
        assertThat(refused(state.apply(new ReleaseNumber(ANY, NumberSpace.UDP_PORT, 30_000, 0))))
                .isEqualTo(new NotHeld(ANY, "30000"));
        assertThat(refused(state.apply(new ReleaseNumber(ANY, NumberSpace.UDP_PORT, 65_536, 0))))
                .isEqualTo(new NotHeld(ANY, "UDP port 65536"));
        assertThat(granted(state.apply(new ReleaseNumber(A, NumberSpace.UDP_PORT, 30_000, 0))))
                .isEqualTo(30_000);
        for (int port : new int[] {1, 65_535}) {
            assertThat(granted(state.apply(new ClaimNumber(A, NumberSpace.UDP_PORT, port, 0))))
                    .isEqualTo(port);
            assertThat(granted(state.apply(new ReleaseNumber(A, NumberSpace.UDP_PORT, port, 0))))
                    .isEqualTo(port);
        }
    }

    @Test
    void refusesASubnetThatCannotBeAndAddressesOfOneThatIsNotThere() {
        IpamState state = open(IpamConfig.defaults());
        assertThat(refused(state.apply(new ClaimSubnet(A, AddressPlan.of(Subnet.parse("224.0.0.0/24")), 0)))
                        .message())
                .startsWith("224.0.0.0/24 ");
        assertThat(refused(state.apply(new ClaimAddress(A, NET, Address.parse("10.0.0.7"), 0)))
                        .message())
                .isEqualTo("10.0.0.0/24 is no granted subnet");
        assertThat(refused(state.apply(new ReleaseAddress(A, NET, Address.parse("10.0.0.7"), 0))))
                .isEqualTo(new NotHeld(A, "10.0.0.7"));
    }

    @Test
    void warnsOnceAt80AndOnceAt95PercentUntilItIsWellBelow() {
        var warnings = new ArrayList<String>();
        IpamState state = IpamState.of(
                        IpamConfig.of().pool("10.0.0.0/18", 24).quarantine(Duration.ZERO), // 64 subnets
                        (percent, usage) -> warnings.add(percent + ": " + usage.pool() + " " + usage.granted()))
                .orElseThrow();
        var subnets = new ArrayList<Subnet>();
        for (int i = 0; i < 64; i++) {
            subnets.add(next(state));
        }
        assertThat(warnings).containsExactly("80: 10.0.0.0/18 cut into /24 52", "95: 10.0.0.0/18 cut into /24 61");
        // 60 of 64 is below 95 %, and not well below
        release(state, subnets, 4);
        take(state, subnets, 4);
        assertThat(warnings).hasSize(2);
        release(state, subnets, 7);
        take(state, subnets, 7);
        assertThat(warnings).hasSize(3).last().isEqualTo("95: 10.0.0.0/18 cut into /24 61");
        release(state, subnets, 64);
        take(state, subnets, 64);
        assertThat(warnings).hasSize(5);
    }

    private static void release(IpamState state, List<Subnet> subnets, int count) {
        for (int i = 0; i < count; i++) {
            granted(state.apply(new ReleaseSubnet(ANY, subnets.removeLast(), 0)));
        }
    }

    private static void take(IpamState state, List<Subnet> subnets, int count) {
        for (int i = 0; i < count; i++) {
            subnets.add(next(state));
        }
    }

    @Test
    void figuresAddUp() {
        IpamState state = open(IpamConfig.of().pool("10.0.0.0/16", 24));
        Subnet first = granted(state.apply(new RequestSubnet(A, Family.IPV4, 0)));
        granted(state.apply(new RequestSubnet(B, Family.IPV4, 0)));
        granted(state.apply(new ReleaseSubnet(A, first, 0)));
        Usage usage = state.usage().getFirst();
        assertThat(usage).isEqualTo(new Usage("10.0.0.0/16 cut into /24", 256, 1, 1, 254));
        assertThat(usage.free()).isEqualTo(254);
        assertThat(usage)
                .hasToString("10.0.0.0/16 cut into /24: 1 of 256 granted, 1 in quarantine, 254 free side by side");
        assertThat(state.usage()).extracting(Usage::pool).contains("VNIs 4096 to 16777215", "UDP ports 30000 to 32767");
        assertThat(state.usage(first)).isEmpty();
        assertThat(state.usage(Subnet.parse("10.0.1.0/24"))).contains(new Usage("10.0.1.0/24", 253, 0, 0, 253));
    }
}
