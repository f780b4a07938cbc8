package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which services there are, by what nodes tell: this one and others. Of several with one name the eldest is the service, whoever tells it; of several
 * with one VIP, the eldest has it, and the others are none. The same at every node. Under the node's lock.
 */
final class ServiceDefinitions {
    /**
     * A service as a node tells it.
     *
     * @param isHeld since the node failed. The service stays: others may be its backends
     */
    record Told(ServiceRecord record, String teller, boolean isHeld) {
        static final Comparator<Told> ELDEST_FIRST = Comparator.comparing(Told::record, ServiceRecord.ELDEST_FIRST)
                .thenComparing(told -> told.record().spec().name())
                .thenComparing(Told::isHeld)
                .thenComparing(Told::teller);

        NameInNetwork name() {
            return NameInNetwork.of(record.vni(), record.spec().name());
        }
    }

    private record Row(String teller, String key) {}

    private record Vip(Vni vni, IpAddress address) {}

    private final Map<Row, Told> rows = new HashMap<>();
    private final Map<NameInNetwork, TreeSet<Told>> byName = new HashMap<>();
    private final Map<Vip, TreeSet<Told>> byVip = new HashMap<>();

    /**
     * A node tells a service under a key, or does so no more.
     *
     * @param told null: no more
     * @return the names of services that may be others now
     */
    Set<NameInNetwork> put(String teller, String key, @Nullable Told told) {
        var touched = new HashSet<NameInNetwork>();
        var row = new Row(teller, key);
        Told before = told == null ? rows.remove(row) : rows.put(row, told);
        if (before != null) {
            touch(before.name(), touched);
            remove(byName, before.name(), before);
            vipsOf(before).forEach(vip -> remove(byVip, vip, before));
        }
        if (told != null) {
            byName.computeIfAbsent(told.name(), _ -> new TreeSet<>(Told.ELDEST_FIRST))
                    .add(told);
            vipsOf(told)
                    .forEach(vip -> byVip.computeIfAbsent(vip, _ -> new TreeSet<>(Told.ELDEST_FIRST))
                            .add(told));
            touch(told.name(), touched);
        }
        return touched;
    }

    /** What a node tells under a key; null if nothing. */
    @Nullable
    Told told(String teller, String key) {
        return rows.get(new Row(teller, key));
    }

    /** All that a node tells. */
    List<Told> allOf(String teller) {
        var all = new ArrayList<Told>();
        rows.forEach((row, told) -> {
            if (row.teller().equals(teller)) {
                all.add(told);
            }
        });
        return all;
    }

    /** All that nodes tell of a network. */
    List<Told> allIn(Vni vni) {
        return rows.values().stream()
                .filter(told -> told.record().vni().equals(vni))
                .toList();
    }

    /**
     * The name, and those of all that claim a VIP which some service of that name claims: which of these is the eldest decides about the VIPs of each.
     */
    private void touch(NameInNetwork name, Set<NameInNetwork> touched) {
        touched.add(name);
        for (Told told : byName.getOrDefault(name, new TreeSet<>(Told.ELDEST_FIRST))) {
            for (Vip vip : vipsOf(told)) {
                byVip.getOrDefault(vip, new TreeSet<>(Told.ELDEST_FIRST)).forEach(other -> touched.add(other.name()));
            }
        }
    }

    private static List<Vip> vipsOf(Told told) {
        return told.record().vips().stream()
                .map(address -> new Vip(told.record().vni(), address))
                .toList();
    }

    private static <K, S extends Set<Told>> void remove(Map<K, S> all, K key, Told told) {
        all.computeIfPresent(key, (_, of) -> {
            of.remove(told);
            return of.isEmpty() ? null : of;
        });
    }

    /** The eldest of that name; null if nobody tells one. */
    @Nullable
    ServiceRecord eldest(NameInNetwork name) {
        TreeSet<Told> all = byName.get(name);
        return all == null ? null : all.first().record();
    }

    /** The service of that name; null if nobody tells one, or an elder service has a VIP of its. */
    @Nullable
    ServiceRecord service(NameInNetwork name) {
        ServiceRecord record = eldest(name);
        if (record == null) {
            return null;
        }
        for (IpAddress address : record.vips()) {
            if (!name.equals(ownerOf(record.vni(), address))) {
                return null;
            }
        }
        return record;
    }

    /** Which service has a VIP; null if none does. */
    @Nullable
    NameInNetwork ownerOf(Vni vni, IpAddress address) {
        TreeSet<Told> all = byVip.get(new Vip(vni, address));
        if (all == null) {
            return null;
        }
        for (Told told : all) {
            if (told.record().equals(eldest(told.name()))) {
                return told.name();
            }
        }
        return null;
    }

    /** Names of the nodes that tell the service of that name, and are there; not those that tell a younger one of that name. */
    List<String> tellersOf(NameInNetwork name) {
        return byName.getOrDefault(name, new TreeSet<>(Told.ELDEST_FIRST)).stream()
                .filter(told -> !told.isHeld() && told.record().equals(eldest(name)))
                .map(Told::teller)
                .sorted()
                .toList();
    }

    /** All names of a network that somebody tells a service of. */
    Set<NameInNetwork> namesIn(Vni vni) {
        var names = new HashSet<NameInNetwork>();
        byName.keySet().forEach(name -> {
            if (name.vni().equals(vni)) {
                names.add(name);
            }
        });
        return names;
    }
}
