package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;

/** Source and destination of a packet, in {@link IpAddress}'s form. Reused from packet to packet. */
final class Addresses {
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;

    /** Reads those of the IP header at {@code ip}. */
    void read(Memory memory, int ip) {
        if (IpHeader.version(memory, ip) == 4) {
            sourceHigh = 0;
            sourceLow = IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(Ipv4Header.source(memory, ip));
            destinationHigh = 0;
            destinationLow = IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(Ipv4Header.destination(memory, ip));
        } else {
            sourceHigh = Ipv6Header.sourceHigh(memory, ip);
            sourceLow = Ipv6Header.sourceLow(memory, ip);
            destinationHigh = Ipv6Header.destinationHigh(memory, ip);
            destinationLow = Ipv6Header.destinationLow(memory, ip);
        }
    }

    /** Writes them into the IP header at {@code ip}, of the same version; IPv4's checksum with them. */
    void write(Memory memory, int ip) {
        if (IpHeader.version(memory, ip) == 4) {
            Ipv4Header.setSource(memory, ip, (int) sourceLow);
            Ipv4Header.setDestination(memory, ip, (int) destinationLow);
        } else {
            Ipv6Header.setSource(memory, ip, sourceHigh, sourceLow);
            Ipv6Header.setDestination(memory, ip, destinationHigh, destinationLow);
        }
    }

    void copy(Addresses other) {
        sourceHigh = other.sourceHigh;
        sourceLow = other.sourceLow;
        destinationHigh = other.destinationHigh;
        destinationLow = other.destinationLow;
    }

    void source(long high, long low) {
        sourceHigh = high;
        sourceLow = low;
    }

    void destination(long high, long low) {
        destinationHigh = high;
        destinationLow = low;
    }

    /** Their 16-bit words added up in one's complement, so that a checksum can be told how they changed. */
    int sum() {
        return OnesComplement.add(
                OnesComplement.add(OnesComplement.fold(sourceHigh), OnesComplement.fold(sourceLow)),
                OnesComplement.add(OnesComplement.fold(destinationHigh), OnesComplement.fold(destinationLow)));
    }
}
