package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
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
    private TooBigAnswer() {}

    /**
     * Answers a packet of an endpoint on this node, from the network's gateway address. To be called for packets that passed {@link
     * IpCheck}.
     *
     * @return whether the packet is an answer now, to be sent where it came from; false where an answer is forbidden (RFC 1122 section
     *     3.2.2, RFC 4443 section 2.4) or the network has no gateway address to answer from: the packet is as it was
     */
    public static boolean answer(PacketBatch batch, int index, ForwardingTable.Network network) {
        if (IcmpError.isForbidden(batch, index)) {
            return false;
        }
        boolean ipv4 = IpHeader.version(batch.memory(), batch.start(index)) == 4;
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
        if (IcmpError.isForbidden(batch, index)) {
            return false;
        }
        Memory memory = batch.memory();
        int ip = batch.start(index);
        if (IpHeader.version(memory, ip) == 4) {
            answerIpv4(batch, index, mtu, Ipv4Header.destination(memory, ip));
        } else {
            answerIpv6(
                    batch, index, mtu, Ipv6Header.destinationHigh(memory, ip), Ipv6Header.destinationLow(memory, ip));
        }
        return true;
    }

    private static void answerIpv4(PacketBatch batch, int index, int mtu, int from) {
        IcmpError.replaceIpv4(batch, index, mtu, from, IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, mtu);
    }

    private static void answerIpv6(PacketBatch batch, int index, int mtu, long fromHigh, long fromLow) {
        IcmpError.replaceIpv6(batch, index, mtu, fromHigh, fromLow, IcmpHeader.V6_TOO_BIG, 0, mtu);
    }
}
