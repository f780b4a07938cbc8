package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.VxlanHeader;

/**
 * Recognizes datagrams whose headers repeat those of one before: what {@link VxlanDecap}, {@link IpCheck} and the forwarding table said
 * of that one, they would say again. Bulk arrives in runs of dozens, and a comparison costs a quarter of being asked anew
 * (PathBenchmark).
 *
 * <p>What does not repeat is checked here as there: lengths, checksums of IPv4 headers, TCP's data offset. A SYN never goes on with a
 * run, for {@link MssClamp} looks at each.
 */
public final class HeaderRun {
    private static final int BEFORE_IP = VxlanHeader.LENGTH + EthernetHeader.LENGTH;

    private int first = PacketBatch.NO_PACKET;
    private int firstIp;
    private int longest;

    /** Without a run. */
    public HeaderRun() {}

    /** Ends the run, if there is one: for a new batch at the least. */
    public void end() {
        first = PacketBatch.NO_PACKET;
    }

    /**
     * Begins a run with a packet of TCP or UDP that passed all stages and is forwarded as it is: a node's device gets it whole. Any
     * other packet ends it.
     */
    public void begin(PacketBatch batch, int index) {
        int ip = batch.start(index);
        boolean ipv4 = IpHeader.version(batch.memory(), ip) == 4;
        int protocol = batch.protocol(index);
        if ((protocol == IpProtocol.TCP || protocol == IpProtocol.UDP)
                && batch.transport(index) == ip + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH)
                && !(ipv4 && Ipv4Header.isFragment(batch.memory(), ip))) {
            first = index;
            firstIp = ip;
            longest = batch.length(index);
        } else {
            end();
        }
    }

    /**
     * Whether a datagram that begins with its VXLAN header goes on with the run. If so, it is left as the stages would leave it: it
     * begins with its IP header, and has a transport header and a flow.
     */
    public boolean goesOn(PacketBatch batch, int index) {
        if (first == PacketBatch.NO_PACKET
                || batch.isOpened(index) != batch.isOpened(first) // who may forge the one may not forge the other
                || batch.peerLow(index) != batch.peerLow(first)
                || batch.peerHigh(index) != batch.peerHigh(first)) {
            return false;
        }
        Memory memory = batch.memory();
        int at = batch.start(index);
        int ip = at + BEFORE_IP;
        int bytes = batch.length(index) - BEFORE_IP;
        int ipHeader = batch.transport(first) - firstIp;
        int transport = ip + ipHeader;
        if (bytes > longest
                || bytes < ipHeader + UdpHeader.LENGTH
                || !VxlanHeader.areEqual(memory, firstIp - BEFORE_IP, at)
                || !EthernetHeader.areEqual(memory, firstIp - EthernetHeader.LENGTH, at + VxlanHeader.LENGTH)
                || UdpHeader.ports(memory, firstIp + ipHeader) != UdpHeader.ports(memory, transport)
                || !(ipHeader == Ipv4Header.LENGTH ? repeatsIpv4(memory, ip, bytes) : repeatsIpv6(memory, ip, bytes))
                || !(batch.protocol(first) == IpProtocol.TCP
                        ? isTcp(memory, transport, bytes - ipHeader)
                        : isUdp(memory, transport, bytes - ipHeader))) {
            return false;
        }
        batch.strip(index, BEFORE_IP);
        batch.setTransport(index, batch.protocol(first), transport);
        batch.setFlow(index, batch.flow(first));
        return true;
    }

    private boolean repeatsIpv4(Memory memory, int ip, int bytes) {
        return Ipv4Header.areAlike(memory, firstIp, ip)
                && Ipv4Header.totalLength(memory, ip) == bytes
                && Ipv4Header.isChecksumRight(memory, ip, Ipv4Header.LENGTH);
    }

    private boolean repeatsIpv6(Memory memory, int ip, int bytes) {
        return Ipv6Header.areAlike(memory, firstIp, ip)
                && Ipv6Header.payloadLength(memory, ip) == bytes - Ipv6Header.LENGTH;
    }

    private static boolean isTcp(Memory memory, int tcp, int bytes) {
        if (!TcpHeader.checkLength(bytes) || (TcpHeader.flags(memory, tcp) & TcpHeader.FLAG_SYN) != 0) {
            return false;
        }
        int header = TcpHeader.headerLength(memory, tcp);
        return header >= TcpHeader.LENGTH && header <= bytes;
    }

    private static boolean isUdp(Memory memory, int udp, int bytes) {
        int length = UdpHeader.datagramLength(memory, udp);
        return length >= UdpHeader.LENGTH && length <= bytes;
    }
}
