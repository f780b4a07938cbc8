package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VirtualServiceTest {
    private static final int BACKENDS = 200;

    @Test
    void knowsWhichOfItsNearestMembersAreSound() {
        ServiceTable table = ServiceTable.empty("node-01").with(edit -> {
            edit.putService(service("web", 1));
            edit.putService(service("api", 2));
        });
        VirtualService web = web(table);
        int first = web.members().getFirst().id();
        for (Member member : web.members()) {
            int n = member.id() - first;
            assertThat(web.isSound(member.id())).as("member %s", n).isEqualTo(n < Long.SIZE && n % 4 == 0);
            assertThat(table.member(member.id())).isSameAs(member);
            assertThat(member.isLost(Long.MAX_VALUE)).isEqualTo(n % 4 != 0);
        }
        assertThat(web.isSound(first - 1)).isFalse();
        assertThat(web.isSound(first + BACKENDS)).as("another's").isFalse();

        ServiceTable without =
                table.with(edit -> edit.putService(service("web", 1).backends(List.of())));
        VirtualService empty = web(without);
        assertThat(empty.isSound(first)).isFalse();
        assertThat(empty.isSound(0)).isFalse();
    }

    @Test
    void hasAVipOfEachVersionThatItsServiceHas() {
        VirtualService both =
                virtual(Service.named(Bench.NETWORK, "web").vip("10.0.0.1").vip("fd00::1"));
        assertThat(both.hasVip(true)).isTrue();
        assertThat(new IpAddress(both.vipHigh(true), both.vipLow(true))).hasToString("10.0.0.1");
        assertThat(both.hasVip(false)).isTrue();
        assertThat(new IpAddress(both.vipHigh(false), both.vipLow(false))).hasToString("fd00::1");
        VirtualService one = virtual(Service.named(Bench.NETWORK, "web").vip("fd00::1"));
        assertThat(one.hasVip(true)).isFalse();
        assertThat(one.hasVip(false)).isTrue();
    }

    private static VirtualService web(ServiceTable table) {
        return Objects.requireNonNull(table.virtualServiceAt(Bench.NETWORK.value(), 0, vip(1).low()));
    }

    private static VirtualService virtual(Service service) {
        return new VirtualService(1, service, List.of(), null, "node-01");
    }

    private static IpAddress vip(int n) {
        return IpAddress.ofIpv4(0x0a00_0000 + n);
    }

    /** Of each four backends the first is healthy. */
    private static Service service(String name, int n) {
        var backends = new ArrayList<Backend>();
        for (int i = 0; i < BACKENDS; i++) {
            Backend backend = Backend.of(name + i, "node-02", IpAddress.ofIpv4(0x0a80_0000 + n * BACKENDS + i));
            backends.add(
                    switch (i % 4) {
                        case 0 -> backend;
                        case 1 -> backend.unhealthy();
                        default -> backend.draining(1_000);
                    });
        }
        return Service.named(Bench.NETWORK, name).vip(vip(n).toString()).backends(backends);
    }
}
