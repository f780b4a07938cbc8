package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of addresses in prefix notation: 10.0.0.0/24, fd00::/64. Ordered by its base, then by its length, shortest first.
 *
 * @param base the first address; its host bits are 0
 * @param prefix its fixed bits: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Subnet(Address base, int prefix) implements Comparable<Subnet> {
    private static final Pattern TEXT = Pattern.compile("([^/]{1,64})/(0|[1-9][0-9]{0,2})");

    public Subnet {
        String reason = reasonAgainst(base, prefix);
        if (!reason.isEmpty()) {
            throw new IllegalArgumentException(reason);
        }
    }

    private static String reasonAgainst(Address base, int prefix) {
        int bits = base.family().bits();
        if (prefix < 0 || prefix > bits) {
            return "prefix length /" + prefix + " of " + base + " is out of range: allowed are 0 to " + bits;
        }
        Address masked = masked(base, prefix);
        if (!masked.equals(base)) {
            return base + "/" + prefix + " has host bits set: did you mean " + masked + "/" + prefix + "?";
        }
        if (last(base, prefix).family() != base.family()) {
            return base + "/" + prefix + " ends among the IPv4-mapped addresses ::ffff:0:0/96, which stand for IPv4";
        }
        return "";
    }

    /** Reads {@code ADDRESS/PREFIX}. */
    public static Result<Subnet> read(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Invalid.because("not a subnet: " + Invalid.quote(text) + " (like 10.0.0.0/24 or fd00::/64)");
        }
        int prefix = Integer.parseInt(matcher.group(2));
        return switch (Address.read(matcher.group(1))) {
            case Granted<Address>(Address base) -> {
                String reason = reasonAgainst(base, prefix);
                yield reason.isEmpty() ? new Granted<>(new Subnet(base, prefix)) : Invalid.because(reason);
            }
            case Refused<Address>(Refusal why) -> new Refused<>(why);
        };
    }

    /**
     * Reads a subnet that a program holds.
     *
     * @throws IllegalArgumentException with what {@link #read} refuses it for
     */
    public static Subnet parse(String text) {
        return read(text).orElseThrow();
    }

    public Family family() {
        return base.family();
    }

    /** How many bits of an address number the hosts. */
    public int hostBits() {
        return family().bits() - prefix;
    }

    /** The subnet of that prefix length that an address is in. */
    public static Subnet of(Address address, int prefix) {
        return new Subnet(masked(address, prefix), prefix);
    }

    public boolean contains(Address address) {
        return address.family() == family() && masked(address, prefix).equals(base);
    }

    public boolean contains(Subnet other) {
        return other.prefix >= prefix && contains(other.base);
    }

    public boolean overlaps(Subnet other) {
        return contains(other) || other.contains(this);
    }

    /** The last address: for IPv4 the broadcast address. */
    public Address last() {
        return last(base, prefix);
    }

    /** The address with this number in the subnet, which is unsigned, and not checked against the subnet's end. */
    Address address(long host) {
        return new Address(base.high(), base.low() | host);
    }

    /** The number in this subnet of an address that is in it; the subnet has at most 64 host bits. */
    long hostOf(Address address) {
        return address.low() ^ base.low();
    }

    private static Address last(Address base, int prefix) {
        int hostBits = base.family().bits() - prefix;
        return new Address(base.high() | ones(hostBits - 64), base.low() | ones(hostBits));
    }

    private static Address masked(Address address, int prefix) {
        int hostBits = address.family().bits() - prefix;
        return new Address(address.high() & ~ones(hostBits - 64), address.low() & ~ones(hostBits));
    }

    /** So many one bits, none below 0 and 64 at most. */
    private static long ones(int bits) {
        return bits <= 0 ? 0 : -1L >>> Math.max(0, 64 - bits);
    }

    @Override
    public int compareTo(Subnet other) {
        int byBase = base.compareTo(other.base);
        return byBase != 0 ? byBase : Integer.compare(prefix, other.prefix);
    }

    @Override
    public String toString() {
        return base + "/" + prefix;
    }
}
