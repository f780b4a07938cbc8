package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.Usage;
import io.dunlin.node.AddressLedger.Answer;
import io.dunlin.node.AddressLedger.Holder;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressLedgerTest {
    private static final Holder WEB = new Holder("n2", "web");
    private static final Holder DB = new Holder("n3", "db");
    private static final IpAddress THIRD = IpAddress.parse("10.0.0.3");

    private final List<String> warnings = new ArrayList<>();
    private long nowMillis = 1_700_000_000_000L;
    private AddressLedger ledger = ledger(IpamConfig.of().pool("10.0.0.0/16", 24));

    private AddressLedger ledger(IpamConfig config) {
        var pools = IpamState.of(config, (percent, usage) -> warnings.add(percent + " % " + usage.pool()))
                .orElseThrow();
        return new AddressLedger("n1", pools, () -> nowMillis);
    }

    private NetworkRecord create(NetworkSpec spec) {
        return ledger.create(spec).orElseThrow();
    }

    private static NetworkRecord other(int vni, String subnet) {
        return new NetworkRecord(new Vni(vni), List.of(Cidr.parse(subnet)), false, false, "n9", 1);
    }

    private static Answer has(String address) {
        return new Answer.Has(List.of(IpAddress.parse(address)));
    }

    @Test
    void takesSubnetsInOrderAndTheSameVniForANameAtEachNode() {
        NetworkRecord one = create(NetworkSpec.named("one"));
        NetworkRecord two = create(NetworkSpec.named("two"));
        assertThat(one.subnets()).containsExactly(Cidr.parse("10.0.0.0/24"));
        assertThat(two.subnets()).containsExactly(Cidr.parse("10.0.1.0/24"));
        assertThat(one.vni()).isNotEqualTo(two.vni());
        ledger = ledger(IpamConfig.of().pool("10.9.0.0/16", 24));
        assertThat(create(NetworkSpec.named("two")).vni()).isEqualTo(two.vni());
        assertThat(one.vni().value())
                .as("CRC-32C of the name, in every version")
                .isEqualTo(4_096 + 9_917_161);
    }

    @Test
    void takesOneOfEachFamilyThatHasPools() {
        ledger = ledger(IpamConfig.of().pool("10.0.0.0/16", 24).pool("fd00::/48", 64));
        assertThat(create(NetworkSpec.named("one")).subnets())
                .containsExactly(Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00::/64"));
        assertThat(ledger.request("one", WEB, 1, List.of()))
                .isEqualTo(new Answer.Has(List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("fd00::2"))));
    }

    @Test
    void whatOthersHaveIsOutOfCirculation() {
        int vni = create(NetworkSpec.named("one")).vni().value();
        ledger.forget("one");
        nowMillis += 100_000;
        ledger.learn("far", other(vni, "10.0.0.0/23"));
        NetworkRecord one = create(NetworkSpec.named("one"));
        assertThat(one.subnets()).containsExactly(Cidr.parse("10.0.2.0/24"));
        assertThat(one.vni().value()).isEqualTo(vni + 1);
        ledger.forget("far");
        assertThat(ledger.own("far")).isNull();
        assertThat(ledger.usage().getFirst().granted()).isEqualTo(1);
    }

    @Test
    void whoeverHasToChooseAgainGetsAnother() {
        NetworkRecord first = create(NetworkSpec.named("one"));
        ledger.forget("one");
        nowMillis++;
        NetworkRecord second = create(NetworkSpec.named("one"));
        assertThat(second.subnets()).isNotEqualTo(first.subnets());
        assertThat(second.vni()).isNotEqualTo(first.vni());
    }

    @Test
    void aNetworkThatStandsBackBehindAnElderOneLeavesNothingInThePools() {
        NetworkRecord own = create(NetworkSpec.named("one"));
        ledger.request("one", WEB, 1, List.of());
        ledger.learn("one", new NetworkRecord(own.vni(), own.subnets(), false, false, "n9", 1));
        assertThat(ledger.own("one")).isNull();
        assertThat(ledger.holdings("one")).isEmpty();
        nowMillis += 60_000;
        create(NetworkSpec.named("two"));
        assertThat(ledger.usage().getFirst().granted()).as("both").isEqualTo(2);
        ledger.forget("one");
        ledger.forget("two");
        assertThat(ledger.usage())
                .allSatisfy(usage -> assertThat(usage.granted()).isZero());
    }

    @Test
    void asksTwiceGetsTheSame() {
        create(NetworkSpec.named("one"));
        assertThat(ledger.request("one", WEB, 1, List.of())).isEqualTo(has("10.0.0.2"));
        assertThat(ledger.request("one", WEB, 1, List.of())).isEqualTo(has("10.0.0.2"));
        assertThat(ledger.request("one", DB, 1, List.of())).isEqualTo(has("10.0.0.3"));
        assertThat(ledger.request("one", WEB, 2, List.of())).isEqualTo(has("10.0.0.2"));
    }

    @Test
    void whatComesLateOfAnEarlierAttemptHasNoEffect() {
        create(NetworkSpec.named("one"));
        ledger.request("one", WEB, 7, List.of());
        assertThat(ledger.release("one", WEB, 6)).isFalse();
        assertThat(ledger.request("one", WEB, 6, List.of(THIRD))).isEqualTo(new Answer.Stale(7));
        assertThat(ledger.request("one", DB, 1, List.of())).isEqualTo(has("10.0.0.3"));
        assertThat(ledger.release("one", WEB, 7)).isTrue();
        assertThat(ledger.holdings("one")).containsOnlyKeys(DB);
    }

    @Test
    void whatIsReleasedIsAnothersAfterTheQuarantineOnly() {
        ledger = ledger(IpamConfig.of().pool("10.0.0.0/16", 29));
        create(NetworkSpec.named("one"));
        for (int i = 0; i < 5; i++) {
            assertThat(ledger.request("one", new Holder("n", "e" + i), 1, List.of()))
                    .isInstanceOf(Answer.Has.class);
        }
        ledger.release("one", new Holder("n", "e0"), 1);
        assertThat(ledger.request("one", WEB, 1, List.of()))
                .isEqualTo(new Answer.No("10.0.0.0/29 is exhausted: 5 of 5 are granted or in quarantine"));
        assertThat(ledger.request("one", WEB, 2, List.of(IpAddress.parse("10.0.0.2"))))
                .isEqualTo(new Answer.NotYet());
        nowMillis += 60_000;
        assertThat(ledger.request("one", WEB, 3, List.of())).isEqualTo(has("10.0.0.2"));
        assertThat(warnings).contains("80 % 10.0.0.0/29", "95 % 10.0.0.0/29");
    }

    @Test
    void anAddressByHandIsNotGrantedToAnotherAndTheRefusalNamesBoth() {
        create(NetworkSpec.named("one"));
        ledger.request("one", WEB, 1, List.of(THIRD));
        assertThat(ledger.request("one", DB, 1, List.of())).isEqualTo(has("10.0.0.2"));
        assertThat(ledger.request("one", new Holder("n4", "x"), 1, List.of())).isEqualTo(has("10.0.0.4"));
        assertThat(ledger.request("one", new Holder("n5", "y"), 1, List.of(THIRD)))
                .isEqualTo(new Answer.No("10.0.0.3 is granted to endpoint \"web\" of node n2"));
        assertThat(ledger.request("one", new Holder("n5", "y"), 2, List.of(IpAddress.parse("10.1.0.3"))))
                .isEqualTo(new Answer.No("10.1.0.3 is in no subnet of network \"one\", which are [10.0.0.0/24]"));
        assertThat(ledger.holdings("one")).hasSize(3);
    }

    @Test
    void whoSaysThatItHasAnotherAddressDoesNotHaveTheFirst() {
        create(NetworkSpec.named("one"));
        ledger.request("one", WEB, 1, List.of());
        assertThat(ledger.request("one", WEB, 2, List.of(THIRD))).isEqualTo(has("10.0.0.3"));
        assertThat(ledger.usage(Cidr.parse("10.0.0.0/24")).map(Usage::granted)).contains(1L);
    }

    @Test
    void oneOfTwoNetworksOfOneSubnetGrantsItsAddresses() {
        create(NetworkSpec.named("one").vni(7).subnet("10.0.0.0/24"));
        create(NetworkSpec.named("two").vni(8).subnet("10.0.0.0/25"));
        assertThat(ledger.request("one", WEB, 1, List.of())).isEqualTo(has("10.0.0.2"));
        assertThat(ledger.request("two", WEB, 1, List.of()))
                .isEqualTo(new Answer.No("10.0.0.0/25 overlaps the granted subnet 10.0.0.0/24"));
        ledger.forget("one");
        nowMillis += 60_000;
        assertThat(ledger.request("two", WEB, 1, List.of())).isEqualTo(has("10.0.0.2"));
    }

    @Test
    void aThousandNetworksHaveAThousandVnisAndNoneIsLost() {
        ledger = ledger(IpamConfig.defaults());
        var vnis = new HashSet<Vni>();
        for (int i = 0; i < 1000; i++) {
            vnis.add(create(NetworkSpec.named("net" + i)).vni());
        }
        assertThat(vnis).hasSize(1000);
        for (int i = 0; i < 1000; i++) {
            ledger.forget("net" + i);
        }
        assertThat(ledger.usage())
                .allSatisfy(usage -> assertThat(usage.granted()).isZero());
    }
}
