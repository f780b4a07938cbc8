package io.dunlin.ipam;

import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Hands out subnets, addresses, VNIs and ports to any number of threads: an {@link IpamState} behind a lock, with a clock.
 *
 * <p>A lock, as a request takes less time than handing it to another thread would. The listener is called without it, on the thread whose
 * request filled the pool, and may ask in turn.
 */
public final class Ipam {
    private record Warning(int percent, Usage usage) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final IpamState state;
    private final InstantSource clock;
    private final UsageListener listener;
    /** What the request that holds the lock has to tell. */
    private final List<Warning> warnings;

    private Ipam(IpamState state, InstantSource clock, UsageListener listener, List<Warning> warnings) {
        this.state = state;
        this.clock = clock;
        this.listener = listener;
        this.warnings = warnings;
    }

    /** With everything free; refused is what {@link IpamState#of} refuses. */
    public static Result<Ipam> open(IpamConfig config, InstantSource clock, UsageListener listener) {
        var warnings = new ArrayList<Warning>();
        return switch (IpamState.of(config, (percent, usage) -> warnings.add(new Warning(percent, usage)))) {
            case Granted<IpamState>(IpamState state) -> new Granted<>(new Ipam(state, clock, listener, warnings));
            case Refused<IpamState>(Refusal why) -> new Refused<>(why);
        };
    }

    /**
     * As it was when {@link #toBytes} was called.
     *
     * @throws MalformedStateException as {@link IpamState#read}
     */
    public static Ipam read(byte[] bytes, InstantSource clock, UsageListener listener) throws MalformedStateException {
        var warnings = new ArrayList<Warning>();
        IpamState state = IpamState.read(bytes, (percent, usage) -> warnings.add(new Warning(percent, usage)));
        return new Ipam(state, clock, listener, warnings);
    }

    /** The next subnet of the pools of that family. */
    public Result<Subnet> requestSubnet(Requester requester, Family family) {
        return apply(now -> new Command.RequestSubnet(requester, family, now));
    }

    /** A subnet of each family, or none. */
    public Result<SubnetPair> requestSubnetPair(Requester requester) {
        return apply(now -> new Command.RequestSubnetPair(requester, now));
    }

    /** This subnet, in a pool or not; it is out of circulation until it is released. */
    public Result<Subnet> claimSubnet(Requester requester, AddressPlan plan) {
        return apply(now -> new Command.ClaimSubnet(requester, plan, now));
    }

    /** Gives a subnet back of which no address is granted. */
    public Result<Subnet> releaseSubnet(Requester requester, Subnet subnet) {
        return apply(now -> new Command.ReleaseSubnet(requester, subnet, now));
    }

    /** The next address of a granted subnet. */
    public Result<Address> requestAddress(Requester requester, Subnet subnet) {
        return apply(now -> new Command.RequestAddress(requester, subnet, now));
    }

    /** This address of a granted subnet. */
    public Result<Address> claimAddress(Requester requester, Subnet subnet, Address address) {
        return apply(now -> new Command.ClaimAddress(requester, subnet, address, now));
    }

    public Result<Address> releaseAddress(Requester requester, Subnet subnet, Address address) {
        return apply(now -> new Command.ReleaseAddress(requester, subnet, address, now));
    }

    /** The next VNI or port. */
    public Result<Integer> requestNumber(Requester requester, NumberSpace space) {
        return apply(now -> new Command.RequestNumber(requester, space, now));
    }

    /** This VNI or port. */
    public Result<Integer> claimNumber(Requester requester, NumberSpace space, int number) {
        return apply(now -> new Command.ClaimNumber(requester, space, number, now));
    }

    public Result<Integer> releaseNumber(Requester requester, NumberSpace space, int number) {
        return apply(now -> new Command.ReleaseNumber(requester, space, number, now));
    }

    private <T> Result<T> apply(LongFunction<Command<T>> command) {
        List<Warning> due;
        Result<T> result;
        lock.lock();
        try {
            // the clock is read under the lock, so that the log's order is that of its times
            result = state.apply(command.apply(clock.millis()));
            due = List.copyOf(warnings);
            warnings.clear();
        } finally {
            lock.unlock();
        }
        due.forEach(warning -> listener.onWarning(warning.percent(), warning.usage()));
        return result;
    }

    /** How the addresses of a granted subnet are handed out; empty: it is not granted. */
    public Optional<AddressPlan> plan(Subnet subnet) {
        return locked(() -> state.plan(subnet));
    }

    /** How full each pool of subnets, VNIs and ports is. */
    public List<Usage> usage() {
        return locked(state::usage);
    }

    /** How full a granted subnet is; empty: it is not granted. */
    public Optional<Usage> usage(Subnet subnet) {
        return locked(() -> state.usage(subnet));
    }

    /** All of it, for {@link #read}. */
    public byte[] toBytes() {
        return locked(state::toBytes);
    }

    private <T> T locked(Supplier<T> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }
}
