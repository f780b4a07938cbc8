package io.dunlin.vxlan.wire;

/**
 * An address range in prefix notation: 10.0.0.0/24, fd00::/64. No IPv4 address is in an IPv6 range, though ::/0 spans the mapped form
 * that {@link IpAddress} keeps them in.
 *
 * @param base the first address; its host bits are 0
 * @param prefix its fixed bits: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Cidr(IpAddress base, int prefix) {
    public Cidr {
        if (prefix < 0 || prefix > base.bits()) {
            throw new IllegalArgumentException(
                    "prefix length /" + prefix + " of " + base + " is out of range: allowed are 0 to " + base.bits());
        }
        if (!mask(base, prefix).equals(base)) {
            throw new IllegalArgumentException(base + "/" + prefix + " has bits set behind its prefix: did you mean "
                    + mask(base, prefix) + "/" + prefix + "?");
        }
        if (last(base, prefix).isIpv4() != base.isIpv4()) {
            throw new IllegalArgumentException(
                    base + "/" + prefix + " ends among the IPv4-mapped addresses ::ffff:0:0/96, which stand for IPv4");
        }
    }

    /**
     * Reads {@code ADDRESS/PREFIX}.
     *
     * @throws IllegalArgumentException naming what was given and what would do
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
            throw new IllegalArgumentException("not a CIDR: \"" + text + "\" (like 10.0.0.0/24 or fd00::/64)");
        }
        return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    public boolean contains(IpAddress address) {
        return address.isIpv4() == base.isIpv4() && mask(address, prefix).equals(base);
    }

    public boolean overlaps(Cidr other) {
        return contains(other.base) || other.contains(base);
    }

    /** The {@code offset}-th address of the range, counted from its base; not checked against its end. */
    public IpAddress address(int offset) {
        return new IpAddress(base.high(), base.low() + offset);
    }

    /** The last address of the range: for an IPv4 subnet its broadcast address. */
    public IpAddress last() {
        return last(base, prefix);
    }

    private static IpAddress last(IpAddress base, int prefix) {
        int hostBits = base.bits() - prefix;
        return new IpAddress(
                base.high() | (hostBits > 64 ? ones(hostBits - 64) : 0), base.low() | ones(Math.min(hostBits, 64)));
    }

    private static IpAddress mask(IpAddress address, int prefix) {
        int hostBits = address.bits() - prefix;
        return new IpAddress(
                address.high() & ~(hostBits > 64 ? ones(hostBits - 64) : 0),
                address.low() & ~ones(Math.min(hostBits, 64)));
    }

    private static long ones(int bits) {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }

    @Override
    public String toString() {
        return base + "/" + prefix;
    }
}
