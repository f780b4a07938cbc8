package io.dunlin.lb.dns;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;

/**
 * Turns a DNS query to the gateway address, a UDP packet to port 53, into its answer, in place. For packets that passed {@code IpCheck}.
 * Allocates nothing.
 */
public final class NameAnswer {
    /** The port that queries go to. */
    public static final int PORT = 53;

    private static final int TTL = 64;

    /** What became of a packet. */
    public enum Outcome {
        /** It is the answer now, to be sent where it came from. */
        ANSWERED,
        /** It is a query as before, for what the network does not know: {@link UpstreamQuery#of}. */
        ASK_UPSTREAM,
        /** It is as before: no query, or not one in one whole packet with a right checksum. */
        NO_QUERY
    }

    private NameAnswer() {}

    /**
     * Looks whether the packet is a query, and answers it.
     *
     * @param mtu bytes that the answer may have with its headers: 576 or more
     * @param zone the names of the packet's network
     */
    public static Outcome answer(PacketBatch batch, int index, int mtu, DnsResponder responder, Zone zone) {
        if (!isQuery(batch, index) || !batch.hasRoom(index, mtu)) {
            return Outcome.NO_QUERY;
        }
        Memory memory = batch.memory();
        int udp = batch.transport(index);
        int message = udp + UdpHeader.LENGTH;
        int headers = message - batch.start(index);
        int length = UdpHeader.datagramLength(memory, udp) - UdpHeader.LENGTH;
        int answer = responder.answerDatagram(memory, message, length, mtu - headers, zone);
        if (answer == DnsResponder.ASK_UPSTREAM) {
            return Outcome.ASK_UPSTREAM;
        }
        if (answer == DnsResponder.NO_ANSWER) {
            return Outcome.NO_QUERY;
        }
        batch.resize(index, headers + answer);
        batch.setRewritten(index);
        turnRound(memory, batch.start(index), udp, answer);
        return Outcome.ANSWERED;
    }

    private static boolean isQuery(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int udp = batch.transport(index);
        if (udp == PacketBatch.NO_TRANSPORT
                || batch.protocol(index) != IpProtocol.UDP
                || UdpHeader.destinationPort(memory, udp) != PORT
                || UdpHeader.sourcePort(memory, udp) == 0
                || batch.isSuperPacket(index)) {
            return false;
        }
        // no options and no extension headers, which nobody asks for names with: so in IPv6 no fragment, too
        boolean isWhole = IpHeader.version(memory, ip) == 4
                ? udp == ip + Ipv4Header.LENGTH && !Ipv4Header.isFragment(memory, ip)
                : udp == ip + Ipv6Header.LENGTH;
        return isWhole && (batch.isChecksumPartial(index) || isChecksumRight(memory, ip, udp));
    }

    private static boolean isChecksumRight(Memory memory, int ip, int udp) {
        if (UdpHeader.checksum(memory, udp) == 0) {
            return IpHeader.version(memory, ip) == 4; // in IPv6 there has to be one (RFC 8200 section 8.1)
        }
        int bytes = UdpHeader.datagramLength(memory, udp);
        return InternetChecksum.isRight(InternetChecksum.pseudoHeader(memory, ip, IpProtocol.UDP, bytes)
                + InternetChecksum.sum(memory, udp, bytes));
    }

    private static void turnRound(Memory memory, int ip, int udp, int messageBytes) {
        int bytes = UdpHeader.LENGTH + messageBytes;
        if (IpHeader.version(memory, ip) == 4) {
            Ipv4Header.swapAddresses(memory, ip);
            Ipv4Header.setTtl(memory, ip, TTL);
            Ipv4Header.setTotalLength(memory, ip, udp - ip + bytes);
        } else {
            Ipv6Header.swapAddresses(memory, ip);
            Ipv6Header.setHopLimit(memory, ip, TTL);
            Ipv6Header.setPayloadLength(memory, ip, bytes);
        }
        int asker = UdpHeader.sourcePort(memory, udp);
        UdpHeader.writeUnsummed(memory, udp, PORT, asker, bytes);
        complete(memory, ip, udp, bytes);
    }

    /** Sets the checksum of a UDP packet that has none yet. */
    static void complete(Memory memory, int ip, int udp, int bytes) {
        int checksum = InternetChecksum.finish(InternetChecksum.pseudoHeader(memory, ip, IpProtocol.UDP, bytes)
                + InternetChecksum.sum(memory, udp, bytes));
        UdpHeader.setChecksum(memory, udp, checksum == 0 ? 0xffff : checksum); // zero stands for none (RFC 768)
    }
}
