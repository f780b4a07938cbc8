package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.ArpMessage;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.NeighbourMessage;
import org.jspecify.annotations.Nullable;

/**
 * Answers ARP requests (RFC 826) and neighbour solicitations (RFC 4861) of other VTEPs for endpoints on this node, in place, so that an
 * ordinary VXLAN device can be a peer. Nothing is learnt from what they say, and nothing is ever flooded.
 */
public final class NeighbourAnswer {
    private static final int HOP_LIMIT = 255;
    private static final long ALL_NODES_HIGH = 0xff02_0000_0000_0000L;
    private static final long ALL_NODES_LOW = 1;
    /** Upper 40 of the lower 64 bits of ff02::1:ff00:0/104 (RFC 4291 section 2.7.1). */
    private static final long SOLICITED_NODE_PREFIX = 0x1ff;

    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;

    private NeighbourAnswer() {}

    /**
     * Answers the ARP message with which the packet begins.
     *
     * @return why there is no answer; null if the packet is one now, a whole datagram to be sent to the VTEP it came from
     */
    public static @Nullable DropReason answerArp(
            PacketBatch batch, int index, ForwardingTable table, int vni, long sourceMac) {
        Memory memory = batch.memory();
        int arp = batch.start(index);
        if (!ArpMessage.checkLength(batch.length(index))
                || !ArpMessage.isIpv4OverEthernet(memory, arp)
                || ArpMessage.senderMac(memory, arp) != sourceMac) {
            return DropReason.ARP_MALFORMED;
        }
        int target = ArpMessage.targetIpv4(memory, arp);
        if (ArpMessage.operation(memory, arp) != ArpMessage.REQUEST
                || !(table.route(vni, 0, IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(target))
                        instanceof Route.Local local)) {
            return DropReason.ARP_UNANSWERED;
        }
        int sender = ArpMessage.senderIpv4(memory, arp);
        ArpMessage.write(memory, arp, ArpMessage.REPLY, local.mac(), target, sourceMac, sender);
        batch.resize(index, ArpMessage.LENGTH);
        VxlanEncap.encap(batch, index, vni, local.mac(), sourceMac, EthernetHeader.TYPE_ARP);
        return null;
    }

    /** Whether the IPv6 packet is of neighbour discovery, and so for {@link #answerNeighbour} rather than for an endpoint. */
    public static boolean isNeighbourDiscovery(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        return batch.length(index) > Ipv6Header.LENGTH
                && Ipv6Header.nextHeader(memory, ip) == IpProtocol.ICMPV6
                && IpCheck.isNeighbourDiscovery(IcmpHeader.type(memory, ip + Ipv6Header.LENGTH));
    }

    /**
     * Answers the neighbour solicitation that the packet is.
     *
     * @return why there is no answer; null if the packet is one now, a whole datagram to be sent to the VTEP it came from
     */
    public static @Nullable DropReason answerNeighbour(
            PacketBatch batch, int index, ForwardingTable table, int vni, long sourceMac) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int icmp = ip + Ipv6Header.LENGTH;
        int bytes = Ipv6Header.payloadLength(memory, ip);
        if (IcmpHeader.type(memory, icmp) != IcmpHeader.V6_NEIGHBOUR_SOLICITATION) {
            return DropReason.ND_UNANSWERED; // a host that looks for routers, mostly
        }
        // The tests of RFC 4861 section 7.1.1; hop limit 255 proves that no router forwarded it.
        if (bytes > batch.length(index) - Ipv6Header.LENGTH
                || !NeighbourMessage.checkLength(bytes)
                || Ipv6Header.hopLimit(memory, ip) != HOP_LIMIT
                || IcmpHeader.code(memory, icmp) != 0
                || !IcmpHeader.isChecksumRightIpv6(memory, ip, icmp, bytes)) {
            return DropReason.ND_MALFORMED;
        }
        long sourceHigh = Ipv6Header.sourceHigh(memory, ip);
        long sourceLow = Ipv6Header.sourceLow(memory, ip);
        // A sender without an address asks whether the one it wants is free (RFC 4862 section 5.4): all of its link
        // must hear that it is not, which here is the one that asked.
        boolean probe = sourceHigh == 0 && sourceLow == 0;
        if (!NeighbourMessage.areOptionsRight(memory, icmp, bytes)
                || sourceHigh >>> 56 == 0xff
                || probe && !isProbeRight(memory, ip, icmp, bytes)) {
            return DropReason.ND_MALFORMED;
        }
        long targetHigh = NeighbourMessage.targetHigh(memory, icmp);
        long targetLow = NeighbourMessage.targetLow(memory, icmp);
        if (IpAddress.isIpv4(targetHigh, targetLow)
                || !(table.route(vni, targetHigh, targetLow) instanceof Route.Local local)) {
            return DropReason.ND_UNANSWERED;
        }
        int behind = batch.isOpened(index) ? EspRoom.MOST_BEHIND : 0; // then the answer will be sealed
        if (!batch.hasRoom(index, Ipv6Header.LENGTH + NeighbourMessage.LENGTH_WITH_MAC + behind)) {
            return DropReason.ND_UNANSWERED; // a probe, shorter than its answer, with another datagram right behind it
        }
        int flags = NeighbourMessage.FLAG_OVERRIDE | (probe ? 0 : NeighbourMessage.FLAG_SOLICITED);
        Ipv6Header.write(
                memory,
                ip,
                NeighbourMessage.LENGTH_WITH_MAC,
                IpProtocol.ICMPV6,
                HOP_LIMIT,
                targetHigh,
                targetLow,
                probe ? ALL_NODES_HIGH : sourceHigh,
                probe ? ALL_NODES_LOW : sourceLow);
        NeighbourMessage.writeAdvertisement(memory, icmp, flags, targetHigh, targetLow, local.mac());
        IcmpHeader.completeIpv6(memory, ip, icmp, NeighbourMessage.LENGTH_WITH_MAC);
        batch.resize(index, Ipv6Header.LENGTH + NeighbourMessage.LENGTH_WITH_MAC);
        VxlanEncap.encap(batch, index, vni, local.mac(), probe ? ALL_NODES_MAC : sourceMac, EthernetHeader.TYPE_IPV6);
        return null;
    }

    /** Goes to the solicited-node multicast address, and names no MAC for an address that is none (RFC 4861 section 7.1.1). */
    private static boolean isProbeRight(Memory memory, int ip, int icmp, int bytes) {
        return Ipv6Header.destinationHigh(memory, ip) == ALL_NODES_HIGH
                && Ipv6Header.destinationLow(memory, ip) >>> 24 == SOLICITED_NODE_PREFIX
                && !NeighbourMessage.hasOption(memory, icmp, bytes, NeighbourMessage.OPTION_SOURCE_MAC);
    }
}
