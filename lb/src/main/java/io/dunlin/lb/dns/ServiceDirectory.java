package io.dunlin.lb.dns;

import io.dunlin.lb.NamedEndpoint;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServiceTable;
import io.dunlin.vxlan.wire.Vni;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A node's services with the names that lead to them: an immutable snapshot of both, so that what is balanced and what is answered never
 * disagree. A change makes a new one, by one thread at a time. Workers read one for as long as a batch takes.
 */
public final class ServiceDirectory {
    private final ServiceTable table;
    private final Map<Integer, Zone> zones;
    /** The same to look up without an object for the key: sorted, with the zone at the same place. */
    private final int[] vnis;

    private final Zone[] zoneAt;

    private ServiceDirectory(ServiceTable table, Map<Integer, Zone> zones) {
        this.table = table;
        this.zones = Map.copyOf(zones);
        this.vnis = zones.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        this.zoneAt = IntStream.of(vnis).mapToObj(zones::get).toArray(Zone[]::new);
    }

    /** One that has this table's services, and answers for no network yet. */
    public static ServiceDirectory of(ServiceTable table) {
        return new ServiceDirectory(table, Map.of());
    }

    public ServiceTable table() {
        return table;
    }

    /** The names of a network; null if nobody said that they are to be answered. Allocates nothing. */
    public @Nullable Zone zone(int vni) {
        int place = Arrays.binarySearch(vnis, vni);
        return place < 0 ? null : zoneAt[place];
    }

    /**
     * A directory with changes applied to this one, as one step.
     *
     * @throws IllegalArgumentException as {@link ServiceTable.Edit#putService}
     */
    public ServiceDirectory with(Consumer<Edit> changes) {
        var edits = new HashMap<Integer, Zone.Edit>();
        var specs = new HashMap<Integer, ZoneSpec>();
        var after = new HashMap<>(zones);
        ServiceTable tableAfter = table.with(services -> changes.accept(new Edit(services, after, edits, specs)));
        edits.forEach((vni, edit) -> after.computeIfPresent(vni, (_, _) -> edit.commit()));
        specs.forEach((vni, spec) -> after.put(vni, filled(spec, new Vni(vni), tableAfter)));
        return new ServiceDirectory(tableAfter, after);
    }

    private static Zone filled(ZoneSpec spec, Vni network, ServiceTable table) {
        return Zone.of(spec).with(edit -> {
            table.forEachService(service -> {
                if (service.network().equals(network)) {
                    edit.putService(service);
                }
            });
            table.forEachEndpoint(endpoint -> {
                if (endpoint.network().equals(network)) {
                    edit.putEndpoint(endpoint.name(), endpoint.addresses());
                }
            });
        });
    }

    /** Changes to a directory, each to the table and the names at once. Of use only inside {@link #with}. */
    public static final class Edit {
        private final ServiceTable.Edit services;
        private final Map<Integer, Zone> zones;
        private final Map<Integer, Zone.Edit> edits;
        private final Map<Integer, ZoneSpec> specs;

        private Edit(
                ServiceTable.Edit services,
                Map<Integer, Zone> zones,
                Map<Integer, Zone.Edit> edits,
                Map<Integer, ZoneSpec> specs) {
            this.services = services;
            this.zones = zones;
            this.edits = edits;
            this.specs = specs;
        }

        /** Answers for a network from now on, like this: also for what was put into it before. */
        public void putZone(Vni network, ZoneSpec spec) {
            specs.put(network.value(), spec);
        }

        /** Answers for a network no more. Harmless if it did not. */
        public void removeZone(Vni network) {
            specs.remove(network.value());
            zones.remove(network.value());
        }

        /** As {@link ServiceTable.Edit#service}. */
        public @Nullable Service service(Vni network, String name) {
            return services.service(network, name);
        }

        /** As {@link ServiceTable.Edit#putService}. */
        public void putService(Service service) {
            services.putService(service);
            ifAnswered(service.network(), zone -> zone.putService(service));
        }

        /** As {@link ServiceTable.Edit#removeService}. */
        public void removeService(Vni network, String service) {
            services.removeService(network, service);
            ifAnswered(network, zone -> zone.removeService(service));
        }

        /** As {@link ServiceTable.Edit#putEndpoint}. */
        public void putEndpoint(NamedEndpoint endpoint) {
            services.putEndpoint(endpoint);
            ifAnswered(endpoint.network(), zone -> zone.putEndpoint(endpoint.name(), endpoint.addresses()));
        }

        /** As {@link ServiceTable.Edit#removeEndpoint}. */
        public void removeEndpoint(Vni network, String endpoint) {
            services.removeEndpoint(network, endpoint);
            ifAnswered(network, zone -> zone.removeEndpoint(endpoint));
        }

        private void ifAnswered(Vni network, Consumer<Zone.Edit> change) {
            Zone zone = zones.get(network.value());
            if (zone != null) {
                change.accept(edits.computeIfAbsent(network.value(), _ -> zone.edit()));
            }
        }
    }
}
