package io.dunlin.node;

import static io.dunlin.node.IpamAddresses.address;
import static io.dunlin.node.IpamAddresses.cidr;
import static io.dunlin.node.IpamAddresses.ip;
import static io.dunlin.node.IpamAddresses.subnet;

import io.dunlin.ipam.Address;
import io.dunlin.ipam.AddressPlan;
import io.dunlin.ipam.Command;
import io.dunlin.ipam.Command.ClaimAddress;
import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseAddress;
import io.dunlin.ipam.Command.ReleaseNumber;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Command.RequestSubnet;
import io.dunlin.ipam.Family;
import io.dunlin.ipam.IpamConfig;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.NumberSpace;
import io.dunlin.ipam.Refusal;
import io.dunlin.ipam.Requester;
import io.dunlin.ipam.Result;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import io.dunlin.ipam.Subnet;
import io.dunlin.ipam.Usage;
import io.dunlin.node.AddressMessage.Attempt;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows to be granted: networks, its own and those of others, whose subnets and VNIs are out of circulation here; and for its
 * own networks which endpoint has which addresses. For one thread.
 *
 * <p>Subnets are taken in the pools' order, VNIs as {@link VniPool} says.
 */
final class AddressLedger {
    private final String self;
    private final IpamState pools;
    private final LongSupplier wallClock;
    private final Map<String, NetworkRecord> networks = new TreeMap<>();
    private final Map<String, Map<Holder, Holding>> holdings = new TreeMap<>();
    private boolean isChanged;

    /**
     * Who has addresses.
     *
     * @param name of an endpoint of the node, or of a service that it tells of: {@link Names#isHolder}
     */
    record Holder(String node, String name) implements Comparable<Holder> {
        Requester requester() {
            return new Requester(this.toString());
        }

        @Override
        public int compareTo(Holder other) {
            int byNode = node.compareTo(other.node);
            return byNode != 0 ? byNode : name.compareTo(other.name);
        }

        @Override
        public String toString() {
            return node + "/" + name;
        }
    }

    /** @param attempt the latest that is known, {@link Attempt#number} */
    record Holding(long attempt, List<IpAddress> addresses) {}

    /** What became of a request. */
    sealed interface Answer {
        record Has(List<IpAddress> addresses) implements Answer {}

        record No(String reason) implements Answer {}

        /** What is wanted was another's a moment ago. */
        record NotYet() implements Answer {}

        /** A later attempt than this one is known. */
        record Stale(long newest) implements Answer {}
    }

    /** @param wallClock in milliseconds since 1970 */
    AddressLedger(String self, IpamState pools, LongSupplier wallClock) {
        this.self = self;
        this.pools = pools;
        this.wallClock = wallClock;
    }

    /** Whether it is not as it was when this was asked last. */
    boolean takeChanged() {
        boolean was = isChanged;
        isChanged = false;
        return was;
    }

    // ------------------------------------------------------------------ networks

    Map<String, NetworkRecord> networks() {
        return networks;
    }

    @Nullable
    NetworkRecord own(String network) {
        NetworkRecord known = networks.get(network);
        return known != null && known.owner().equals(self) ? known : null;
    }

    /** Makes a network of this node, whose VNI and subnets come out of the pools unless they are given. */
    Result<NetworkRecord> create(NetworkSpec asked) {
        forget(asked.name());
        networks.forEach(this::claim); // what was refused then may be free by now
        long since = now();
        Requester requester = taker(asked.name(), since);
        Vni vni = asked.vni();
        if (vni == null) {
            switch (VniPool.request(pools, asked.name(), requester, now())) {
                case Granted<Integer>(Integer number) -> vni = new Vni(number);
                case Refused<Integer>(Refusal why) -> {
                    return new Refused<>(why);
                }
            }
        }
        List<Cidr> subnets = new ArrayList<>(asked.subnets());
        if (subnets.isEmpty()) {
            for (Family family : families(pools.config())) {
                switch (apply(new RequestSubnet(requester, family, now()))) {
                    case Granted<Subnet>(Subnet subnet) -> subnets.add(cidr(subnet));
                    case Refused<Subnet>(Refusal why) -> {
                        release(requester, vni, subnets);
                        return new Refused<>(why);
                    }
                }
            }
        }
        var record = new NetworkRecord(vni, subnets, asked.isEncrypted(), asked.isInternal(), self, since);
        learn(asked.name(), record);
        return new Granted<>(record);
    }

    /** What is given, or another node's. */
    private static Requester claimant(String network) {
        return new Requester(network);
    }

    /** What comes from the pools: whoever has to choose again is to get another, and not its last one back from quarantine. */
    private static Requester taker(String network, long sinceMillis) {
        return new Requester(network + " " + sinceMillis);
    }

    private static List<Family> families(IpamConfig config) {
        return config.pools().stream()
                .map(pool -> pool.range().family())
                .distinct()
                .sorted()
                .toList();
    }

    /** A network that is there. What it has is out of circulation, as far as another does not have it already. */
    void learn(String network, NetworkRecord record) {
        NetworkRecord before = networks.get(network);
        if (record.equals(before)) {
            return;
        }
        if (before != null) {
            forget(network);
        }
        networks.put(network, record);
        claim(network, record);
        isChanged = true;
    }

    /** Refused where another has it: then it is out of circulation anyway. */
    private void claim(String network, NetworkRecord record) {
        var _ = apply(
                new ClaimNumber(claimant(network), NumberSpace.VNI, record.vni().value(), now()));
        record.subnets().forEach(subnet -> claimSubnet(claimant(network), subnet));
    }

    private Result<Subnet> claimSubnet(Requester network, Cidr subnet) {
        return apply(new ClaimSubnet(network, AddressPlan.of(subnet(subnet)), now()));
    }

    /** A network that is no more: all it had is free, after a quarantine. */
    void forget(String network) {
        NetworkRecord record = networks.get(network);
        if (record != null) {
            dropHoldings(network);
            networks.remove(network);
            release(claimant(network), record.vni(), record.subnets());
            release(taker(network, record.sinceMillis()), record.vni(), record.subnets());
            isChanged = true;
        }
    }

    private void dropHoldings(String network) {
        NetworkRecord record = networks.get(network);
        Map<Holder, Holding> dropped = holdings.remove(network);
        if (record != null && dropped != null) {
            dropped.forEach((holder, holding) -> giveBack(record, holder, holding.addresses()));
        }
    }

    private void release(Requester network, Vni vni, List<Cidr> subnets) {
        var _ = apply(new ReleaseNumber(network, NumberSpace.VNI, vni.value(), now()));
        for (Cidr subnet : subnets) {
            var _ = apply(new ReleaseSubnet(network, subnet(subnet), now()));
        }
    }

    // ------------------------------------------------------------------ addresses of own networks

    /** Who has what of a network of this node; not to be changed. */
    Map<Holder, Holding> holdings(String network) {
        return holdings.getOrDefault(network, Map.of());
    }

    /**
     * Addresses for an endpoint, in a network of this node: the same as before, if it asks again.
     *
     * @param wanted empty: one of each subnet
     */
    Answer request(String network, Holder holder, long attempt, List<IpAddress> wanted) {
        NetworkRecord record = own(network);
        if (record == null) {
            return new Answer.No("network \"" + network + "\" is none of node " + self);
        }
        Holding held = holdings(network).get(holder);
        if (held != null && attempt < held.attempt()) {
            return new Answer.Stale(held.attempt());
        }
        if (held != null && (wanted.isEmpty() || wanted.equals(held.addresses()))) {
            return has(network, holder, attempt, held.addresses());
        }
        if (held != null) {
            giveBack(record, holder, held.addresses()); // whoever says that it has others does not have these
            remove(network, holder);
        }
        var granted = new ArrayList<IpAddress>();
        Refusal refusal = wanted.isEmpty()
                ? grantNext(network, record, holder, granted)
                : grantThese(network, record, holder, wanted, granted);
        if (refusal != null) {
            giveBack(record, holder, granted);
            return refusal instanceof Refusal.InQuarantine
                    ? new Answer.NotYet()
                    : new Answer.No(textOf(refusal, network, wanted));
        }
        return has(network, holder, attempt, granted);
    }

    private Answer has(String network, Holder holder, long attempt, List<IpAddress> addresses) {
        var holding = new Holding(attempt, List.copyOf(addresses));
        Holding before = holdings.computeIfAbsent(network, _ -> new TreeMap<>()).put(holder, holding);
        isChanged |= !holding.equals(before);
        return new Answer.Has(holding.addresses());
    }

    private @Nullable Refusal grantNext(String network, NetworkRecord record, Holder holder, List<IpAddress> granted) {
        for (Cidr subnet : record.subnets()) {
            Refusal missing = subnetRefusal(network, record, subnet);
            if (missing != null) {
                return missing;
            }
            switch (apply(new RequestAddress(holder.requester(), subnet(subnet), now()))) {
                case Granted<Address>(Address address) -> granted.add(ip(address));
                case Refused<Address>(Refusal why) -> {
                    return why;
                }
            }
        }
        return null;
    }

    private @Nullable Refusal grantThese(
            String network, NetworkRecord record, Holder holder, List<IpAddress> wanted, List<IpAddress> granted) {
        for (IpAddress address : wanted) {
            Cidr subnet = subnetOf(record, address);
            if (subnet == null) {
                return new Refusal.Invalid(
                        address + " is in no subnet of network \"" + network + "\", which are " + record.subnets());
            }
            Refusal missing = subnetRefusal(network, record, subnet);
            if (missing != null) {
                return missing;
            }
            var claim = new ClaimAddress(holder.requester(), subnet(subnet), address(address), now());
            if (apply(claim) instanceof Refused<Address>(Refusal why)) {
                return why;
            }
            granted.add(address);
        }
        return null;
    }

    /** Why nothing of a subnet can be granted: another network may have been first. */
    private @Nullable Refusal subnetRefusal(String network, NetworkRecord record, Cidr subnet) {
        boolean isTaken = claimSubnet(taker(network, record.sinceMillis()), subnet) instanceof Granted;
        return !isTaken && claimSubnet(claimant(network), subnet) instanceof Refused<Subnet>(Refusal why) ? why : null;
    }

    private String textOf(Refusal refusal, String network, List<IpAddress> wanted) {
        for (IpAddress address : wanted) {
            for (Map.Entry<Holder, Holding> each : holdings(network).entrySet()) {
                if (refusal instanceof Refusal.Taken
                        && each.getValue().addresses().contains(address)) {
                    return address + " is granted to "
                            + Names.textOfHolder(each.getKey().name()) + " of node "
                            + each.getKey().node();
                }
            }
        }
        return refusal.message();
    }

    /** Whether it had them, and has them no more; what is said of an earlier attempt than the latest has no effect. */
    boolean release(String network, Holder holder, long attempt) {
        Holding held = holdings(network).get(holder);
        NetworkRecord record = own(network);
        if (held == null || record == null || attempt < held.attempt()) {
            return false;
        }
        giveBack(record, holder, held.addresses());
        remove(network, holder);
        return true;
    }

    private void remove(String network, Holder holder) {
        Map<Holder, Holding> ofNetwork = holdings.get(network);
        if (ofNetwork != null) {
            ofNetwork.remove(holder);
        }
        isChanged = true;
    }

    private void giveBack(NetworkRecord record, Holder holder, Collection<IpAddress> addresses) {
        for (IpAddress address : addresses) {
            Cidr subnet = subnetOf(record, address);
            if (subnet != null) {
                var _ = apply(new ReleaseAddress(holder.requester(), subnet(subnet), address(address), now()));
            }
        }
    }

    // ------------------------------------------------------------------ figures, bytes

    /** Of the pools of subnets, and of VNIs; ports are none of its affair. */
    List<Usage> usage() {
        return pools.usage().subList(0, pools.config().pools().size() + 1);
    }

    Optional<Usage> usage(Cidr subnet) {
        return pools.usage(subnet(subnet));
    }

    byte[] toBytes() {
        return LedgerFormat.encode(networks, holdings, pools.toBytes());
    }

    /** Takes what was read, whose pools may be others. */
    void restore(LedgerFormat.Content content, boolean isSamePools) {
        networks.putAll(content.networks());
        holdings.putAll(content.holdings());
        if (!isSamePools) {
            networks.forEach(this::claim);
            new LinkedHashMap<>(holdings).forEach(this::claimAnew);
            isChanged = true;
        }
    }

    /** Into pools that do not know of it. */
    private void claimAnew(String network, Map<Holder, Holding> ofNetwork) {
        holdings.remove(network);
        ofNetwork.forEach((holder, holding) -> {
            var _ = request(network, holder, holding.attempt(), holding.addresses());
        });
    }

    private <T> Result<T> apply(Command<T> command) {
        return pools.apply(command);
    }

    private long now() {
        return wallClock.getAsLong();
    }

    private static @Nullable Cidr subnetOf(NetworkRecord record, IpAddress address) {
        return record.subnets().stream()
                .filter(subnet -> subnet.contains(address))
                .findFirst()
                .orElse(null);
    }
}
