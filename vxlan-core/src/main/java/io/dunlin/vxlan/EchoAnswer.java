package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;

/** Turns an echo request to an address the node itself answers for into its reply, in place (RFC 792, RFC 4443 section 4). */
public final class EchoAnswer {
    private static final int TTL = 64;

    private EchoAnswer() {}

    /**
     * To be called for packets that passed {@link IpCheck}.
     *
     * @return whether the packet is a reply now, to be sent where it came from; false if it was no whole and right echo request
     */
    public static boolean answer(PacketBatch batch, int index) {
        return IpHeader.version(batch.memory(), batch.start(index)) == 4
                ? answerIpv4(batch, index)
                : answerIpv6(batch, index);
    }

    private static boolean answerIpv4(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int icmp = batch.transport(index);
        boolean whole = !Ipv4Header.isFragment(memory, ip);
        if (batch.protocol(index) != IpProtocol.ICMP
                || !whole
                || IcmpHeader.type(memory, icmp) != IcmpHeader.ECHO_REQUEST
                || IcmpHeader.code(memory, icmp) != 0
                || !IcmpHeader.isChecksumRightIpv4(memory, icmp, batch.start(index) + batch.length(index) - icmp)) {
            return false;
        }
        Ipv4Header.swapAddresses(memory, ip);
        Ipv4Header.setTtl(memory, ip, TTL);
        IcmpHeader.setType(memory, icmp, IcmpHeader.ECHO_REPLY);
        return true;
    }

    private static boolean answerIpv6(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int icmp = batch.transport(index);
        boolean whole = icmp == ip + Ipv6Header.LENGTH; // no extension headers, so no fragment
        if (batch.protocol(index) != IpProtocol.ICMPV6
                || !whole
                || IcmpHeader.type(memory, icmp) != IcmpHeader.V6_ECHO_REQUEST
                || IcmpHeader.code(memory, icmp) != 0
                || !IcmpHeader.isChecksumRightIpv6(memory, ip, icmp, batch.length(index) - Ipv6Header.LENGTH)) {
            return false;
        }
        Ipv6Header.swapAddresses(memory, ip);
        Ipv6Header.setHopLimit(memory, ip, TTL);
        IcmpHeader.setType(memory, icmp, IcmpHeader.V6_ECHO_REPLY);
        return true;
    }
}
