package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;

/** Turns a packet that passed {@link IpCheck} into an ICMP error to its sender, in place: it is cut, and quoted behind new headers. */
final class IcmpError {
    /** An ICMPv4 error is at most this long (RFC 1812 section 4.3.2.3). */
    private static final int MAX_IPV4 = 576;
    /** An ICMPv6 error is at most as long as the least MTU of IPv6 (RFC 4443 section 3.2). */
    private static final int MAX_IPV6 = 1280;

    private static final int TTL = 64;

    private IcmpError() {}

    /** Whether no error may answer it: it is one itself, or not a packet's beginning (RFC 1122 section 3.2.2, RFC 4443 section 2.4). */
    static boolean isForbidden(PacketBatch batch, int index) {
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

    /** @param rest the four bytes after the checksum */
    static void replaceIpv4(PacketBatch batch, int index, int mtu, int from, int type, int code, int rest) {
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
        IcmpHeader.write(memory, icmp, type, code, rest);
        IcmpHeader.completeIpv4(memory, icmp, bytes - Ipv4Header.LENGTH);
        batch.setTransport(index, IpProtocol.ICMP, icmp);
    }

    /** @param rest the four bytes after the checksum */
    static void replaceIpv6(
            PacketBatch batch, int index, int mtu, long fromHigh, long fromLow, int type, int code, int rest) {
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
        IcmpHeader.write(memory, icmp, type, code, rest);
        IcmpHeader.completeIpv6(memory, ip, icmp, payload);
        batch.setTransport(index, IpProtocol.ICMPV6, icmp);
    }

    /** Bytes before an answer that leaves the node: one to a packet that came sealed will be sealed. */
    private static int encapsulation(PacketBatch batch, int index) {
        return VxlanEncap.OVERHEAD + (batch.isOpened(index) ? EspRoom.BEFORE : 0);
    }
}
