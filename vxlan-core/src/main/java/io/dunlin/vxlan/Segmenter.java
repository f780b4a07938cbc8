package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Extension;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;

/**
 * Does in software what a workload's kernel left to its device: cuts TCP and UDP super-packets into segments (TSO, USO), and completes
 * checksums. What leaves here is what the kernel would have sent without offloads:
 *
 * <ul>
 *   <li>lengths of its own in each segment, IPv4 identifications that count up
 *   <li>TCP sequence numbers that go on; PSH and FIN on the last segment only, CWR on the first only (RFC 3168 section 6.1.2)
 *   <li>IPv4 options, IPv6 extension headers and TCP options in all of them
 *   <li>right checksums, over the payload where it lies: it is not copied
 * </ul>
 */
public final class Segmenter {
    /** What encapsulation may put before a segment. */
    private static final int MAX_BEFORE = EspRoom.BEFORE + VxlanEncap.OVERHEAD;

    /** Of UDP: the field says that there is none (RFC 768). */
    private static final int NO_CHECKSUM = 0;

    /** Of a pseudo-header: each segment adds its own. */
    private static final int LENGTH_FOLLOWS = 0;

    private static final int LAST_ONLY = TcpHeader.FLAG_PSH | TcpHeader.FLAG_FIN;

    private Segmenter() {}

    /**
     * Checks what a device said about a packet that passed {@link IpCheck}, and drops the packet if it cannot be so. A super-packet whose
     * payload fits one segment becomes an ordinary packet.
     */
    public static void check(PacketBatch batch, int index) {
        if (batch.isChecksumPartial(index) && !isChecksumPlaced(batch, index)) {
            batch.drop(index, DropReason.OFFLOAD);
        } else if (batch.isSuperPacket(index)) {
            if (!isCuttable(batch, index)) {
                batch.drop(index, DropReason.OFFLOAD);
            } else if (batch.length(index) - headers(batch, index) <= batch.segmentSize(index)) {
                batch.setOrdinary(index);
            }
        }
    }

    private static boolean isChecksumPlaced(PacketBatch batch, int index) {
        return batch.checksumFrom(index) >= batch.start(index)
                && batch.checksumAt(index) >= batch.checksumFrom(index)
                && batch.checksumAt(index) + 2 <= batch.start(index) + batch.length(index);
    }

    private static boolean isCuttable(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int transport = batch.transport(index);
        if (transport == PacketBatch.NO_TRANSPORT) {
            return false;
        }
        int ip = batch.start(index);
        int end = ip + batch.length(index);
        boolean known = switch (batch.protocol(index)) {
            case IpProtocol.TCP -> true;
            case IpProtocol.UDP -> UdpHeader.datagramLength(memory, transport) == end - transport;
            default -> false;
        };
        if (!known || isFragment(memory, ip, transport)) {
            return false;
        }
        int headers = headers(batch, index);
        return headers <= PacketBatch.HEAD_ROOM - MAX_BEFORE
                && PacketBatch.segmentsOf(batch.length(index) - headers, batch.segmentSize(index))
                        <= PacketBatch.MAX_SEGMENTS;
    }

    private static boolean isFragment(Memory memory, int ip, int transport) {
        if (IpHeader.version(memory, ip) == 4) {
            return Ipv4Header.isFragment(memory, ip);
        }
        int type = Ipv6Header.nextHeader(memory, ip);
        int at = ip + Ipv6Header.LENGTH;
        while (at < transport && type != Ipv6Extension.FRAGMENT) {
            int next = Ipv6Extension.nextHeader(memory, at);
            at += Ipv6Extension.headerLength(memory, at, type);
            type = next;
        }
        return at < transport;
    }

    /** Bytes of a TCP or UDP packet before its payload: IP and transport header. */
    static int headers(PacketBatch batch, int index) {
        int transport = batch.transport(index);
        int length = batch.protocol(index) == IpProtocol.TCP
                ? TcpHeader.headerLength(batch.memory(), transport)
                : UdpHeader.LENGTH;
        return transport + length - batch.start(index);
    }

    /** Bytes of the largest IP packet that leaves, for a packet that passed {@link #check}. */
    public static int largest(PacketBatch batch, int index) {
        return batch.isSuperPacket(index) ? headers(batch, index) + batch.segmentSize(index) : batch.length(index);
    }

    /** Completes the checksum of an ordinary packet that passed {@link #check}, if it is partial. */
    public static void completeChecksum(PacketBatch batch, int index) {
        if (batch.isChecksumPartial(index)) {
            int end = batch.start(index) + batch.length(index);
            InternetChecksum.complete(batch.memory(), batch.checksumFrom(index), batch.checksumAt(index), end);
            batch.setChecksumComplete(index);
        }
    }

    /**
     * Cuts a super-packet that passed {@link #check}.
     *
     * @param before bytes in front of the packet that belong in front of each segment too, 0 to 46: what encapsulates it
     */
    public static void cut(PacketBatch batch, int index, int before) {
        int headers = headers(batch, index);
        batch.cut(index, headers, before + headers);
        Memory memory = batch.memory();
        int ip = batch.start(index);
        // In several short loops: each is compiled sooner and better than one that does it all.
        int segments = batch.segments(index);
        for (int k = 0; k < segments; k++) {
            memory.copy(ip - before, batch.head(index, k), before + headers);
        }
        if (IpHeader.version(memory, ip) == 4) {
            cutIpv4(batch, index, before, headers);
        } else {
            cutIpv6(batch, index, before, headers);
        }
        if (batch.protocol(index) == IpProtocol.TCP) {
            cutTcp(batch, index, before, headers);
        } else {
            cutUdp(batch, index, before);
        }
        batch.setChecksumComplete(index);
    }

    private static void cutIpv4(PacketBatch batch, int index, int before, int headers) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int identification = Ipv4Header.identification(memory, ip);
        long sum = Ipv4Header.sumOfShared(memory, ip, batch.transport(index) - ip);
        int segments = batch.segments(index);
        for (int k = 0; k < segments; k++) {
            int length = headers + batch.bodyLength(index, k);
            Ipv4Header.setOwn(memory, batch.head(index, k) + before, length, identification + k & 0xffff, sum);
        }
    }

    private static void cutIpv6(PacketBatch batch, int index, int before, int headers) {
        int segments = batch.segments(index);
        for (int k = 0; k < segments; k++) {
            int length = headers - Ipv6Header.LENGTH + batch.bodyLength(index, k);
            Ipv6Header.setPayloadLength(batch.memory(), batch.head(index, k) + before, length);
        }
    }

    private static void cutTcp(PacketBatch batch, int index, int before, int headers) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int tcp = batch.transport(index);
        int header = headers - (tcp - ip);
        int sequence = TcpHeader.sequence(memory, tcp);
        int flags = TcpHeader.flags(memory, tcp);
        long sum = TcpHeader.sumOfShared(memory, tcp, header)
                + InternetChecksum.pseudoHeader(memory, ip, IpProtocol.TCP, LENGTH_FOLLOWS);
        int segments = batch.segments(index);
        for (int k = 0; k < segments; k++) {
            int payload = batch.bodyLength(index, k);
            int here = k == segments - 1 ? flags : flags & ~LAST_ONLY;
            TcpHeader.setOwn(
                    memory,
                    batch.head(index, k) + before + (tcp - ip),
                    sequence + k * batch.segmentSize(index),
                    k == 0 ? here : here & ~TcpHeader.FLAG_CWR,
                    sum
                            + InternetChecksum.word(header + payload)
                            + InternetChecksum.sum(memory, batch.body(index, k), payload));
        }
    }

    private static void cutUdp(PacketBatch batch, int index, int before) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int udp = batch.transport(index);
        boolean summed = batch.isChecksumPartial(index) || UdpHeader.checksum(memory, udp) != NO_CHECKSUM;
        long sum = UdpHeader.sumOfPorts(memory, udp)
                + InternetChecksum.pseudoHeader(memory, ip, IpProtocol.UDP, LENGTH_FOLLOWS);
        int segments = batch.segments(index);
        for (int k = 0; k < segments; k++) {
            int header = batch.head(index, k) + before + (udp - ip);
            int length = UdpHeader.LENGTH + batch.bodyLength(index, k);
            UdpHeader.setDatagramLength(memory, header, length);
            if (summed) {
                int checksum = InternetChecksum.finish(sum
                        + 2 * InternetChecksum.word(length)
                        + InternetChecksum.sum(memory, batch.body(index, k), length - UdpHeader.LENGTH));
                UdpHeader.setChecksum(memory, header, checksum == NO_CHECKSUM ? 0xffff : checksum);
            }
        }
    }
}
