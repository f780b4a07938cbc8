package io.dunlin.vxlan;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForwardingTableTest {
    private static final Vni RED = new Vni(7);
    private static final Vni BLUE = new Vni(8);
    private static final IpAddress A = IpAddress.parse("10.0.0.2");
    private static final IpAddress B = IpAddress.parse("10.0.0.3");
    private static final IpAddress NORTH = IpAddress.parse("192.0.2.1");
    private static final IpAddress SOUTH = IpAddress.parse("2001:db8::1");

    private static boolean isVtep(ForwardingTable table, Vni vni, IpAddress vtep) {
        return table.isVtep(vni.value(), vtep.high(), vtep.low());
    }

    private static Route.Remote remote(ForwardingTable table, IpAddress address) {
        return (Route.Remote) requireNonNull(table.route(RED.value(), address.high(), address.low()));
    }

    @Test
    void hearsAVtepAsLongAsARouteLeadsToIt() {
        ForwardingTable none = ForwardingTable.empty();
        ForwardingTable one = none.with(edit -> edit.putRoute(RED, A, new Route.Remote(NORTH, 1)));
        ForwardingTable two = one.with(edit -> edit.putRoute(RED, B, new Route.Remote(NORTH, 2)));
        ForwardingTable stillOne = two.with(edit -> edit.removeRoute(RED, A));
        ForwardingTable empty = stillOne.with(edit -> edit.removeRoute(RED, B));
        assertThat(isVtep(none, RED, NORTH)).isFalse();
        assertThat(isVtep(one, RED, NORTH)).isTrue();
        assertThat(isVtep(two, RED, NORTH)).isTrue();
        assertThat(isVtep(stillOne, RED, NORTH)).isTrue();
        assertThat(isVtep(empty, RED, NORTH)).isFalse();
        assertThat(empty.size()).isZero();
    }

    @Test
    void hearsAVtepInItsOwnNetworkOnly() {
        var table = ForwardingTable.empty().with(edit -> edit.putRoute(RED, A, new Route.Remote(NORTH, 1)));
        assertThat(isVtep(table, BLUE, NORTH)).isFalse();
        assertThat(isVtep(table, RED, SOUTH)).isFalse();
    }

    @Test
    void endpointsWithoutAMacOfTheirOwnShareTheirVtepsRoute() {
        var table = ForwardingTable.empty().with(edit -> {
            edit.putRoute(RED, A, new Route.Remote(NORTH));
            edit.putRoute(RED, SOUTH, new Route.Remote(NORTH, 7));
        });
        table = table.with(edit -> edit.putRoute(RED, B, new Route.Remote(NORTH)));
        Route.Remote shared = remote(table, A);
        Route.Remote own = remote(table, SOUTH);
        assertThat(remote(table, B)).isSameAs(shared);
        assertThat(shared.mac(A.low())).isEqualTo(0x0242_0a00_0002L);
        assertThat(shared.mac(B.low())).isEqualTo(0x0242_0a00_0003L);
        assertThat(own.mac(SOUTH.low())).isEqualTo(7);
    }

    @Test
    void replacingARouteMovesItsVtep() {
        var table = ForwardingTable.empty().with(edit -> {
            edit.putRoute(RED, A, new Route.Remote(NORTH, 1));
            edit.putRoute(RED, A, new Route.Remote(NORTH, 2));
            edit.putRoute(RED, A, new Route.Remote(SOUTH, 3));
        });
        assertThat(isVtep(table, RED, NORTH)).isFalse();
        assertThat(isVtep(table, RED, SOUTH)).isTrue();
        var local = table.with(edit -> edit.putRoute(RED, A, new Route.Drop(DropReason.MULTICAST)));
        assertThat(isVtep(local, RED, SOUTH)).isFalse();
        assertThat(local.size()).isEqualTo(1);
    }

    @Test
    void removingWhatIsNotThereChangesNothing() {
        var table = ForwardingTable.empty().with(edit -> edit.putRoute(RED, A, new Route.Remote(NORTH, 1)));
        var same = table.with(edit -> {
            edit.removeRoute(BLUE, A);
            edit.removeRoute(RED, B);
            edit.removeNetwork(BLUE);
        });
        assertThat(isVtep(same, RED, NORTH)).isTrue();
        assertThat(same.size()).isEqualTo(1);
    }

    @Test
    void sameAddressInTwoNetworksHasTwoRoutes() {
        try (var device = new MemoryDevice("a", 1450)) {
            var table = ForwardingTable.empty().with(edit -> {
                edit.putRoute(RED, A, new Route.Local(device, 1));
                edit.putRoute(BLUE, A, new Route.Gateway());
            });
            assertThat(table.route(7, A.high(), A.low())).isEqualTo(new Route.Local(device, 1));
            assertThat(table.route(8, A.high(), A.low())).isEqualTo(new Route.Gateway());
            assertThat(table.route(9, A.high(), A.low())).isNull();
        }
    }

    @Test
    void snapshotsStayAsTheyWere() {
        var network = new ForwardingTable.Network(RED, 1450, false, null, null);
        var before = ForwardingTable.empty().with(edit -> {
            edit.putNetwork(network);
            edit.putRoute(RED, A, new Route.Remote(NORTH, 1));
        });
        var after = before.with(edit -> {
            edit.removeNetwork(RED);
            edit.removeRoute(RED, A);
        });
        assertThat(before.network(7)).isEqualTo(network);
        assertThat(before.route(7, A.high(), A.low())).isEqualTo(new Route.Remote(NORTH, 1));
        assertThat(isVtep(before, RED, NORTH)).isTrue();
        assertThat(after.network(7)).isNull();
        assertThat(after.route(7, A.high(), A.low())).isNull();
        assertThat(ForwardingTable.empty().size()).isZero();
    }

    @Test
    void countsVtepsAsAModelDoes() {
        long seed = 20_26;
        var random = new Random(seed);
        var model = new HashMap<Long, Long>();
        ForwardingTable table = ForwardingTable.empty();
        for (int step = 0; step < 20_000; step++) {
            long address = random.nextInt(30);
            long vtep = random.nextInt(5);
            boolean removes = random.nextInt(3) == 0;
            var inner = new IpAddress(1, address);
            table = table.with(edit -> {
                if (removes) {
                    edit.removeRoute(RED, inner);
                } else {
                    edit.putRoute(RED, inner, new Route.Remote(new IpAddress(2, vtep), 1));
                }
            });
            if (removes) {
                model.remove(address);
            } else {
                model.put(address, vtep);
            }
            for (long each = 0; each < 5; each++) {
                assertThat(table.isVtep(7, 2, each))
                        .as("seed %d, step %d, VTEP %d", seed, step, each)
                        .isEqualTo(model.containsValue(each));
            }
        }
        for (Map.Entry<Long, Long> each : model.entrySet()) {
            assertThat(table.route(7, 1, each.getKey()))
                    .isEqualTo(new Route.Remote(new IpAddress(2, each.getValue()), 1));
        }
    }
}
