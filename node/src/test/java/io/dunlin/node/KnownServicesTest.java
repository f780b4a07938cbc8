package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.lb.Backend;
import io.dunlin.lb.Service;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules by which rows become services and names. */
class KnownServicesTest {
    private static final Vni VNI = new Vni(7);
    private static final Cidr SUBNET = Cidr.parse("10.0.0.0/24");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private long now;
    private final Refusals refusals = new Refusals("me");
    private final KnownServices services =
            new KnownServices("me", () -> now, refusals, new ErrorLog("me"), () -> {}, () -> {});

    @BeforeEach
    void open() {
        services.opened(VNI, ZoneSpec.named("net"), new GossipedPeers.Addresses() {
            @Override
            public boolean admits(IpAddress address) {
                return SUBNET.contains(address) && !address.equals(SUBNET.address(1));
            }

            @Override
            public boolean isTaken(IpAddress address) {
                return false;
            }
        });
    }

    private static ServiceRecord record(String name, String vip, String maker, long since) {
        return new ServiceRecord(VNI, ServiceSpec.named(name).vip(vip), maker, since);
    }

    private static Row row(String owner, ServiceRecord record) {
        return new Row(ServiceRecord.TABLE, record.key(), record.encode(), owner, 1, 1);
    }

    private void tells(String owner, ServiceRecord record) {
        services.apply(new Added(row(owner, record)));
    }

    private static Claim claim(String owner, String name, String address, @Nullable ServiceRole role) {
        var record = new EndpointRecord(VNI, 0, List.of(IpAddress.parse(address)), role);
        return new Claim(false, 1, owner, RowKey.of(VNI, name), record);
    }

    private static Claim backend(String owner, String name, String address) {
        return claim(owner, name, address, ServiceRole.of("web", 1));
    }

    private @Nullable Service service(String name) {
        services.settle();
        return services.table().getPlain().service(VNI.value(), name);
    }

    private Backend backendOf(String service, String backend) {
        return Objects.requireNonNull(Objects.requireNonNull(service(service)).backend(backend), "backend " + backend);
    }

    private List<String> namesOfBackends() {
        return Objects.requireNonNull(service("web")).backends().stream()
                .map(Backend::name)
                .toList();
    }

    @Test
    void backendsAreTheEndpointsThatCarryTheNameWhicheverWasFirst() {
        services.entered(backend("a", "web.1", "10.0.0.11"));
        assertThat(service("web")).isNull();
        tells("a", record("web", "10.0.0.5", "a", 1));
        services.entered(backend("b", "web.2", "10.0.0.12"));
        services.entered(claim("b", "db", "10.0.0.13", null));
        assertThat(namesOfBackends()).containsExactly("web.1", "web.2");
        services.left(backend("a", "web.1", "10.0.0.11"));
        assertThat(namesOfBackends()).containsExactly("web.2");
        assertThat(services.table().getPlain().endpoint(7, "web.1")).isNull();
        assertThat(services.table().getPlain().endpoint(7, "db")).isNotNull();
    }

    @Test
    void namesAreOneWhateverTheirCase() {
        tells("a", record("Web", "10.0.0.5", "a", 1));
        services.entered(backend("a", "One", "10.0.0.11"));
        services.entered(backend("b", "one", "10.0.0.12"));
        assertThat(namesOfBackends()).containsExactly("One");
        services.left(backend("a", "One", "10.0.0.11"));
        assertThat(namesOfBackends()).containsExactly("one");
    }

    @Test
    void whoeverTellsItTheEldestServiceOfANameHolds() {
        tells("a", record("web", "10.0.0.5", "a", 2));
        tells("b", record("web", "10.0.0.6", "b", 1));
        assertThat(Objects.requireNonNull(service("web")).vips()).containsExactly(IpAddress.parse("10.0.0.6"));
        services.apply(new Removed(row("b", record("web", "10.0.0.6", "b", 1)), Cause.OWNER_LEFT));
        assertThat(Objects.requireNonNull(service("web")).vips()).containsExactly(IpAddress.parse("10.0.0.5"));
        services.apply(new Removed(row("a", record("web", "10.0.0.5", "a", 2)), Cause.REMOVED));
        assertThat(service("web")).isNull();
    }

    @Test
    void aServiceOutlivesTheFailureOfWhoeverToldItUntilThatIsForgotten() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        services.apply(new Removed(row("a", record("web", "10.0.0.5", "a", 1)), Cause.OWNER_FAILED));
        assertThat(service("web")).isNotNull();
        services.forgot("a");
        assertThat(service("web")).isNull();
    }

    @Test
    void theElderOfTwoServicesHasTheVipAndTheOtherComesWhenThatIsGone() {
        tells("a", record("web", "10.0.0.5", "a", 2));
        assertThat(service("web")).isNotNull();
        tells("b", record("api", "10.0.0.5", "b", 1));
        assertThat(service("web")).isNull();
        assertThat(service("api")).isNotNull();
        services.apply(new Removed(row("b", record("api", "10.0.0.5", "b", 1)), Cause.REMOVED));
        assertThat(service("api")).isNull();
        assertThat(service("web")).isNotNull();
    }

    @Test
    void vipsThatChangePlacesDoSoInOneStep() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        tells("a", record("api", "10.0.0.6", "a", 1));
        assertThat(service("api")).isNotNull();
        tells("a", record("web", "10.0.0.6", "a", 1));
        tells("a", record("api", "10.0.0.5", "a", 1));
        assertThat(Objects.requireNonNull(service("web")).vips()).containsExactly(IpAddress.parse("10.0.0.6"));
        assertThat(Objects.requireNonNull(service("api")).vips()).containsExactly(IpAddress.parse("10.0.0.5"));
    }

    @Test
    void aVipOutsideTheSubnetOrTheGatewaysIsNoServiceAndCounted() {
        tells("a", record("web", "10.0.1.5", "a", 1));
        tells("a", record("api", "10.0.0.1", "a", 1));
        assertThat(service("web")).isNull();
        assertThat(service("api")).isNull();
        assertThat(refusals.counts()).isEqualTo(Map.of(ClusterStats.Refusal.ADDRESS, 2L));
    }

    @Test
    void aVipOutsideTheSubnetIsCountedWhenTheNetworkIsOpenedToo() {
        services.closed(VNI);
        tells("a", record("web", "10.0.1.5", "a", 1));
        assertThat(refusals.counts()).isEmpty();
        open();
        assertThat(refusals.counts()).isEqualTo(Map.of(ClusterStats.Refusal.ADDRESS, 1L));
    }

    @Test
    void aRowThatIsNoneOrStandsUnderAnotherKeyIsNoServiceAndCounted() {
        ServiceRecord web = record("web", "10.0.0.5", "a", 1);
        services.apply(new Added(new Row(ServiceRecord.TABLE, "7/api", web.encode(), "a", 1, 1)));
        services.apply(new Added(new Row(ServiceRecord.TABLE, "8/web", web.encode(), "a", 1, 1)));
        assertThat(refusals.counts()).isEqualTo(Map.of(ClusterStats.Refusal.KEY, 2L));
        tells("a", web);
        assertThat(service("web")).isNotNull();
        services.apply(new Added(new Row(ServiceRecord.TABLE, web.key(), Bytes.wrap(new byte[1]), "a", 1, 2)));
        assertThat(service("web")).as("its teller tells something else").isNull();
        assertThat(service("api")).isNull();
        assertThat(refusals.counts())
                .isEqualTo(Map.of(ClusterStats.Refusal.KEY, 2L, ClusterStats.Refusal.MALFORMED, 1L));
    }

    @Test
    void aBackendWhoseNodeFailedIsUnhealthyAndHasNoName() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        Claim there = backend("a", "web.1", "10.0.0.11");
        services.entered(there);
        assertThat(backendOf("web", "web.1").state()).isEqualTo(Backend.State.HEALTHY);
        services.left(there);
        services.entered(there.held());
        assertThat(backendOf("web", "web.1").state()).isEqualTo(Backend.State.UNHEALTHY);
        assertThat(services.table().getPlain().endpoint(7, "web.1")).isNull();
        services.left(there.held());
        services.entered(there);
        assertThat(backendOf("web", "web.1").state()).isEqualTo(Backend.State.HEALTHY);
    }

    @Test
    void aDrainEndsItsTimeAfterItIsHeardFirst() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        now = 1000;
        ServiceRole role = ServiceRole.of("web", 3).draining(SECOND);
        Claim draining = claim("a", "web.1", "10.0.0.11", role);
        services.entered(draining);
        assertThat(backendOf("web", "web.1").drainUntilNanos()).isEqualTo(1000 + SECOND.toNanos());
        now = 2000;
        services.left(draining); // told once more, as when its node moves
        services.entered(draining);
        assertThat(backendOf("web", "web.1").drainUntilNanos()).isEqualTo(1000 + SECOND.toNanos());
        services.left(draining);
        assertThat(namesOfBackends()).isEmpty();
        services.entered(draining); // it is another drain
        assertThat(backendOf("web", "web.1").drainUntilNanos()).isEqualTo(2000 + SECOND.toNanos());
    }

    @Test
    void whatIsNotInTheSubnetIsNoBackendsAddress() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        services.entered(backend("a", "web.1", "10.9.0.11"));
        services.entered(backend("not a node", "web.2", "10.0.0.12"));
        services.entered(backend("a", "not a name", "10.0.0.13"));
        assertThat(namesOfBackends()).isEmpty();
    }

    @Test
    void closingANetworkLeavesNothingOfItAndOpeningItAgainHasItAll() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        services.entered(backend("a", "web.1", "10.0.0.11"));
        assertThat(service("web")).isNotNull();
        services.closed(VNI);
        assertThat(service("web")).isNull();
        assertThat(services.table().getPlain().endpoint(7, "web.1")).isNull();
        assertThat(services.directory().getPlain().zone(7)).isNull();
        open();
        assertThat(namesOfBackends()).containsExactly("web.1");
        assertThat(services.directory().getPlain().zone(7)).isNotNull();
    }

    @Test
    void aServiceOfThisNodeIsWhatItTellsUntilItTellsNoMore() {
        ServiceRecord web = record("web", "10.0.0.5", "me", 1);
        services.tell(web.key(), web);
        services.attached("me", "web.1", backend("me", "web.1", "10.0.0.11").endpoint());
        assertThat(namesOfBackends()).containsExactly("web.1");
        assertThat(services.definitions().tellersOf(NameInNetwork.of(VNI, "WEB")))
                .containsExactly("me");
        services.detached("me", "web.1", backend("me", "web.1", "10.0.0.11").endpoint());
        services.tell(web.key(), null);
        assertThat(service("web")).isNull();
        assertThat(services.definitions().namesIn(VNI)).isEqualTo(Set.of());
    }

    @Test
    void aVipChangesItsOwnerThroughARivalOfTheSameName() {
        tells("a", record("web", "10.0.0.5", "a", 10));
        tells("c", record("api", "10.0.0.5", "c", 20));
        assertThat(service("api")).isNull();
        tells("d", record("web", "10.0.0.6", "d", 5));
        assertThat(service("api")).isNotNull();
        assertThat(service("web")).isNotNull();
        services.apply(new Removed(row("d", record("web", "10.0.0.6", "d", 5)), Cause.OWNER_LEFT));
        services.entered(claim("a", "db", "10.0.0.13", null));
        assertThat(Objects.requireNonNull(service("web")).vips()).containsExactly(IpAddress.parse("10.0.0.5"));
        assertThat(service("api")).isNull();
        assertThat(services.table().getPlain().endpoint(7, "db")).isNotNull();
    }

    @Test
    void watchersAreToldThatAClosedNetworksServicesAreGoneAndNothingAfterIt() {
        tells("a", record("web", "10.0.0.5", "a", 1));
        services.settle();
        var told = new ArrayList<String>();
        services.watches().add(VNI, (name, now) -> told.add(name + " " + now.isPresent()));
        services.closed(VNI);
        services.settle();
        assertThat(told).containsExactly("web false");
        open();
        services.settle();
        assertThat(service("web")).isNotNull();
        assertThat(told).hasSize(1);
    }

    @Test
    void whoTellsARivalOfThatNameDoesNotTellOfTheService() {
        ServiceRecord elder = record("web", "10.0.0.6", "d", 5);
        tells("a", record("web", "10.0.0.5", "a", 10));
        tells("d", elder);
        tells("e", elder);
        assertThat(services.definitions().tellersOf(NameInNetwork.of(VNI, "web")))
                .containsExactly("d", "e");
    }
}
