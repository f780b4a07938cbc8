package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Rows that come, change, go, are held for failed owners and forgotten, networks opened and closed, addresses taken and released, in any
 * order: after each step the routes are those that a slow model finds by looking at all rows.
 */
class GossipedPeersPropertyTest {
    private static final int STEPS = 200;
    private static final List<String> OWNERS = List.of("a", "b", "c");
    private static final List<String> NAMES = List.of("x", "y");
    private static final List<Integer> VNIS = List.of(7, 8);

    /** A row as last seen; {@code held} since its owner failed. */
    private record Seen(Row row, boolean held) {}

    private final GossipedPeers peers = new GossipedPeers(
            "me",
            IpAddress.parse("192.0.2.1"),
            4789,
            new Refusals("me"),
            new KnownServices("me", () -> 0, new Refusals("me"), new ErrorLog("me"), () -> {}, () -> {}));
    private ForwardingTable table = ForwardingTable.empty();

    private final Map<String, Seen> rows = new LinkedHashMap<>();
    private final Map<Integer, Set<IpAddress>> open = new HashMap<>(); // by VNI, what is taken

    @Property(tries = 300)
    void routesAreThoseOfTheModel(@ForAll Random random) {
        var run = new GossipedPeersPropertyTest();
        for (int step = 0; step < STEPS; step++) {
            run.step(random);
            if (random.nextInt(3) == 0) {
                run.table = run.table.with(run.peers::settle);
                run.check();
            }
        }
    }

    private static IpAddress address(int last) {
        return IpAddress.parse("10.0.0." + last);
    }

    private static boolean admits(IpAddress address) {
        return !address.equals(address(1));
    }

    private void step(Random random) {
        String owner = OWNERS.get(random.nextInt(OWNERS.size()));
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> put(endpoint(random, owner));
            case 4 -> put(node(random, owner));
            case 5, 6 -> removeOne(random);
            case 7 -> fail(owner);
            case 8 -> returnOf(random, owner);
            default -> network(random);
        }
    }

    private static Row node(Random random, String owner) {
        int port = random.nextInt(5) == 0 ? 1 : 4789;
        var record = new NodeRecord(port, List.of(IpAddress.parse("192.0.2." + (1 + random.nextInt(4)))));
        return new Row(NodeRecord.TABLE, owner, record.encode(), owner, random.nextInt(3), 1);
    }

    private static Row endpoint(Random random, String owner) {
        var vni = new Vni(VNIS.get(random.nextInt(VNIS.size())));
        var addresses = new ArrayList<IpAddress>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            addresses.add(address(1 + random.nextInt(4)));
        }
        String key = RowKey.of(vni, NAMES.get(random.nextInt(NAMES.size())));
        long mac = random.nextInt(4) == 0 ? 0x0200_0000_0001L : 0;
        var record = new EndpointRecord(vni, mac, addresses);
        return new Row(EndpointRecord.TABLE, key, record.encode(), owner, random.nextInt(3), 1);
    }

    private static String id(Row row) {
        return row.table() + " " + row.owner() + " " + row.key();
    }

    private void put(Row row) {
        Seen before = rows.put(id(row), new Seen(row, false));
        peers.apply(before == null || before.held() ? new Added(row) : new Updated(before.row(), row));
    }

    private void removeOne(Random random) {
        List<Seen> seen = rows.values().stream().filter(each -> !each.held()).toList();
        if (!seen.isEmpty()) {
            Row row = seen.get(random.nextInt(seen.size())).row();
            rows.remove(id(row));
            peers.apply(new Removed(row, random.nextBoolean() ? Cause.REMOVED : Cause.OWNER_LEFT));
        }
    }

    private void fail(String owner) {
        rows.replaceAll((_, seen) -> {
            if (!seen.row().owner().equals(owner) || seen.held()) {
                return seen;
            }
            peers.apply(new Removed(seen.row(), Cause.OWNER_FAILED));
            return new Seen(seen.row(), true);
        });
    }

    /** Some of its rows are told anew, and what is held beyond them is forgotten. */
    private void returnOf(Random random, String owner) {
        for (Seen seen : List.copyOf(rows.values())) {
            if (seen.row().owner().equals(owner) && seen.held() && random.nextBoolean()) {
                put(seen.row());
            }
        }
        rows.values().removeIf(seen -> seen.row().owner().equals(owner) && seen.held());
        peers.forgot(NodeRecord.TABLE, owner);
        peers.forgot(EndpointRecord.TABLE, owner);
    }

    private void network(Random random) {
        int vni = VNIS.get(random.nextInt(VNIS.size()));
        Set<IpAddress> taken = open.get(vni);
        if (taken == null) {
            var none = new HashSet<IpAddress>();
            open.put(vni, none);
            peers.opened(new Vni(vni), new GossipedPeers.Addresses() {
                @Override
                public boolean admits(IpAddress address) {
                    return GossipedPeersPropertyTest.admits(address);
                }

                @Override
                public boolean isTaken(IpAddress address) {
                    return none.contains(address);
                }
            });
            return;
        }
        IpAddress address = address(2 + random.nextInt(3));
        if (taken.remove(address)) {
            table = table.with(edit -> edit.removeRoute(new Vni(vni), address));
            peers.released(new Vni(vni), List.of(address));
        } else if (random.nextBoolean()) {
            taken.add(address);
            table = table.with(edit -> edit.putRoute(new Vni(vni), address, new Route.Gateway()));
            peers.taken(new Vni(vni), List.of(address));
        } else {
            open.remove(vni);
            table = table.with(edit -> {
                peers.closed(new Vni(vni), edit);
                taken.forEach(each -> edit.removeRoute(new Vni(vni), each));
            });
        }
    }

    private void check() {
        int routes = 0;
        for (int vni : VNIS) {
            for (int last = 1; last <= 5; last++) {
                IpAddress address = address(last);
                Route expected = expected(vni, address);
                assertThat(table.route(vni, address.high(), address.low()))
                        .as(vni + " " + address + " of " + rows.values())
                        .isEqualTo(expected);
                routes += expected == null ? 0 : 1;
            }
        }
        assertThat(table.size()).isEqualTo(routes);
    }

    private @Nullable Route expected(int vni, IpAddress address) {
        Set<IpAddress> taken = open.get(vni);
        if (taken == null || !admits(address)) {
            return null;
        }
        if (taken.contains(address)) {
            return new Route.Gateway();
        }
        return claimants(vni, address)
                .min(Comparator.comparing(Seen::held)
                        .thenComparingLong(seen -> seen.row().generation())
                        .thenComparing(seen -> seen.row().owner())
                        .thenComparing(seen -> seen.row().key()))
                .map(seen -> {
                    long mac = EndpointRecord.decode(seen.row().value())
                            .orElseThrow()
                            .mac();
                    return (Route) new Route.Remote(vtepOf(seen.row().owner()), mac);
                })
                .orElse(null);
    }

    private Stream<Seen> claimants(int vni, IpAddress address) {
        return rows.values().stream()
                .filter(seen -> seen.row().table().equals(EndpointRecord.TABLE))
                .filter(seen -> {
                    EndpointRecord record =
                            EndpointRecord.decode(seen.row().value()).orElseThrow();
                    return record.vni().value() == vni && record.addresses().contains(address);
                })
                .filter(seen -> !vtepOf(seen.row().owner()).equals(NOWHERE));
    }

    private static final IpAddress NOWHERE = IpAddress.parse("192.0.2.1"); // our own: refused

    private IpAddress vtepOf(String owner) {
        Seen seen = rows.get(NodeRecord.TABLE + " " + owner + " " + owner);
        if (seen == null) {
            return NOWHERE;
        }
        NodeRecord node = NodeRecord.decode(seen.row().value()).orElseThrow();
        return node.port() == 4789 ? node.vteps().getFirst() : NOWHERE;
    }
}
