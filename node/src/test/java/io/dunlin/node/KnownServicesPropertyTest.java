package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.Row;
import io.dunlin.gossip.RowChange.Added;
import io.dunlin.gossip.RowChange.Cause;
import io.dunlin.gossip.RowChange.Removed;
import io.dunlin.gossip.RowChange.Updated;
import io.dunlin.lb.Backend;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Rows of services that come, change, go, are held for failed owners and forgotten, in any order, with rivals for names and VIPs; backends that come and go; the
 * network closed and opened: after each step the table has what a slow model finds by looking at all rows, and watchers were told of each change.
 */
class KnownServicesPropertyTest {
    private static final int STEPS = 200;
    private static final Vni VNI = new Vni(7);
    private static final Cidr SUBNET = Cidr.parse("10.0.0.0/24");
    private static final Cidr SUBNET_6 = Cidr.parse("fd00::/64");
    private static final List<String> OWNERS = List.of("a", "b", "c", "d");
    private static final List<String> NAMES = List.of("web", "api", "db");
    private static final List<String> ENDPOINTS = List.of("e1", "e2", "e3");

    /** A row as last seen; {@code held} since its owner failed. */
    private record Seen(Row row, ServiceRecord record, boolean held) {}

    /** What the table is to have of a service. */
    private record Expected(List<IpAddress> vips, List<String> backends) {}

    private final KnownServices services =
            new KnownServices("me", () -> 0, new Refusals("me"), new ErrorLog("me"), () -> {}, () -> {});
    private final Map<String, Seen> rows = new LinkedHashMap<>();
    private final Map<String, Claim> endpoints = new TreeMap<>(); // by name, which each has once
    private final Map<String, Expected> told = new TreeMap<>();
    private boolean isOpen;

    @Property(tries = 300)
    void theTableIsThatOfTheModelAfterEachStep(@ForAll Random random) {
        var run = new KnownServicesPropertyTest();
        run.open();
        for (int step = 0; step < STEPS; step++) {
            run.step(random);
            run.services.settle();
            run.check();
        }
    }

    private void open() {
        isOpen = true;
        services.opened(VNI, ZoneSpec.named("net"), new GossipedPeers.Addresses() {
            @Override
            public boolean admits(IpAddress address) {
                return isOurs(address);
            }

            @Override
            public boolean isTaken(IpAddress address) {
                return false;
            }
        });
        services.watches().add(VNI, this::hear);
    }

    private static boolean isOurs(IpAddress address) {
        return SUBNET.contains(address) || SUBNET_6.contains(address);
    }

    private void hear(String name, Optional<ServiceStatus> now) {
        now.ifPresentOrElse(
                status -> told.put(
                        name,
                        new Expected(
                                status.spec().vips(),
                                status.backends().stream()
                                        .map(ServiceStatus.BackendStatus::name)
                                        .toList())),
                () -> told.remove(name));
    }

    private void step(Random random) {
        String owner = OWNERS.get(random.nextInt(OWNERS.size()));
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> put(owner, record(random, owner));
            case 4, 5 -> removeOne(random);
            case 6 -> fail(owner);
            case 7 -> returnOf(random, owner);
            case 8 -> endpoint(random);
            default -> network(random);
        }
    }

    private static ServiceRecord record(Random random, String owner) {
        ServiceSpec spec = ServiceSpec.named(NAMES.get(random.nextInt(NAMES.size())))
                .vip("10.0." + (random.nextInt(10) == 0 ? 1 : 0) + "." + (5 + random.nextInt(3)));
        return new ServiceRecord(
                VNI, random.nextBoolean() ? spec : spec.vip("fd00::" + random.nextInt(1, 3)), owner, random.nextInt(4));
    }

    private static String id(Row row) {
        return row.owner() + " " + row.key();
    }

    private void put(String owner, ServiceRecord record) {
        var row = new Row(ServiceRecord.TABLE, record.key(), record.encode(), owner, 1, 1);
        Seen before = rows.put(id(row), new Seen(row, record, false));
        services.apply(before == null || before.held() ? new Added(row) : new Updated(before.row(), row));
    }

    private void removeOne(Random random) {
        List<Seen> seen = rows.values().stream().filter(each -> !each.held()).toList();
        if (!seen.isEmpty()) {
            Row row = seen.get(random.nextInt(seen.size())).row();
            rows.remove(id(row));
            services.apply(new Removed(row, random.nextBoolean() ? Cause.REMOVED : Cause.OWNER_LEFT));
        }
    }

    private void fail(String owner) {
        rows.replaceAll((_, seen) -> {
            if (!seen.row().owner().equals(owner) || seen.held()) {
                return seen;
            }
            services.apply(new Removed(seen.row(), Cause.OWNER_FAILED));
            return new Seen(seen.row(), seen.record(), true);
        });
    }

    /** Some of its rows are told anew, and what is held beyond them is forgotten. */
    private void returnOf(Random random, String owner) {
        for (Seen seen : List.copyOf(rows.values())) {
            if (seen.row().owner().equals(owner) && seen.held() && random.nextBoolean()) {
                put(owner, seen.record());
            }
        }
        rows.values().removeIf(seen -> seen.row().owner().equals(owner) && seen.held());
        services.forgot(owner);
    }

    private void endpoint(Random random) {
        String name = ENDPOINTS.get(random.nextInt(ENDPOINTS.size()));
        Claim before = endpoints.remove(name);
        if (before != null) {
            services.left(before);
            return;
        }
        var role = ServiceRole.of(NAMES.get(random.nextInt(NAMES.size())), 1);
        var record = new EndpointRecord(VNI, 0, List.of(IpAddress.parse("10.0.0.77")), role);
        var claim = new Claim(false, 1, "a", RowKey.of(VNI, name), record);
        endpoints.put(name, claim);
        services.entered(claim);
    }

    private void network(Random random) {
        if (!isOpen) {
            open();
        } else if (random.nextInt(3) == 0) {
            isOpen = false;
            services.closed(VNI);
        }
    }

    private void check() {
        var found = new TreeMap<String, Expected>();
        services.table()
                .getPlain()
                .forEachService(service -> found.put(
                        service.name(),
                        new Expected(
                                service.vips(),
                                service.backends().stream().map(Backend::name).toList())));
        assertThat(found).as("of %s", rows.values()).isEqualTo(expected());
        assertThat(told).as("what the watcher knows").isEqualTo(found);
    }

    private Map<String, Expected> expected() {
        var eldest = new HashMap<String, ServiceRecord>();
        for (String name : NAMES) {
            claimants()
                    .filter(seen -> seen.record().spec().name().equals(name))
                    .findFirst()
                    .ifPresent(seen -> eldest.put(name, seen.record()));
        }
        var expected = new TreeMap<String, Expected>();
        eldest.forEach((name, record) -> {
            boolean hasItsVips = record.vips().stream()
                    .allMatch(vip -> isOurs(vip)
                            && claimants()
                                    .filter(seen -> seen.record().vips().contains(vip))
                                    .filter(seen -> seen.record()
                                            .equals(eldest.get(
                                                    seen.record().spec().name())))
                                    .findFirst()
                                    .orElseThrow()
                                    .record()
                                    .spec()
                                    .name()
                                    .equals(name));
            if (isOpen && hasItsVips) {
                expected.put(name, new Expected(record.vips(), backendsOf(name)));
            }
        });
        return expected;
    }

    private List<String> backendsOf(String service) {
        return endpoints.values().stream()
                .filter(claim -> Objects.requireNonNull(claim.endpoint().role())
                        .service()
                        .equals(service))
                .map(claim -> EndpointClaims.nameOf(claim).folded())
                .toList();
    }

    private Stream<Seen> claimants() {
        return rows.values().stream()
                .sorted(Comparator.comparing(Seen::record, ServiceRecord.ELDEST_FIRST)
                        .thenComparing(seen -> seen.record().spec().name())
                        .thenComparing(Seen::held)
                        .thenComparing(seen -> seen.row().owner()));
    }
}
