package io.dunlin.ipam;

/**
 * A range of addresses that is cut into subnets of one length: 10.0.0.0/8 into /24.
 *
 * @param range what is cut
 * @param subnetPrefix the prefix length of each subnet: at least the range's, and one that leaves room for a gateway and an endpoint
 */
public record AddressPool(Subnet range, int subnetPrefix) {
    /** 10.0.0.0/8 cut into 65,536 subnets of 254 addresses. */
    public static final AddressPool DEFAULT = new AddressPool(Subnet.parse("10.0.0.0/8"), 24);

    /** The number of a subnet in its pool has fewer bits. */
    static final int MAX_BITS = 60;

    /** How many bits number the subnets. */
    int bits() {
        return subnetPrefix - range.prefix();
    }

    /** How many subnets it has. */
    long size() {
        return 1L << bits();
    }

    /** The subnet with that number. */
    Subnet subnet(long number) {
        int shift = range.family().bits() - subnetPrefix;
        Address base = range.base();
        return new Subnet(
                shift >= Long.SIZE
                        ? new Address(base.high() | number << (shift - Long.SIZE), base.low())
                        : new Address(base.high() | carried(number, shift), base.low() | number << shift),
                subnetPrefix);
    }

    /** The number of the subnet that an address of this pool is in. */
    long numberOf(Address address) {
        int shift = range.family().bits() - subnetPrefix;
        long high = address.high() ^ range.base().high();
        long low = address.low() ^ range.base().low();
        return shift >= Long.SIZE
                ? high >>> (shift - Long.SIZE)
                : low >>> shift | (shift == 0 ? 0 : high << (Long.SIZE - shift));
    }

    /** What of {@code number << shift} goes beyond 64 bits. */
    private static long carried(long number, int shift) {
        return shift == 0 ? 0 : number >>> (Long.SIZE - shift);
    }

    @Override
    public String toString() {
        return range + " cut into /" + subnetPrefix;
    }
}
