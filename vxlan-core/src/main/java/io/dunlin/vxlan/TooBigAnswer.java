package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;

/**
 * Turns a packet that is larger than the inner MTU into the ICMP error that tells its sender so, in place: "fragmentation needed" with
 * the MTU (RFC 792, RFC 1191), "packet too big" (RFC 4443 section 3.2). The packet itself is cut, and quoted behind the new headers.
 *
 * <p>The node never fragments: it answers so whether "don't fragment" is set or not, as a host would rather know.
 */
public final class TooBigAnswer {
    /** An ICMPv4 error is at most this long (RFC 1812 section 4.3.2.3). */
    private static final int MAX_IPV4 = 576;
    /** An ICMPv6 error is at most as long as the least MTU of IPv6 (RFC 4443 section 3.2). */
    private static final int MAX_IPV6 = 1280;

    private static final int TTL = 64;

    private TooBigAnswer() {}

    /**
     * Answers a packet of an endpoint on this node, from the network's gateway address. To be called for packets that passed {@link
     * IpCheck}.
     *
     * @return whether the packet is an answer now, to be sent where it came from; false where an answer is forbidden (RFC 1122 section
     *     3.2.2, RFC 4443 section 2.4) or the network has no gateway address to answer from: the packet is as it was
     */
    public static boolean answer(PacketBatch batch, int index, ForwardingTable.Network network) {
        if (isForbidden(batch, index)) {
            return false;
        }
        boolean ipv4 = Ipv4Header.version(batch.memory(), batch.start(index)) == 4;
        IpAddress from = ipv4 ? network.gatewayIpv4() : network.gatewayIpv6();
        if (from == null) {
            return false;
        }
        if (ipv4) {
            answerIpv4(batch, index, network.mtu(), from.lowInt());
        } else {
            answerIpv6(batch, index, network.mtu(), from.high(), from.low());
        }
        return true;
    }

    /**
     * Answers a packet of an endpoint behind another VTEP, from the packet's own destination. Each node has the gateway address for
     * itself alone, and takes nothing from the underlay that claims to come from it; the destination is where the other node looks for
     * it: behind this one.
     *
     * @return as for {@link #answer}
     */
    public static boolean answerAsDestination(PacketBatch batch, int index, int mtu) {
        if (isForbidden(batch, index)) {
            return false;
        }
        Memory memory = batch.memory();
        int ip = batch.start(index);
        if (Ipv4Header.version(memory, ip) == 4) {
            answerIpv4(batch, index, mtu, Ipv4Header.destination(memory, ip));
        } else {
            answerIpv6(
                    batch, index, mtu, Ipv6Header.destinationHigh(memory, ip), Ipv6Header.destinationLow(memory, ip));
        }
        return true;
    }

    private static void answerIpv4(PacketBatch batch, int index, int mtu, int from) {
        Memory memory = batch.memory();
        int sender = Ipv4Header.source(memory, batch.start(index));
        int headers = Ipv4Header.LENGTH + IcmpHeader.LENGTH;
        batch.resize(index, Math.min(batch.length(index), Math.min(MAX_IPV4, mtu) - headers));
        batch.setRewritten(index);
        batch.ensureHeadroom(index, headers + encapsulation(batch, index));
        int ip = batch.prepend(index, headers);
        int icmp = ip + Ipv4Header.LENGTH;
        int bytes = batch.length(index);
        Ipv4Header.write(memory, ip, bytes, TTL, IpProtocol.ICMP, from, sender);
        IcmpHeader.write(memory, icmp, IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, mtu);
        IcmpHeader.completeIpv4(memory, icmp, bytes - Ipv4Header.LENGTH);
        batch.setTransport(index, IpProtocol.ICMP, icmp);
    }

    private static void answerIpv6(PacketBatch batch, int index, int mtu, long fromHigh, long fromLow) {
        Memory memory = batch.memory();
        long senderHigh = Ipv6Header.sourceHigh(memory, batch.start(index));
        long senderLow = Ipv6Header.sourceLow(memory, batch.start(index));
        int headers = Ipv6Header.LENGTH + IcmpHeader.LENGTH;
        batch.resize(index, Math.min(batch.length(index), Math.min(MAX_IPV6, mtu) - headers));
        batch.setRewritten(index);
        batch.ensureHeadroom(index, headers + encapsulation(batch, index));
        int ip = batch.prepend(index, headers);
        int icmp = ip + Ipv6Header.LENGTH;
        int payload = batch.length(index) - Ipv6Header.LENGTH;
        Ipv6Header.write(memory, ip, payload, IpProtocol.ICMPV6, TTL, fromHigh, fromLow, senderHigh, senderLow);
        IcmpHeader.write(memory, icmp, IcmpHeader.V6_TOO_BIG, 0, mtu);
        IcmpHeader.completeIpv6(memory, ip, icmp, payload);
        batch.setTransport(index, IpProtocol.ICMPV6, icmp);
    }

    /** Bytes before an answer that leaves the node: one to a packet that came sealed will be sealed. */
    private static int encapsulation(PacketBatch batch, int index) {
        return VxlanEncap.OVERHEAD + (batch.isOpened(index) ? EspRoom.BEFORE : 0);
    }

    private static boolean isForbidden(PacketBatch batch, int index) {
        return batch.transport(index) == PacketBatch.NO_TRANSPORT || isIcmpError(batch, index);
    }

    private static boolean isIcmpError(PacketBatch batch, int index) {
        int type = IcmpHeader.type(batch.memory(), batch.transport(index));
        return switch (batch.protocol(index)) {
            case IpProtocol.ICMP -> type != IcmpHeader.ECHO_REPLY && type != IcmpHeader.ECHO_REQUEST;
            case IpProtocol.ICMPV6 -> type < IcmpHeader.V6_FIRST_INFORMATIONAL;
            default -> false;
        };
    }
}
