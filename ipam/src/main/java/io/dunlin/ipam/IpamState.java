package io.dunlin.ipam;

import io.dunlin.ipam.Command.ClaimAddress;
import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseAddress;
import io.dunlin.ipam.Command.ReleaseNumber;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Command.RequestNumber;
import io.dunlin.ipam.Command.RequestSubnet;
import io.dunlin.ipam.Command.RequestSubnetPair;
import io.dunlin.ipam.Refusal.Invalid;
import io.dunlin.ipam.Refusal.NotHeld;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which subnet, address, VNI and port: a state machine. What {@link #apply} answers depends on the commands before it and nothing
 * else, so replicas that apply one log agree, and their {@link #toBytes bytes} are equal. For one thread at a time; {@link Ipam} is for more.
 */
public final class IpamState {
    private final IpamConfig config;
    private final UsageListener listener;
    private final Map<Family, SubnetPools> subnets = new EnumMap<>(Family.class);
    /** Of granted subnets; one that nobody has asked for an address has none yet. */
    private final TreeMap<Subnet, SubnetAddresses> addresses = new TreeMap<>();

    /** Where the gateway is in subnets of so many bits whose plan names none: one for all of them. */
    private final Map<Integer, CellTree> gateways = new HashMap<>();

    private final Map<NumberSpace, ValuePool<Integer>> numbers = new EnumMap<>(NumberSpace.class);

    private IpamState(IpamConfig config, UsageListener listener) {
        this.config = config;
        this.listener = listener;
        for (Family family : Family.values()) {
            subnets.put(family, new SubnetPools(family, config));
        }
        for (NumberSpace space : NumberSpace.values()) {
            numbers.put(space, newNumbers(space));
        }
    }

    private ValuePool<Integer> newNumbers(NumberSpace space) {
        var segment = new Segment(space.first(), space.last());
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(space.max());
        var pool = new NumberPool(bits, List.of(segment), new CellTree(bits), config.policy(), quarantineMillis());
        return new ValuePool<>(pool, new NumbersOf(space));
    }

    private record NumbersOf(NumberSpace space) implements ValuePool.Meaning<Integer> {
        @Override
        public Integer valueOf(long number) {
            return Math.toIntExact(number);
        }

        @Override
        public String name() {
            return space + "s " + space.first() + " to " + space.last();
        }

        @Override
        public String nameOf(Segment segment) {
            return name();
        }
    }

    /** With everything free; refused is what {@link IpamConfig#refusal} says, and a pool that its exclusions leave empty. */
    public static Result<IpamState> of(IpamConfig config, UsageListener listener) {
        Optional<Refusal> refusal = config.refusal();
        if (refusal.isPresent()) {
            return new Refused<>(refusal.get());
        }
        var state = new IpamState(config, listener);
        for (SubnetPools pools : state.subnets.values()) {
            Optional<Refusal> empty = pools.refusal();
            if (empty.isPresent()) {
                return new Refused<>(empty.get());
            }
        }
        return new Granted<>(state);
    }

    /**
     * Reads what {@link #toBytes} gave, of this version or an earlier one.
     *
     * @throws MalformedStateException if these bytes are nothing of the kind, and why
     */
    public static IpamState read(byte[] bytes, UsageListener listener) throws MalformedStateException {
        return StateFormat.decode(bytes, listener);
    }

    /** All of it, in a format that later versions read. Equal states give equal bytes. */
    public byte[] toBytes() {
        return StateFormat.encode(this);
    }

    public IpamConfig config() {
        return config;
    }

    /** Does what the command says, or nothing. */
    @SuppressWarnings("unchecked") // each command's case gives what it declares
    public <T> Result<T> apply(Command<T> command) {
        return (Result<T>)
                switch (command) {
                    case RequestSubnet request -> apply(request);
                    case RequestSubnetPair request -> apply(request);
                    case ClaimSubnet claim -> apply(claim);
                    case ReleaseSubnet release -> apply(release);
                    case RequestAddress request -> apply(request);
                    case ClaimAddress claim -> apply(claim);
                    case ReleaseAddress release -> apply(release);
                    case RequestNumber request -> apply(request);
                    case ClaimNumber claim -> apply(claim);
                    case ReleaseNumber release -> apply(release);
                };
    }

    private Result<Subnet> apply(RequestSubnet request) {
        SubnetPools pools = pools(request.family());
        Result<Subnet> result = pools.request(request.requester(), request.nowMillis());
        pools.pool().warn(listener);
        return result;
    }

    private Result<SubnetPair> apply(RequestSubnetPair request) {
        for (SubnetPools pools : subnets.values()) {
            if (!pools.canGrant(request.requester(), request.nowMillis())) {
                return new Refused<>(pools.pool().exhausted());
            }
        }
        Result<Subnet> ipv4 = apply(new RequestSubnet(request.requester(), Family.IPV4, request.nowMillis()));
        Result<Subnet> ipv6 = apply(new RequestSubnet(request.requester(), Family.IPV6, request.nowMillis()));
        return new Granted<>(new SubnetPair(ipv4.orElseThrow(), ipv6.orElseThrow()));
    }

    private Result<Subnet> apply(ClaimSubnet claim) {
        Optional<Refusal> refusal = claim.plan().refusal();
        if (refusal.isPresent()) {
            return new Refused<>(refusal.get());
        }
        Subnet subnet = claim.plan().subnet();
        SubnetPools pools = pools(subnet.family());
        boolean isNew = !pools.isGranted(subnet);
        Result<Subnet> result = pools.claim(subnet, claim.requester(), claim.nowMillis());
        if (isNew && result instanceof Granted && !claim.plan().equals(AddressPlan.of(subnet))) {
            addresses.put(subnet, newAddresses(claim.plan()));
        }
        pools.pool().warn(listener);
        return result;
    }

    private Result<Subnet> apply(ReleaseSubnet release) {
        Subnet subnet = release.subnet();
        SubnetPools pools = pools(subnet.family());
        SubnetAddresses used = addresses.get(subnet);
        if (used != null && pools.isHeld(subnet, release.requester())) {
            long granted = used.pool().numbers().granted();
            if (granted != 0) {
                return new Refused<>(new Refusal.InUse(subnet, granted));
            }
        }
        Result<Subnet> result = pools.release(subnet, release.requester(), release.nowMillis());
        if (result instanceof Granted) {
            addresses.remove(subnet);
        }
        pools.pool().warn(listener);
        return result;
    }

    private Result<Address> apply(RequestAddress request) {
        SubnetAddresses pool = addressesOf(request.subnet());
        if (pool == null) {
            return new Refused<>(notGranted(request.subnet()));
        }
        Result<Address> result = pool.request(request.requester(), request.nowMillis());
        pool.pool().warn(listener);
        return result;
    }

    private Result<Address> apply(ClaimAddress claim) {
        SubnetAddresses pool = addressesOf(claim.subnet());
        if (pool == null) {
            return new Refused<>(notGranted(claim.subnet()));
        }
        Result<Address> result = pool.claim(claim.address(), claim.requester(), claim.nowMillis());
        pool.pool().warn(listener);
        return result;
    }

    private Result<Address> apply(ReleaseAddress release) {
        SubnetAddresses pool = addresses.get(release.subnet());
        if (pool == null) {
            return new Refused<>(
                    new NotHeld(release.requester(), release.address().toString()));
        }
        Result<Address> result = pool.release(release.address(), release.requester(), release.nowMillis());
        pool.pool().warn(listener);
        return result;
    }

    private Result<Integer> apply(RequestNumber request) {
        ValuePool<Integer> pool = numbers(request.space());
        Result<Integer> result = pool.request(request.requester(), request.nowMillis());
        pool.warn(listener);
        return result;
    }

    private Result<Integer> apply(ClaimNumber claim) {
        NumberSpace space = claim.space();
        if (claim.number() < 1 || claim.number() > space.max()) {
            return Invalid.because(space + " " + claim.number() + " is out of range: allowed are 1 to " + space.max());
        }
        ValuePool<Integer> pool = numbers(space);
        Result<Integer> result = pool.claim(claim.number(), claim.requester(), claim.nowMillis());
        pool.warn(listener);
        return result;
    }

    private Result<Integer> apply(ReleaseNumber release) {
        NumberSpace space = release.space();
        if (release.number() < 1 || release.number() > space.max()) {
            return new Refused<>(new NotHeld(release.requester(), space + " " + release.number()));
        }
        ValuePool<Integer> pool = numbers(space);
        Result<Integer> result = pool.release(release.number(), release.requester(), release.nowMillis());
        pool.warn(listener);
        return result;
    }

    private @Nullable SubnetAddresses addressesOf(Subnet subnet) {
        SubnetAddresses known = addresses.get(subnet);
        if (known == null && pools(subnet.family()).isGranted(subnet)) {
            known = newAddresses(AddressPlan.of(subnet));
            addresses.put(subnet, known);
        }
        return known;
    }

    private static Refusal notGranted(Subnet subnet) {
        return new Invalid(subnet + " is no granted subnet");
    }

    SubnetAddresses newAddresses(AddressPlan plan) {
        CellTree gateway = plan.gateway() == null
                ? gateways.computeIfAbsent(plan.subnet().hostBits(), _ -> SubnetAddresses.gateway(plan))
                : SubnetAddresses.gateway(plan);
        return new SubnetAddresses(plan, gateway, config.policy(), quarantineMillis());
    }

    private long quarantineMillis() {
        return config.quarantine().toMillis();
    }

    /** How the addresses of a granted subnet are handed out; empty: it is not granted. */
    public Optional<AddressPlan> plan(Subnet subnet) {
        SubnetAddresses known = addresses.get(subnet);
        if (known != null) {
            return Optional.of(known.plan());
        }
        return pools(subnet.family()).isGranted(subnet) ? Optional.of(AddressPlan.of(subnet)) : Optional.empty();
    }

    /** How full each pool of subnets, VNIs and ports is, as of the last command. */
    public List<Usage> usage() {
        var usage = new ArrayList<Usage>();
        subnets.values().forEach(pools -> usage.addAll(pools.pool().usage()));
        numbers.values().forEach(pool -> usage.addAll(pool.usage()));
        return usage;
    }

    /** How full a granted subnet is, as of the last command for it; empty: it is not granted. */
    public Optional<Usage> usage(Subnet subnet) {
        return plan(subnet)
                .map(plan -> addresses.getOrDefault(subnet, newAddresses(plan)))
                .map(pool -> pool.pool().usage().getFirst());
    }

    SubnetPools pools(Family family) {
        return Objects.requireNonNull(subnets.get(family));
    }

    ValuePool<Integer> numbers(NumberSpace space) {
        return Objects.requireNonNull(numbers.get(space));
    }

    /** The subnets of which addresses were asked for, in their order. */
    SequencedCollection<SubnetAddresses> addresses() {
        return addresses.sequencedValues();
    }

    void restore(SubnetAddresses pool) {
        addresses.put(pool.plan().subnet(), pool);
    }
}
