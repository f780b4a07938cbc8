package io.dunlin.ipam;

/**
 * What {@link IpamState#apply} is asked. Each carries the time in milliseconds of one clock; one that is earlier than what a pool
 * was told before counts as that.
 *
 * @param <T> what is granted, or given back
 */
public sealed interface Command<T> {
    Requester requester();

    long nowMillis();

    /** The next subnet of the pools of a family. */
    record RequestSubnet(Requester requester, Family family, long nowMillis) implements Command<Subnet> {}

    /** A subnet of each family, or none. */
    record RequestSubnetPair(Requester requester, long nowMillis) implements Command<SubnetPair> {}

    /** This subnet, in a pool or not; it is out of circulation until it is released. */
    record ClaimSubnet(Requester requester, AddressPlan plan, long nowMillis) implements Command<Subnet> {}

    /** Gives a subnet back of which no address is granted. */
    record ReleaseSubnet(Requester requester, Subnet subnet, long nowMillis) implements Command<Subnet> {}

    /** The next address of a granted subnet. */
    record RequestAddress(Requester requester, Subnet subnet, long nowMillis) implements Command<Address> {}

    /** This address of a granted subnet. */
    record ClaimAddress(Requester requester, Subnet subnet, Address address, long nowMillis)
            implements Command<Address> {}

    record ReleaseAddress(Requester requester, Subnet subnet, Address address, long nowMillis)
            implements Command<Address> {}

    /** The next VNI or port. */
    record RequestNumber(Requester requester, NumberSpace space, long nowMillis) implements Command<Integer> {}

    /** This VNI or port. */
    record ClaimNumber(Requester requester, NumberSpace space, int number, long nowMillis)
            implements Command<Integer> {}

    record ReleaseNumber(Requester requester, NumberSpace space, int number, long nowMillis)
            implements Command<Integer> {}
}
