package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the addresses of a subnet are handed out.
 *
 * @param subnet IPv4, or IPv6 of /64 or longer
 * @param gateway kept free for the gateway; null: the first usable address, and none in a /32 or /128
 * @param range where addresses are taken from; null: the whole subnet. Others are granted to who asks for them by name
 */
public record AddressPlan(
        Subnet subnet, @Nullable Address gateway, @Nullable Subnet range) {
    /** RFC 2526: the highest 128 interface identifiers are anycast addresses. Kept free in a /64, where they are no loss. */
    private static final long ANYCAST = 128;

    /** Its host's numbers are unsigned longs. */
    static final int SHORTEST_IPV6 = 64;

    public static AddressPlan of(Subnet subnet) {
        return new AddressPlan(subnet, null, null);
    }

    public AddressPlan gateway(Address address) {
        return new AddressPlan(subnet, address, range);
    }

    public AddressPlan range(Subnet part) {
        return new AddressPlan(subnet, gateway, part);
    }

    /** Why there can be no such subnet; empty: there can. */
    public Optional<Refusal> refusal() {
        if (subnet.prefix() == 0) {
            return invalid(subnet + " has mask length 0 and takes all addresses there are");
        }
        if (subnet.family() == Family.IPV6 && subnet.prefix() < SHORTEST_IPV6) {
            return invalid(
                    subnet + " is larger than an IPv6 subnet may be: /" + SHORTEST_IPV6 + " (RFC 4291 section 2.5.4)");
        }
        Optional<Refusal> special = SpecialRange.refusal(subnet);
        if (special.isPresent()) {
            return special;
        }
        if (gateway != null && (!subnet.contains(gateway) || !isUsable(subnet.hostOf(gateway)))) {
            return invalid("gateway " + gateway + " is no address of a host in " + subnet);
        }
        if (gateway != null && subnet.hostBits() == 0) {
            return invalid("gateway " + gateway + " would leave no usable address in " + subnet);
        }
        if (range != null && !subnet.contains(range)) {
            return invalid("range " + range + " is not within its subnet " + subnet);
        }
        if (Long.compareUnsigned(firstInRange(), lastInRange()) > 0
                || firstInRange() == lastInRange() && gatewayHost() == firstInRange()) {
            return invalid("range " + range + " leaves no usable address in " + subnet);
        }
        return Optional.empty();
    }

    private static Optional<Refusal> invalid(String reason) {
        return Optional.of(new Invalid(reason));
    }

    /** Where the gateway is; empty in a subnet of one address. */
    public Optional<Address> gatewayAddress() {
        long host = gatewayHost();
        return host == CellTree.NONE ? Optional.empty() : Optional.of(subnet.address(host));
    }

    long gatewayHost() {
        if (gateway != null) {
            return subnet.hostOf(gateway);
        }
        return subnet.hostBits() == 0 ? CellTree.NONE : firstUsable();
    }

    /** The first number of a host: 0 where there are one or two addresses (RFC 3021, RFC 6164), else 0 is the network's or the routers'. */
    long firstUsable() {
        return subnet.hostBits() <= 1 ? 0 : 1;
    }

    long lastUsable() {
        int bits = subnet.hostBits();
        if (bits == SHORTEST_IPV6) {
            return -1L - ANYCAST;
        }
        long last = (1L << bits) - 1;
        return subnet.family() == Family.IPV4 && bits > 1 ? last - 1 : last;
    }

    boolean isUsable(long host) {
        return Long.compareUnsigned(host, firstUsable()) >= 0 && Long.compareUnsigned(host, lastUsable()) <= 0;
    }

    long firstInRange() {
        long first = range == null ? 0 : subnet.hostOf(range.base());
        return Long.compareUnsigned(first, firstUsable()) > 0 ? first : firstUsable();
    }

    long lastInRange() {
        long last = range == null ? lastUsable() : subnet.hostOf(range.last());
        return Long.compareUnsigned(last, lastUsable()) < 0 ? last : lastUsable();
    }
}
