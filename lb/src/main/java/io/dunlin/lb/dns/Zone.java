package io.dunlin.lb.dns;

import io.dunlin.lb.Backend;
import io.dunlin.lb.Service;
import io.dunlin.lb.dns.NameEntry.Kind;
import io.dunlin.vxlan.AddressMap;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The names of one network: its services, their backends ({@code tasks.SERVICE}) and its endpoints, each also with the network's name behind
 * it, and the names of their addresses. An immutable snapshot, which whoever answers takes as an argument: workers read the same as long
 * as they like, while a changed one takes its place.
 *
 * <p>Where a service and an endpoint have one name, it is the service's. A name that cannot be one of DNS (two dots in a row) is not
 * answered to.
 */
public final class Zone {
    private static final String TASKS = "tasks.";
    /** A zone is of one network. */
    private static final int ANY_SCOPE = 0;

    private final ZoneSpec spec;
    private final NameIndex names;
    /** The name of each address, as a message has it. */
    private final AddressMap<byte[]> owners;

    private final List<Mask> subnets;

    private Zone(ZoneSpec spec, NameIndex names, AddressMap<byte[]> owners) {
        this.spec = spec;
        this.names = names;
        this.owners = owners;
        this.subnets = spec.subnets().stream().map(Mask::of).toList();
    }

    /** A network without services and endpoints. */
    public static Zone of(ZoneSpec spec) {
        return new Zone(spec, NameIndex.EMPTY, AddressMap.empty());
    }

    public ZoneSpec spec() {
        return spec;
    }

    /** The zone with some changes. */
    public Zone with(Consumer<Edit> changes) {
        Edit edit = edit();
        changes.accept(edit);
        return edit.commit();
    }

    Edit edit() {
        return new Edit(this);
    }

    @Nullable
    NameEntry find(DnsName name) {
        return names.find(name);
    }

    /** The name of who has the address, as a message has it. */
    byte @Nullable [] ownerOf(long high, long low) {
        return owners.get(ANY_SCOPE, high, low);
    }

    /** Whether the address is one of the network's, so that nobody else could know its name. */
    boolean hasAddress(long high, long low) {
        for (int i = 0; i < subnets.size(); i++) {
            if (subnets.get(i).hasAddress(high, low)) {
                return true;
            }
        }
        return false;
    }

    /** A subnet in the form that is compared with: {@link Cidr#contains} wants objects. */
    private record Mask(long high, long low, long maskHigh, long maskLow, boolean isIpv4) {
        static Mask of(Cidr subnet) {
            IpAddress base = subnet.base();
            IpAddress last = subnet.last();
            return new Mask(
                    base.high(), base.low(), ~(base.high() ^ last.high()), ~(base.low() ^ last.low()), base.isIpv4());
        }

        boolean hasAddress(long addressHigh, long addressLow) {
            return (addressHigh & maskHigh) == high
                    && (addressLow & maskLow) == low
                    && IpAddress.isIpv4(addressHigh, addressLow) == isIpv4;
        }
    }

    /** Changes to a zone. Belongs to one thread, until {@link Zone#with} returns. */
    public static final class Edit {
        private final ZoneSpec spec;
        private final NameIndex.Edit names;
        private final AddressMap.Edit<byte[]> owners;

        private Edit(Zone before) {
            spec = before.spec;
            names = before.names.edit();
            owners = before.owners.edit();
        }

        Zone commit() {
            return new Zone(spec, names.commit(), owners.commit());
        }

        /** A service as the data path knows it: its healthy backends are its tasks. */
        public void putService(Service service) {
            List<IpAddress> backends = service.backends().stream()
                    .filter(backend -> backend.state() == Backend.State.HEALTHY)
                    .flatMap(backend -> backend.addresses().stream())
                    .toList();
            switch (service.mode()) {
                case VIP -> putService(service.name(), service.vips(), backends);
                case DNS_ROUND_ROBIN -> putRoundRobin(service.name(), backends);
            }
        }

        /**
         * A service that is reached by virtual IPs; in place of the one of this name, if there is one.
         *
         * @param vips at most one of each family
         * @param backends the healthy ones' addresses
         */
        public void putService(String name, List<IpAddress> vips, List<IpAddress> backends) {
            disown(Kind.SERVICE, name);
            put(Kind.SERVICE, name, vips);
            put(Kind.TASKS, TASKS + name, backends);
            own(name, vips);
        }

        /**
         * A service that is reached by the addresses of its backends; in place of the one of this name, if there is one.
         *
         * @param backends the healthy ones' addresses
         */
        public void putRoundRobin(String name, List<IpAddress> backends) {
            disown(Kind.SERVICE, name);
            put(Kind.SERVICE, name, backends);
            put(Kind.TASKS, TASKS + name, backends);
        }

        /** Harmless if there is none. */
        public void removeService(String name) {
            disown(Kind.SERVICE, name);
            put(Kind.SERVICE, name, null);
            put(Kind.TASKS, TASKS + name, null);
        }

        /** An endpoint, with all addresses that endpoints of this name have; in place of what was said of the name before. */
        public void putEndpoint(String name, List<IpAddress> addresses) {
            disown(Kind.ENDPOINT, name);
            put(Kind.ENDPOINT, name, addresses);
            own(name, addresses);
        }

        /** Harmless if there is none. */
        public void removeEndpoint(String name) {
            disown(Kind.ENDPOINT, name);
            put(Kind.ENDPOINT, name, null);
        }

        private void put(Kind kind, String name, @Nullable List<IpAddress> addresses) {
            byte[] plain = DnsName.toLowerCase(DnsName.encode(name));
            byte[] qualified = DnsName.toLowerCase(qualified(name));
            if (plain.length == 0 || qualified.length == 0) {
                return;
            }
            Addresses before = names.get(plain, kind);
            Rotation rotation = before == null ? new Rotation() : before.rotation();
            Addresses after = addresses == null ? null : new Addresses(addresses, rotation);
            names.put(plain, kind, after);
            names.put(qualified, ofNetwork(kind), after);
        }

        private static Kind ofNetwork(Kind kind) {
            return switch (kind) {
                case SERVICE, SERVICE_OF_NETWORK -> Kind.SERVICE_OF_NETWORK;
                case TASKS, TASKS_OF_NETWORK -> Kind.TASKS_OF_NETWORK;
                case ENDPOINT, ENDPOINT_OF_NETWORK -> Kind.ENDPOINT_OF_NETWORK;
            };
        }

        private void own(String name, List<IpAddress> addresses) {
            byte[] owner = qualified(name);
            if (owner.length != 0) {
                addresses.forEach(address -> owners.put(ANY_SCOPE, address.high(), address.low(), owner));
            }
        }

        /** What the name stood for is not its own any more, unless somebody else's by now. */
        private void disown(Kind kind, String name) {
            Addresses before = names.get(DnsName.toLowerCase(DnsName.encode(name)), kind);
            if (before != null) {
                byte[] owner = qualified(name);
                before.all().forEach(address -> disown(address, owner));
            }
        }

        private void disown(IpAddress address, byte[] owner) {
            byte[] now = owners.get(ANY_SCOPE, address.high(), address.low());
            if (now != null && isSame(now, owner)) {
                owners.remove(ANY_SCOPE, address.high(), address.low());
            }
        }

        /** Without regard to case. */
        private static boolean isSame(byte[] one, byte[] other) {
            return Arrays.equals(DnsName.toLowerCase(one), DnsName.toLowerCase(other));
        }

        private byte[] qualified(String name) {
            return DnsName.encode(name + "." + spec.network());
        }
    }
}
