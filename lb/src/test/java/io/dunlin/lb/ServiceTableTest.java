package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ServiceTableTest {
    private static final Vni BACK = new Vni(4096);
    private static final Vni OTHER = new Vni(4097);
    private static final IpAddress VIP = IpAddress.parse("10.0.0.5");
    private static final Service WEB = Service.named(BACK, "Web")
            .vip("10.0.0.5")
            .vip("fd00::5")
            .port(ServicePort.tcp(80).to(8080))
            .backend(Backend.of("web.1", "node-01", IpAddress.parse("10.0.0.11"), IpAddress.parse("fd00::11")))
            .backend(Backend.of("web.2", "node-02", IpAddress.parse("10.0.0.12")));

    private final ServiceTable table = ServiceTable.empty("node-01").with(edit -> edit.putService(WEB));

    @Test
    void findsAServiceByNameInAnyCaseAndByEachVip() {
        assertThat(table.service(4096, "wEB")).isEqualTo(WEB);
        assertThat(table.serviceAt(4096, VIP.high(), VIP.low())).isEqualTo(WEB);
        var v6 = IpAddress.parse("fd00::5");
        assertThat(table.serviceAt(4096, v6.high(), v6.low())).isEqualTo(WEB);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void keepsNetworksApart() {
        assertThat(table.service(4097, "web")).isNull();
        assertThat(table.serviceAt(4097, VIP.high(), VIP.low())).isNull();
        ServiceTable both =
                table.with(edit -> edit.putService(Service.named(OTHER, "web").vip("10.0.0.5")));
        assertThat(Objects.requireNonNull(both.serviceAt(4097, VIP.high(), VIP.low()))
                        .network())
                .isEqualTo(OTHER);
        assertThat(both.service(4096, "web")).isEqualTo(WEB);
    }

    @Test
    void leavesTheTableItCameFromAsItWas() {
        ServiceTable without = table.with(edit -> edit.removeService(BACK, "web"));
        assertThat(without.service(4096, "web")).isNull();
        assertThat(without.serviceAt(4096, VIP.high(), VIP.low())).isNull();
        assertThat(table.service(4096, "web")).isEqualTo(WEB);
    }

    @Test
    void forgetsTheVipThatAServiceNoLongerHas() {
        Service moved = Service.named(BACK, "web").vip("10.0.0.6");
        ServiceTable changed = table.with(edit -> edit.putService(moved));
        assertThat(changed.serviceAt(4096, VIP.high(), VIP.low())).isNull();
        assertThat(changed.serviceAt(4096, VIP.high(), VIP.low() + 1)).isEqualTo(moved);
    }

    @Test
    void refusesAVipThatIsAnothers() {
        assertThatThrownBy(() -> table.with(
                        edit -> edit.putService(Service.named(BACK, "db").vip("10.0.0.5"))))
                .hasMessage("VIP 10.0.0.5 of service \"db\" is that of service \"Web\": give it another");
    }

    @Test
    void changesAServiceWithinAnEdit() {
        ServiceTable changed = table.with(edit -> {
            Service now = Objects.requireNonNull(edit.service(BACK, "web"));
            Backend first = Objects.requireNonNull(now.backend("web.1"));
            edit.putService(now.backend(first.draining(77)).withoutBackend("web.2"));
        });
        Service web = Objects.requireNonNull(changed.service(4096, "web"));
        assertThat(web.backends())
                .extracting(Backend::name, Backend::state, Backend::drainUntilNanos)
                .containsExactly(org.assertj.core.api.Assertions.tuple("web.1", Backend.State.DRAINING, 77L));
    }

    @Test
    void keepsNumberAndFlowCountOfABackendThatChanges() {
        Member before = member(table, "web.1");
        before.flows().set(3);
        ServiceTable changed = table.with(edit -> edit.putService(WEB.backend(
                Objects.requireNonNull(WEB.backend("web.1")).weight(5).unhealthy())));
        assertThat(member(changed, "web.1").id()).isEqualTo(before.id());
        assertThat(changed.flows(4096, "web", "web.1")).isEqualTo(3);
        assertThat(changed.flows(4096, "web", "web.2")).isZero();
        assertThat(changed.flows(4096, "web", "web.9")).isZero();
        assertThat(changed.flows(4096, "db", "web.1")).isZero();
    }

    @Test
    void givesABackendWithAnotherAddressAnotherNumber() {
        Member before = member(table, "web.2");
        ServiceTable changed = table.with(
                edit -> edit.putService(WEB.backend(Backend.of("web.2", "node-02", IpAddress.parse("10.0.0.99")))));
        assertThat(member(changed, "web.2").id()).isNotEqualTo(before.id());
    }

    @Test
    void remembersOneThatLeftUntilItsFlowsHaveEnded() {
        Member before = member(table, "web.1");
        before.flows().set(1);
        ServiceTable without = table.with(edit -> edit.removeService(BACK, "web"));
        assertThat(Objects.requireNonNull(without.member(before.id())).isGone()).isTrue();
        assertThat(without.virtualService(before.serviceId())).isNotNull();
        before.flows().set(0);
        ServiceTable later = without.with(edit -> {});
        assertThat(later.member(before.id())).isNull();
        assertThat(later.virtualService(before.serviceId())).isNull();
    }

    @Test
    void forgetsAtOnceOneThatLeftWithoutFlows() {
        Member before = member(table, "web.2");
        ServiceTable without = table.with(edit -> edit.putService(WEB.withoutBackend("web.2")));
        assertThat(without.member(before.id())).isNull();
        assertThat(without.virtualService(before.serviceId())).isNotNull();
    }

    @Test
    void findsEndpointsByNameAndByAddress() {
        var address = IpAddress.parse("10.0.0.11");
        var endpoint = new NamedEndpoint(BACK, "Web.1", List.of(address));
        ServiceTable named = table.with(edit -> edit.putEndpoint(endpoint));
        assertThat(named.endpoint(4096, "web.1")).isEqualTo(endpoint);
        assertThat(named.endpointAt(4096, address.high(), address.low())).isEqualTo(endpoint);
        assertThat(named.endpoint(4097, "web.1")).isNull();
        ServiceTable moved = named.with(
                edit -> edit.putEndpoint(new NamedEndpoint(BACK, "web.1", List.of(IpAddress.parse("fd00::1")))));
        assertThat(moved.endpointAt(4096, address.high(), address.low())).isNull();
        ServiceTable gone = moved.with(edit -> edit.removeEndpoint(BACK, "WEB.1"));
        assertThat(gone.endpoint(4096, "web.1")).isNull();
    }

    @Test
    void anEndpointThatLeavesTakesNobodyElsesAddressWithIt() {
        var address = IpAddress.parse("10.0.0.11");
        var heir = new NamedEndpoint(BACK, "heir", List.of(address));
        ServiceTable named = table.with(edit -> {
            edit.putEndpoint(new NamedEndpoint(BACK, "old", List.of(address)));
            edit.putEndpoint(heir);
            edit.removeEndpoint(BACK, "old");
        });
        assertThat(named.endpointAt(4096, address.high(), address.low())).isEqualTo(heir);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> Service.named(BACK, "a b")).hasMessageContaining("service name \"a b\": allowed are");
        assertThatThrownBy(() -> WEB.vip("10.0.0.7")).hasMessageContaining("at most one of each IP version");
        assertThatThrownBy(() -> WEB.port(ServicePort.tcp(80))).hasMessageContaining("offers port 80");
        assertThatThrownBy(() -> ServicePort.tcp(0)).hasMessage("port 0:0: allowed are 1 to 65535");
        assertThatThrownBy(() -> Backend.of("web.1", "node-01")).hasMessageContaining("has no address");
        assertThatThrownBy(() -> Backend.of("web.1", "node-01", VIP).weight(101))
                .hasMessage("backend \"web.1\": weight 101: allowed are 1 to 100");
        assertThatThrownBy(() -> WEB.backends(
                        List.of(WEB.backends().get(0), WEB.backends().get(0))))
                .hasMessageContaining("has two backends \"web.1\"");
        assertThatThrownBy(() -> FlowTimeouts.DEFAULT.udp(Duration.ZERO))
                .hasMessage("timeout of UDP flows PT0S: allowed are PT1S to PT168H");
        assertThatThrownBy(() -> new Service(
                        BACK,
                        "x",
                        Service.Mode.DNS_ROUND_ROBIN,
                        List.of(VIP),
                        List.of(),
                        Strategy.ROUND_ROBIN,
                        false,
                        FlowTimeouts.DEFAULT,
                        List.of()))
                .hasMessageContaining("in DNS round robin mode");
    }

    private static Member member(ServiceTable table, String backend) {
        VirtualService web = Objects.requireNonNull(table.virtualServiceAt(4096, VIP.high(), VIP.low()));
        return web.members().stream()
                .filter(member -> member.backend().name().equals(backend))
                .findFirst()
                .orElseThrow();
    }
}
