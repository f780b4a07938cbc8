package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.lb.Backend;
import io.dunlin.lb.NamedEndpoint;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServiceTable;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ServiceDirectoryTest {
    private static final Vni BACKEND = new Vni(4096);
    private static final Vni FRONTEND = new Vni(4097);
    private static final ServiceDirectory EMPTY = ServiceDirectory.of(ServiceTable.empty("node-01"))
            .with(edit -> edit.putZone(BACKEND, ZoneSpec.named("backend").internal()));
    private static final Service WEB = Service.named(BACKEND, "web")
            .vip("10.0.0.100")
            .backend(backend("web.1", "10.0.0.11"))
            .backend(backend("web.2", "10.0.0.12"));

    @Test
    void serviceIsInTheTableAndAnsweredAtOnce() {
        ServiceDirectory directory = EMPTY.with(edit -> edit.putService(WEB));
        assertThat(directory.table().service(BACKEND.value(), "web")).isEqualTo(WEB);
        assertThat(answers(directory, "web")).isEqualTo(1);
        assertThat(answers(directory, "tasks.web")).isEqualTo(2);
        ServiceDirectory without = directory.with(edit -> edit.removeService(BACKEND, "WEB"));
        assertThat(without.table().service(BACKEND.value(), "web")).isNull();
        assertThat(rcode(without, "web")).isEqualTo(Rcode.NXDOMAIN);
        assertThat(rcode(without, "tasks.web")).isEqualTo(Rcode.NXDOMAIN);
        assertThat(answers(directory, "web")).as("the snapshot from before").isEqualTo(1);
    }

    @Test
    void backendsThatGetNoNewFlowsAreNoTasks() {
        ServiceDirectory directory = EMPTY.with(edit -> edit.putService(WEB));
        Backend first = WEB.backends().getFirst();
        for (Backend bad : List.of(first.unhealthy(), first.draining(77))) {
            ServiceDirectory changed = directory.with(edit -> edit.putService(WEB.backend(bad)));
            assertThat(answers(changed, "tasks.web")).isEqualTo(1);
            assertThat(answers(changed, "web")).isEqualTo(1);
            assertThat(answers(changed.with(edit -> edit.putService(WEB)), "tasks.web"))
                    .isEqualTo(2);
        }
    }

    @Test
    void roundRobinNamesTheHealthyBackends() {
        Service rr = WEB.dnsRoundRobin();
        ServiceDirectory directory = EMPTY.with(
                edit -> edit.putService(rr.backend(rr.backends().getFirst().unhealthy())));
        assertThat(answers(directory, "web")).isEqualTo(1);
        assertThat(rcode(directory, "100.0.0.10.in-addr.arpa")).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void endpointHasANameUntilItLeaves() {
        ServiceDirectory directory = EMPTY.with(edit -> edit.putEndpoint(endpoint(BACKEND, "probe", "10.0.0.7")));
        assertThat(answers(directory, "probe")).isEqualTo(1);
        ServiceDirectory moved = directory.with(edit -> edit.putEndpoint(endpoint(BACKEND, "Probe", "10.0.0.8")));
        assertThat(rcode(moved, "7.0.0.10.in-addr.arpa")).isEqualTo(Rcode.NXDOMAIN);
        assertThat(rcode(moved, "8.0.0.10.in-addr.arpa")).isEqualTo(Rcode.NOERROR);
        ServiceDirectory left = moved.with(edit -> edit.removeEndpoint(BACKEND, "probe"));
        assertThat(rcode(left, "probe")).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void zoneThatComesLateKnowsWhatWasThereBefore() {
        ServiceDirectory directory = EMPTY.with(edit -> {
            edit.putService(Service.named(FRONTEND, "shop").vip("10.1.0.100"));
            edit.putEndpoint(endpoint(FRONTEND, "cart", "10.1.0.7"));
        });
        assertThat(directory.zone(FRONTEND.value())).isNull();
        ServiceDirectory late = directory.with(edit -> {
            edit.putZone(FRONTEND, ZoneSpec.named("frontend").internal());
            edit.putEndpoint(endpoint(FRONTEND, "till", "10.1.0.8"));
        });
        for (String name : List.of("shop", "cart", "till", "till.frontend")) {
            assertThat(answers(late, FRONTEND, name)).as(name).isEqualTo(1);
            assertThat(rcode(late, name)).as("on the other network").isEqualTo(Rcode.NXDOMAIN);
        }
        ServiceDirectory gone = late.with(edit -> edit.removeZone(FRONTEND));
        assertThat(gone.zone(FRONTEND.value())).isNull();
        assertThat(gone.zone(BACKEND.value())).isNotNull();
    }

    @Test
    void changeThatTheTableRefusesChangesNoName() {
        ServiceDirectory directory = EMPTY.with(edit -> edit.putService(WEB));
        assertThatThrownBy(() -> directory.with(edit -> {
                    edit.putEndpoint(endpoint(BACKEND, "probe", "10.0.0.7"));
                    edit.putService(Service.named(BACKEND, "other").vip("10.0.0.100"));
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(rcode(directory, "probe")).isEqualTo(Rcode.NXDOMAIN);
    }

    private static Backend backend(String name, String address) {
        return Backend.of(name, "node-01", IpAddress.parse(address));
    }

    private static NamedEndpoint endpoint(Vni network, String name, String address) {
        return new NamedEndpoint(network, name, List.of(IpAddress.parse(address)));
    }

    private static int rcode(ServiceDirectory directory, String name) {
        return ask(directory, BACKEND, name).getRcode();
    }

    private static int answers(ServiceDirectory directory, String name) {
        return answers(directory, BACKEND, name);
    }

    private static int answers(ServiceDirectory directory, Vni network, String name) {
        return ask(directory, network, name).getSection(Section.ANSWER).size();
    }

    private static Message ask(ServiceDirectory directory, Vni network, String name) {
        Zone zone = directory.zone(network.value());
        if (zone == null) {
            throw new AssertionError("no zone " + network);
        }
        return new Asking(zone).ask(name, Type.A);
    }
}
