package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.node.SimulatedAddresses.Station;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds between nodes that grant each other addresses, whatever the network and the processes do: {@link SimulatedAddresses}. */
class AddressSimulationTest {
    private static final Duration RECLAIM = Duration.ofMinutes(10);
    private static final NetworkSpec BACKEND = NetworkSpec.named(SimulatedAddresses.NETWORK);
    private static final List<String> NAMES = List.of("n1", "n2", "n3", "n4", "n5");
    private static final int ENDPOINTS = 6;
    private static final int STEPS = LongProofs.either(400, 20_000);
    private static final int STEPS_OF_MANY = LongProofs.either(100, 5_000);

    private static SimulatedAddresses cluster(long seed) throws IOException {
        return cluster(seed, NAMES, true);
    }

    private static SimulatedAddresses cluster(long seed, List<String> names, boolean isKept) throws IOException {
        var cluster = new SimulatedAddresses(seed, SimulatedAddresses.pools("10.0.0.0/16", 22, RECLAIM), isKept);
        for (String name : names) {
            cluster.start(name);
        }
        cluster.run(Duration.ofSeconds(10));
        return cluster;
    }

    private static void openEverywhere(SimulatedAddresses cluster, List<String> names) {
        cluster.station("n1").open(BACKEND);
        cluster.run(Duration.ofSeconds(3));
        names.stream().skip(1).forEach(name -> cluster.station(name).open(BACKEND));
        cluster.run(Duration.ofSeconds(3));
        assertThat(cluster.up()).allSatisfy(each -> assertThat(each.opened()).isPresent());
    }

    private static Map<String, List<IpAddress>> live(SimulatedAddresses cluster) {
        var live = new TreeMap<String, List<IpAddress>>();
        for (Station station : cluster.up()) {
            station.endpoints.forEach((name, addresses) -> live.put(station.name + "/" + name, addresses));
        }
        return live;
    }

    private static Map<String, List<IpAddress>> held(Station owner) {
        var held = new TreeMap<String, List<IpAddress>>();
        owner.ledger()
                .holdings(SimulatedAddresses.NETWORK)
                .forEach((holder, holding) -> held.put(holder.toString(), holding.addresses()));
        return held;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void noAddressIsTwiceAndNoneIsLostWhateverIsLostAndWhoeverIsKilled(long seed) throws IOException {
        noAddressIsTwiceAndNoneIsLost(seed, NAMES, STEPS);
    }

    @ParameterizedTest
    @CsvSource({"1, 7", "2, 7", "3, 12", "4, 12", "5, 20", "6, 20"})
    void neitherInLargerClusters(long seed, int nodes) throws IOException {
        noAddressIsTwiceAndNoneIsLost(seed, nodes);
    }

    @Test
    @EnabledIfSystemProperty(named = "dunlin.long", matches = "true", disabledReason = "takes minutes: -Plong")
    void neitherInAClusterOfFifty() throws IOException {
        noAddressIsTwiceAndNoneIsLost(7, 50);
    }

    private static void noAddressIsTwiceAndNoneIsLost(long seed, int nodes) throws IOException {
        List<String> names =
                IntStream.rangeClosed(1, nodes).mapToObj(i -> "n" + i).toList();
        noAddressIsTwiceAndNoneIsLost(seed, names, STEPS_OF_MANY);
    }

    private static void noAddressIsTwiceAndNoneIsLost(long seed, List<String> names, int steps) throws IOException {
        SimulatedAddresses cluster = cluster(seed, names, true);
        openEverywhere(cluster, names);
        cluster.loss = 0.15;
        cluster.duplicates = 0.1;
        cluster.kills = 0.1;
        for (int i = 0; i < steps; i++) {
            for (int each = 0; each < names.size(); each += NAMES.size()) { // as much happens at a node in any cluster
                step(cluster, names);
            }
            cluster.run(Duration.ofMillis(cluster.random.nextInt(3000)));
            assertThat(cluster.doubles).as("seed %d, step %d", seed, i).isEmpty();
        }
        cluster.loss = 0;
        cluster.kills = 0;
        cluster.partition(Map.of());
        for (String name : names) {
            if (!cluster.station(name).isUp) {
                cluster.start(name).open(BACKEND);
            }
        }
        cluster.run(RECLAIM.plusMinutes(10)); // until each release is answered, or not needed any more
        assertThat(cluster.doubles).as("seed %d", seed).isEmpty();
        assertThat(held(cluster.station("n1"))).as("seed %d", seed).isEqualTo(live(cluster));
        assertThat(cluster.grants).as("it was not idle").isGreaterThan(steps / 20);
        assertThat(cluster.killed).isPositive();
    }

    private static void step(SimulatedAddresses cluster, List<String> names) throws IOException {
        String name = names.get(cluster.random.nextInt(names.size()));
        Station station = cluster.station(name);
        String endpoint = "e" + cluster.random.nextInt(ENDPOINTS);
        int what = cluster.random.nextInt(100);
        if (!station.isUp) {
            if (what < 30) {
                cluster.start(name).open(BACKEND);
            }
        } else if (what < 45) {
            station.attach(endpoint);
        } else if (what < 85) {
            station.detach(endpoint);
        } else if (what < 88) {
            station.crash();
        } else if (what < 92) {
            var parts = new HashMap<String, Integer>();
            names.forEach(each -> parts.put(each, cluster.random.nextInt(2)));
            cluster.partition(parts);
        } else {
            cluster.partition(Map.of());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void nodesThatMakeNetworksAtOneTimeTakeDifferentSubnetsAndVnis(long seed) throws IOException {
        SimulatedAddresses cluster = cluster(seed);
        for (String name : NAMES) {
            cluster.station(name).open(NetworkSpec.named("net-" + name));
        }
        cluster.run(Duration.ofSeconds(20));
        var vnis = new HashSet<Integer>();
        var subnets = new HashSet<String>();
        for (Station station : cluster.up()) {
            NetworkSpec opened = station.opened().orElseThrow();
            vnis.add(Objects.requireNonNull(opened.vni()).value());
            subnets.add(opened.subnets().toString());
        }
        assertThat(vnis).hasSameSizeAs(NAMES);
        assertThat(subnets).hasSameSizeAs(NAMES);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void nodesThatMakeOneNetworkAtOneTimeHaveOneWithOneOwner(long seed) throws IOException {
        SimulatedAddresses cluster = cluster(seed);
        for (String name : NAMES) {
            cluster.station(name).open(BACKEND);
        }
        cluster.run(Duration.ofSeconds(20));
        for (Station station : cluster.up()) {
            for (int i = 0; i < ENDPOINTS; i++) {
                station.attach("e" + i);
            }
        }
        cluster.run(Duration.ofSeconds(20));
        assertThat(live(cluster)).hasSize(NAMES.size() * ENDPOINTS);
        assertThat(cluster.doubles).isEmpty();
        List<Station> owners = cluster.up().stream()
                .filter(each -> each.ledger().own(SimulatedAddresses.NETWORK) != null)
                .toList();
        assertThat(owners).hasSize(1);
        assertThat(held(owners.getFirst())).isEqualTo(live(cluster));
    }

    @Test
    void nodesThatCannotHearEachOtherChooseDifferentVnisAllTheSame() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        cluster.partition(Map.of("n1", 1, "n2", 2, "n3", 3, "n4", 4, "n5", 5));
        cluster.run(Duration.ofSeconds(10));
        Set<Integer> vnis = new HashSet<>();
        for (String name : NAMES) {
            cluster.station(name).open(NetworkSpec.named("net-" + name));
            cluster.run(Duration.ofSeconds(10));
            vnis.add(Objects.requireNonNull(
                            cluster.station(name).opened().orElseThrow().vni())
                    .value());
        }
        assertThat(vnis).hasSameSizeAs(NAMES);
    }

    @Test
    void twoNetworksOfOneNameThatWereMadeApartBecomeTheElder() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        cluster.partition(Map.of("n1", 1, "n2", 2));
        cluster.run(Duration.ofSeconds(10));
        cluster.station("n2").open(BACKEND);
        cluster.run(Duration.ofSeconds(10));
        cluster.station("n1").open(BACKEND);
        cluster.run(Duration.ofSeconds(10));
        cluster.partition(Map.of());
        cluster.run(Duration.ofSeconds(10));
        NetworkRecord elder =
                Objects.requireNonNull(cluster.station("n2").ledger().own(SimulatedAddresses.NETWORK));
        assertThat(cluster.station("n1").ledger().networks()).containsEntry(SimulatedAddresses.NETWORK, elder);
        cluster.station("n1").attach("e");
        cluster.run(Duration.ofSeconds(5));
        assertThat(held(cluster.station("n2"))).containsKey("n1/e");
    }

    @Test
    void rowsThatContradictTheirKeysTakeNoAddress() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        NetworkSpec network = cluster.station("n1").opened().orElseThrow();
        var vni = Objects.requireNonNull(network.vni());
        IpAddress vip = network.subnets().getFirst().address(9);
        var web = new ServiceRecord(vni, ServiceSpec.named("web").vip(vip.toString()), "n2", 1);
        var elsewhere = new EndpointRecord(new Vni(vni.value() + 1), 0, List.of(vip));
        Station liar = cluster.station("n2");
        liar.put(ServiceRecord.TABLE, RowKey.of(vni, "api"), web.encode());
        liar.put(EndpointRecord.TABLE, RowKey.of(vni, "e"), elsewhere.encode());
        cluster.run(Duration.ofSeconds(20));
        assertThat(held(cluster.station("n1"))).isEmpty();
        liar.put(ServiceRecord.TABLE, web.key(), web.encode());
        cluster.run(Duration.ofSeconds(20));
        assertThat(held(cluster.station("n1"))).containsOnlyKeys("n2/vip:web");
    }

    @Test
    void anOwnerThatIsAwayIsSaidAndNothingIsHalfDone() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n1").crash();
        cluster.run(Duration.ofSeconds(5));
        cluster.station("n2").attach("e");
        cluster.run(Duration.ofSeconds(7));
        assertThat(cluster.unanswered).isEqualTo(1);
        assertThat(live(cluster)).isEmpty();
        cluster.start("n1").open(BACKEND);
        cluster.run(Duration.ofMinutes(1));
        assertThat(held(cluster.station("n1"))).isEmpty();
        cluster.station("n2").attach("e");
        cluster.run(Duration.ofSeconds(5));
        assertThat(held(cluster.station("n1"))).containsOnlyKeys("n2/e");
    }

    @Test
    void aDiskThatIsFullGrantsNothingAndNothingIsLostWithIt() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n1").isDiskFull = true;
        cluster.station("n1").attach("e");
        cluster.station("n2").attach("e");
        cluster.run(Duration.ofSeconds(10));
        assertThat(cluster.unanswered).isEqualTo(2);
        assertThat(live(cluster)).isEmpty();
        cluster.station("n1").isDiskFull = false;
        cluster.run(Duration.ofMinutes(1));
        assertThat(held(cluster.station("n1"))).isEmpty();
        cluster.station("n2").attach("e");
        cluster.run(Duration.ofSeconds(5));
        assertThat(live(cluster)).containsOnlyKeys("n2/e");
    }

    @Test
    void whatANodeKnewOfBeforeStandsBackBehindWhatOthersTell() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n5").crash();
        NAMES.stream().limit(4).forEach(name -> cluster.station(name).close());
        cluster.run(RECLAIM.plusMinutes(1));
        cluster.station("n2").open(BACKEND); // another of that name
        cluster.run(Duration.ofSeconds(10));
        cluster.start("n5").open(BACKEND);
        cluster.run(Duration.ofSeconds(10));
        assertThat(cluster.station("n5").opened())
                .isEqualTo(cluster.station("n2").opened())
                .isPresent();
    }

    @Test
    void whatAFailedNodeHadIsItsOwnUntilItIsReclaimed() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n2").attach("e");
        cluster.station("n3").attach("e");
        cluster.run(Duration.ofSeconds(5));
        cluster.station("n2").crash();
        cluster.station("n3").crash();
        cluster.run(RECLAIM.minusMinutes(1));
        assertThat(held(cluster.station("n1"))).containsOnlyKeys("n2/e", "n3/e");
        assertThat(cluster.station("n1").reclaim("n3")).as("by hand").isEqualTo(1);
        assertThat(held(cluster.station("n1"))).containsOnlyKeys("n2/e");
        cluster.run(Duration.ofMinutes(2));
        assertThat(held(cluster.station("n1"))).as("in time").isEmpty();
    }

    @Test
    void aNodeThatSaidGoodbyeKeepsItsAddressesForARestart() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n2").attach("e");
        cluster.station("n3").attach("e");
        cluster.run(Duration.ofSeconds(5));
        List<IpAddress> before = live(cluster).get("n2/e");
        cluster.station("n2").leave();
        cluster.station("n3").leave();
        cluster.run(Duration.ofMinutes(1));
        cluster.start("n2").open(BACKEND);
        cluster.run(Duration.ofSeconds(5));
        cluster.station("n2").attach("e");
        cluster.run(Duration.ofMinutes(2));
        assertThat(live(cluster)).containsEntry("n2/e", before);
        assertThat(held(cluster.station("n1"))).as("n3 did not come back").containsOnlyKeys("n2/e");
    }

    @Test
    void aNetworkOutlivesItsOwnersAbsence() throws IOException {
        SimulatedAddresses cluster = cluster(1);
        openEverywhere(cluster, NAMES);
        cluster.station("n1").crash();
        cluster.station("n5").crash();
        cluster.run(Duration.ofMinutes(1));
        cluster.start("n5").open(BACKEND);
        cluster.run(Duration.ofSeconds(10));
        assertThat(cluster.station("n5").opened())
                .isEqualTo(cluster.station("n2").opened());
        assertThat(cluster.station("n5").ledger().networks().get(SimulatedAddresses.NETWORK))
                .extracting(NetworkRecord::owner)
                .isEqualTo("n1");
    }

    @Test
    void anOwnerWithoutItsFileTakesWhatIsAnnouncedForGranted() throws IOException {
        SimulatedAddresses cluster = cluster(1, NAMES, false);
        openEverywhere(cluster, NAMES);
        for (int i = 0; i < ENDPOINTS; i++) {
            cluster.station("n2").attach("e" + i);
        }
        cluster.run(Duration.ofSeconds(5));
        cluster.station("n1").crash();
        cluster.run(Duration.ofSeconds(10));
        cluster.start("n1").open(BACKEND);
        cluster.station("n3").attach("e");
        cluster.run(Duration.ofSeconds(20));
        assertThat(cluster.doubles).isEmpty();
        assertThat(held(cluster.station("n1"))).isEqualTo(live(cluster)).hasSize(ENDPOINTS + 1);
    }
}
