package io.dunlin.lb;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;

/** TCP segments that end a connection (RFC 9293 section 3.10.7.1). */
final class TcpReset {
    private static final int TTL = 64;

    private TcpReset() {}

    /**
     * Turns a TCP packet that passed IpCheck into the RST that answers it, in place.
     *
     * @param packet what it is
     * @param answer gets what it becomes
     * @return false if it is a RST itself, which nothing answers: the packet is as it was
     */
    static boolean answer(PacketBatch batch, int index, Ends packet, Ends answer) {
        Memory memory = batch.memory();
        int tcp = packet.transport;
        int flags = TcpHeader.flags(memory, tcp);
        if ((flags & TcpHeader.FLAG_RST) != 0) {
            return false;
        }
        boolean acknowledges = (flags & TcpHeader.FLAG_ACK) != 0;
        int sequence = acknowledges ? TcpHeader.acknowledgment(memory, tcp) : 0;
        int acknowledgment = acknowledges ? 0 : endOf(batch, index, tcp);
        answer.turn(packet);
        batch.resize(index, headers(answer.addresses));
        batch.setRewritten(index);
        int reset = acknowledges ? TcpHeader.FLAG_RST : TcpHeader.FLAG_RST | TcpHeader.FLAG_ACK;
        int at = write(memory, batch.start(index), answer, sequence, acknowledgment, reset);
        batch.setTransport(index, IpProtocol.TCP, at);
        return true;
    }

    /** The sequence number that follows all that a TCP packet or super-packet holds. */
    static int endOf(PacketBatch batch, int index, int tcp) {
        Memory memory = batch.memory();
        int flags = TcpHeader.flags(memory, tcp);
        int payload = batch.totalLength(index) - (tcp - batch.start(index)) - TcpHeader.headerLength(memory, tcp);
        return TcpHeader.sequence(memory, tcp)
                + payload
                + ((flags & TcpHeader.FLAG_SYN) != 0 ? 1 : 0)
                + ((flags & TcpHeader.FLAG_FIN) != 0 ? 1 : 0);
    }

    /**
     * Adds a RST from one end to the other to a batch that is not full.
     *
     * @return its index
     */
    static int append(PacketBatch batch, Ends ends, int sequence, int acknowledgment) {
        int reset = TcpHeader.FLAG_RST | TcpHeader.FLAG_ACK;
        int tcp = write(batch.memory(), batch.nextStart(), ends, sequence, acknowledgment, reset);
        int index = batch.append(headers(ends.addresses));
        batch.setTransport(index, IpProtocol.TCP, tcp);
        return index;
    }

    private static int headers(Addresses addresses) {
        boolean ipv4 = IpAddress.isIpv4(addresses.sourceHigh, addresses.sourceLow);
        return (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) + TcpHeader.LENGTH;
    }

    private static int write(Memory memory, int ip, Ends ends, int sequence, int acknowledgment, int flags) {
        Addresses addresses = ends.addresses;
        int tcp;
        if (IpAddress.isIpv4(addresses.sourceHigh, addresses.sourceLow)) {
            int bytes = Ipv4Header.LENGTH + TcpHeader.LENGTH;
            int from = (int) addresses.sourceLow;
            Ipv4Header.write(memory, ip, bytes, TTL, IpProtocol.TCP, from, (int) addresses.destinationLow);
            tcp = ip + Ipv4Header.LENGTH;
        } else {
            Ipv6Header.write(
                    memory,
                    ip,
                    TcpHeader.LENGTH,
                    IpProtocol.TCP,
                    TTL,
                    addresses.sourceHigh,
                    addresses.sourceLow,
                    addresses.destinationHigh,
                    addresses.destinationLow);
            tcp = ip + Ipv6Header.LENGTH;
        }
        TcpHeader.write(memory, tcp, ends.sourcePort, ends.destinationPort, sequence, acknowledgment, flags);
        long pseudo = InternetChecksum.pseudoHeader(memory, ip, IpProtocol.TCP, TcpHeader.LENGTH);
        TcpHeader.setChecksum(
                memory, tcp, InternetChecksum.finish(pseudo + InternetChecksum.sum(memory, tcp, TcpHeader.LENGTH)));
        return tcp;
    }
}
