package io.dunlin.lb;

import io.dunlin.vxlan.AddressMap;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;

/**
 * Which services there are on a node's networks, who is behind them, and what endpoints are called: an immutable snapshot. The data path
 * looks up by network and VIP, names by network and name, so that the two never disagree. A change makes a new table and costs what it
 * touches, whatever else there is; lookups by address allocate nothing.
 *
 * <p>What a service counts (its flows, whose turn it is) goes on from table to table, as long as it has the same name in the same network.
 * So tables are made one from another, by one thread at a time, and not from an old one twice.
 */
public final class ServiceTable {
    private final String node;
    private final HashPMap<Name, VirtualService> services;
    private final HashPMap<Name, NamedEndpoint> endpoints;
    private final AddressMap<VirtualService> servicesByVip;
    private final AddressMap<NamedEndpoint> endpointsByAddress;
    private final AddressMap<VirtualService> servicesById;
    private final AddressMap<Member> members;
    /** Those that have left, and flows of theirs are still there. */
    private final List<Member> leaving;
    /** Services that were removed, and flows of theirs are still there. */
    private final List<VirtualService> removed;

    private final int nextId;

    private record Name(int vni, String folded) {
        static Name of(int vni, String name) {
            return new Name(vni, Service.folded(name));
        }
    }

    private ServiceTable(
            String node,
            HashPMap<Name, VirtualService> services,
            HashPMap<Name, NamedEndpoint> endpoints,
            AddressMap<VirtualService> servicesByVip,
            AddressMap<NamedEndpoint> endpointsByAddress,
            AddressMap<VirtualService> servicesById,
            AddressMap<Member> members,
            List<Member> leaving,
            List<VirtualService> removed,
            int nextId) {
        this.node = node;
        this.services = services;
        this.endpoints = endpoints;
        this.servicesByVip = servicesByVip;
        this.endpointsByAddress = endpointsByAddress;
        this.servicesById = servicesById;
        this.members = members;
        this.leaving = leaving;
        this.removed = removed;
        this.nextId = nextId;
    }

    /**
     * Without services.
     *
     * @param node the name of the node that looks at it, so that it knows which backends are local
     */
    public static ServiceTable empty(String node) {
        return new ServiceTable(
                node,
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                AddressMap.empty(),
                AddressMap.empty(),
                AddressMap.empty(),
                AddressMap.empty(),
                List.of(),
                List.of(),
                1);
    }

    /** Whether services and backends are the same in both, where one was made from the other: what endpoints are called may differ. */
    @SuppressWarnings("ReferenceEquality") // a change of services makes another map, any other change does not
    boolean hasSameServices(ServiceTable other) {
        return services == other.services;
    }

    /** Number of services. */
    public int size() {
        return services.size();
    }

    /** The service with that name, whatever its case; null if the network has none. */
    public @Nullable Service service(int vni, String name) {
        VirtualService found = services.get(Name.of(vni, name));
        return found == null ? null : found.service();
    }

    /** The service with that VIP, given as {@link IpAddress#high} and {@link IpAddress#low}; null if the network has none. */
    public @Nullable Service serviceAt(int vni, long high, long low) {
        VirtualService found = servicesByVip.get(vni, high, low);
        return found == null ? null : found.service();
    }

    /** The endpoint with that name, whatever its case; null if the network has none. */
    public @Nullable NamedEndpoint endpoint(int vni, String name) {
        return endpoints.get(Name.of(vni, name));
    }

    /** The endpoint with that address; null if the network has none. */
    public @Nullable NamedEndpoint endpointAt(int vni, long high, long low) {
        return endpointsByAddress.get(vni, high, low);
    }

    /** Each service once, in no order. */
    public void forEachService(Consumer<? super Service> action) {
        services.values().forEach(found -> action.accept(found.service()));
    }

    /** Each endpoint once, in no order. */
    public void forEachEndpoint(Consumer<? super NamedEndpoint> action) {
        endpoints.values().forEach(action);
    }

    /** Flows of this node that go to a backend of a service now: when a draining one has none left it can be removed. */
    public int flows(int vni, String service, String backend) {
        VirtualService found = services.get(Name.of(vni, service));
        if (found != null) {
            for (Member member : found.members()) {
                if (member.backend().name().equals(backend)) {
                    return member.flows().get();
                }
            }
        }
        return 0;
    }

    /** As {@link #serviceAt}, for the data path. */
    @Nullable
    VirtualService virtualServiceAt(int vni, long high, long low) {
        return servicesByVip.get(vni, high, low);
    }

    /** The service with that number, which may have been removed; null if it has no flows left either. */
    @Nullable
    VirtualService virtualService(int id) {
        return servicesById.get(0, 0, id);
    }

    /** The backend with that number, which may have left; null if it has no flows left either. */
    @Nullable
    Member member(int id) {
        return members.get(0, 0, id);
    }

    /** A table with changes applied to this one, as one step. */
    public ServiceTable with(Consumer<Edit> changes) {
        var edit = new Edit();
        changes.accept(edit);
        return edit.commit();
    }

    /** Changes to a table. Not thread-safe; of use only inside {@link #with}. */
    public final class Edit {
        private HashPMap<Name, VirtualService> servicesNow = services;
        private HashPMap<Name, NamedEndpoint> endpointsNow = endpoints;
        private final AddressMap.Edit<VirtualService> vipEdit = servicesByVip.edit();
        private final AddressMap.Edit<NamedEndpoint> addressEdit = endpointsByAddress.edit();
        private final AddressMap.Edit<VirtualService> idEdit = servicesById.edit();
        private final AddressMap.Edit<Member> memberEdit = members.edit();
        private final List<Member> leavingNow = new ArrayList<>(leaving);
        private final List<VirtualService> removedNow = new ArrayList<>(removed);
        private int nextIdNow = nextId;

        private Edit() {}

        /** The service with that name as it stands now, whatever its case; null if the network has none. */
        public @Nullable Service service(Vni network, String name) {
            VirtualService found = servicesNow.get(Name.of(network.value(), name));
            return found == null ? null : found.service();
        }

        /**
         * Adds a service, or takes it in the place of the one with its name.
         *
         * @throws IllegalArgumentException if one of its VIPs is another's; the table cannot be made then
         */
        public void putService(Service service) {
            int vni = service.network().value();
            Name name = Name.of(vni, service.name());
            VirtualService before = servicesNow.get(name);
            int id = before == null ? nextIdNow++ : before.id();
            if (before != null) {
                removeVips(before.service());
            }
            for (IpAddress vip : service.vips()) {
                VirtualService other = vipEdit.get(vni, vip.high(), vip.low());
                if (other != null) {
                    throw new IllegalArgumentException("VIP " + vip + " of service \"" + service.name()
                            + "\" is that of service \"" + other.service().name() + "\": give it another");
                }
            }
            List<Member> old = before == null ? List.of() : before.members();
            var all = new ArrayList<Member>();
            for (Backend backend : service.backends()) {
                Member member = memberOf(old, backend);
                Member now = member == null ? Member.create(nextIdNow++, id, backend) : member.as(backend);
                memberEdit.put(0, 0, now.id(), now);
                all.add(now);
            }
            for (Member member : old) {
                if (all.stream().noneMatch(now -> now.id() == member.id())) {
                    leavingNow.add(member.gone());
                }
            }
            var now = new VirtualService(id, service, all, before, node);
            servicesNow = servicesNow.plus(name, now);
            idEdit.put(0, 0, id, now);
            for (IpAddress vip : service.vips()) {
                vipEdit.put(vni, vip.high(), vip.low(), now);
            }
        }

        /** Its flows end. Harmless if there is no such service. */
        public void removeService(Vni network, String service) {
            Name name = Name.of(network.value(), service);
            VirtualService before = servicesNow.get(name);
            if (before != null) {
                servicesNow = servicesNow.minus(name);
                removeVips(before.service());
                removedNow.add(before);
                before.members().forEach(member -> leavingNow.add(member.gone()));
            }
        }

        /** Adds an endpoint, or takes it in the place of the one with its name. */
        public void putEndpoint(NamedEndpoint endpoint) {
            removeEndpoint(endpoint.network(), endpoint.name());
            endpointsNow = endpointsNow.plus(Name.of(endpoint.network().value(), endpoint.name()), endpoint);
            for (IpAddress address : endpoint.addresses()) {
                addressEdit.put(endpoint.network().value(), address.high(), address.low(), endpoint);
            }
        }

        /** Harmless if there is no such endpoint. */
        public void removeEndpoint(Vni network, String endpoint) {
            Name name = Name.of(network.value(), endpoint);
            NamedEndpoint before = endpointsNow.get(name);
            if (before == null) {
                return;
            }
            endpointsNow = endpointsNow.minus(name);
            int vni = network.value();
            for (IpAddress address : before.addresses()) {
                if (before.equals(addressEdit.get(vni, address.high(), address.low()))) {
                    addressEdit.remove(vni, address.high(), address.low());
                }
            }
        }

        private void removeVips(Service service) {
            for (IpAddress vip : service.vips()) {
                vipEdit.remove(service.network().value(), vip.high(), vip.low());
            }
        }

        private static @Nullable Member memberOf(List<Member> members, Backend backend) {
            for (Member member : members) {
                if (member.isSame(backend)) {
                    return member;
                }
            }
            return null;
        }

        /**
         * Those that have left keep their numbers for as long as there are flows of theirs, and so do their services: clients are told by
         * the VIP that a flow has ended.
         */
        private void forgetThoseWithoutFlows() {
            leavingNow.removeIf(member -> {
                boolean isForgotten = member.flows().get() == 0;
                if (isForgotten) {
                    memberEdit.remove(0, 0, member.id());
                } else {
                    memberEdit.put(0, 0, member.id(), member);
                }
                return isForgotten;
            });
            var needed = new HashSet<Integer>();
            leavingNow.forEach(member -> needed.add(member.serviceId()));
            removedNow.removeIf(service -> {
                boolean isForgotten = !needed.contains(service.id());
                if (isForgotten) {
                    idEdit.remove(0, 0, service.id());
                }
                return isForgotten;
            });
        }

        private ServiceTable commit() {
            forgetThoseWithoutFlows();
            return new ServiceTable(
                    node,
                    servicesNow,
                    endpointsNow,
                    vipEdit.commit(),
                    addressEdit.commit(),
                    idEdit.commit(),
                    memberEdit.commit(),
                    List.copyOf(leavingNow),
                    List.copyOf(removedNow),
                    nextIdNow);
        }
    }
}
