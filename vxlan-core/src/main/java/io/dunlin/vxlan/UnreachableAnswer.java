package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;

/**
 * Turns a packet that nobody takes into the ICMP error "port unreachable" (RFC 792, RFC 4443 section 3.1), in place, from the address it was
 * for.
 */
public final class UnreachableAnswer {
    private static final int UNUSED = 0;
    /** An ICMP error is shorter than any network's MTU. */
    private static final int ANY_MTU = 65_535;

    private UnreachableAnswer() {}

    /**
     * To be called for packets that passed {@link IpCheck}.
     *
     * @return whether the packet is an answer now, to be sent where it came from; false where an answer is forbidden (RFC 1122 section
     *     3.2.2, RFC 4443 section 2.4): the packet is as it was
     */
    public static boolean answer(PacketBatch batch, int index) {
        if (IcmpError.isForbidden(batch, index)) {
            return false;
        }
        Memory memory = batch.memory();
        int ip = batch.start(index);
        if (IpHeader.version(memory, ip) == 4) {
            IcmpError.replaceIpv4(
                    batch,
                    index,
                    ANY_MTU,
                    Ipv4Header.destination(memory, ip),
                    IcmpHeader.UNREACHABLE,
                    IcmpHeader.PORT_UNREACHABLE,
                    UNUSED);
        } else {
            IcmpError.replaceIpv6(
                    batch,
                    index,
                    ANY_MTU,
                    Ipv6Header.destinationHigh(memory, ip),
                    Ipv6Header.destinationLow(memory, ip),
                    IcmpHeader.V6_UNREACHABLE,
                    IcmpHeader.V6_PORT_UNREACHABLE,
                    UNUSED);
        }
        return true;
    }
}
