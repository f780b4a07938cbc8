package io.dunlin.node;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import java.util.ArrayList;
import java.util.List;

/**
 * What a workload's kernel sends from {@link #HERE}, by turns: bulk, acknowledgements and small datagrams, of many lengths, IPv4 and IPv6. A
 * case that is missing here is one the compiler believes never to happen: the first such packet makes it throw the code away and begin anew.
 *
 * <p>Packets lie off the heap, as all packets do: code that has seen arrays too is slower.
 */
final class WarmUpTraffic {
    /** One of each version: documentation's addresses (RFC 5737, RFC 3849). */
    static final List<IpAddress> HERE = List.of(IpAddress.parse("192.0.2.1"), IpAddress.parse("2001:db8::1"));

    static final List<IpAddress> THERE = List.of(IpAddress.parse("192.0.2.2"), IpAddress.parse("2001:db8::2"));

    static final int MTU = 1450;

    /** With timestamps, as nearly all have. */
    private static final int TCP_HEADER = 32;

    private static final int NOP_NOP_TIMESTAMPS = 0x0101_080a; // RFC 7323 appendix A
    /** More than the MTU allows; the end of the options follows. */
    private static final int MSS_1460 = 0x0204_05b4;

    static final int SOURCE_PORT = 50_000;
    static final int DESTINATION_PORT = 5201;
    /** So many, to this destination port and those that follow it. */
    static final int FLOWS = 2;

    private static final int PORTS = SOURCE_PORT << 16 | DESTINATION_PORT;
    private static final int NO_CHECKSUM = -1;
    private static final int TTL = 64;

    private final List<Template> templates = new ArrayList<>();
    private int turn;
    private int sequence;

    /**
     * @param transport where its header begins; the checksum covers all from there on
     * @param checksumAt where a partial checksum is, or {@link #NO_CHECKSUM}
     * @param segment bytes of payload in each segment of a super-packet; 0: an ordinary packet
     */
    private record Template(Memory packet, int protocol, int transport, int checksumAt, int segment) {}

    /** @param goals where it goes, one of each version */
    WarmUpTraffic(List<IpAddress> goals) {
        for (int i = 0; i < HERE.size(); i++) {
            IpAddress from = HERE.get(i);
            IpAddress to = goals.get(i);
            int full = MTU - IpHeader.length(from) - TCP_HEADER;
            templates.add(tcp(from, to, TcpHeader.FLAG_SYN, 0, full));
            templates.add(tcp(from, to, TcpHeader.FLAG_ACK | TcpHeader.FLAG_FIN, 0, full));
            for (int payload : new int[] {45 * full, 43 * full, 44 * full + 700, 1, 0, 4 * full + 333, 0, 535, 100}) {
                templates.add(tcp(from, to, TcpHeader.FLAG_ACK, payload, full));
                templates.add(tcp(from, to, TcpHeader.FLAG_ACK | TcpHeader.FLAG_PSH, payload, full));
            }
            for (int payload : new int[] {1, 18, 64, 511, 1200, 7 * 1200}) {
                templates.add(udp(from, to, payload, 1200));
            }
            templates.add(complete(udp(from, to, 64, 1200)));
        }
    }

    private Template tcp(IpAddress from, IpAddress to, int flags, int payload, int segment) {
        Memory packet = ip(from, to, IpProtocol.TCP, TCP_HEADER + payload);
        int at = IpHeader.length(from);
        packet.i32(at, PORTS + payload % FLOWS);
        packet.u8(at + TcpHeader.DATA_OFFSET, TCP_HEADER << 2);
        packet.u8(at + TcpHeader.FLAGS, flags);
        packet.i32(at + TcpHeader.LENGTH, flags == TcpHeader.FLAG_SYN ? MSS_1460 : NOP_NOP_TIMESTAMPS);
        TcpHeader.setChecksum(packet, at, partialChecksum(packet, IpProtocol.TCP, at));
        return new Template(packet, IpProtocol.TCP, at, at + TcpHeader.CHECKSUM, payload > segment ? segment : 0);
    }

    private Template udp(IpAddress from, IpAddress to, int payload, int segment) {
        int length = UdpHeader.LENGTH + payload;
        Memory packet = ip(from, to, IpProtocol.UDP, length);
        int at = IpHeader.length(from);
        packet.i32(at, PORTS);
        UdpHeader.setDatagramLength(packet, at, length);
        UdpHeader.setChecksum(packet, at, partialChecksum(packet, IpProtocol.UDP, at));
        return new Template(packet, IpProtocol.UDP, at, at + UdpHeader.CHECKSUM, payload > segment ? segment : 0);
    }

    /** The same with its checksum complete, as a packet that the workload forwards. */
    private static Template complete(Template partial) {
        Memory packet = partial.packet;
        InternetChecksum.complete(packet, partial.transport, partial.checksumAt, packet.size());
        return new Template(packet, partial.protocol, partial.transport, NO_CHECKSUM, 0);
    }

    private Memory ip(IpAddress from, IpAddress to, int protocol, int payload) {
        Memory packet = Memory.allocate(IpHeader.length(from) + payload);
        IpHeader.write(packet, 0, payload, TTL, protocol, from, to);
        return packet;
    }

    private static int partialChecksum(Memory packet, int protocol, int transport) {
        int bytes = packet.size() - transport;
        return InternetChecksum.partial(InternetChecksum.pseudoHeader(packet, 0, protocol, bytes));
    }

    /** Makes the next {@code count} packets all that the batch holds, or fewer if it is full before. */
    void fill(PacketBatch batch, int count) {
        batch.clear();
        for (int i = 0; i < count && !batch.isFull(); i++) {
            add(batch, templates.get(turn));
            turn = (turn + 1) % templates.size();
        }
    }

    private void add(PacketBatch batch, Template template) {
        int start = batch.nextStart();
        template.packet.copyTo(batch.memory(), 0, start, template.packet.size());
        int index = batch.append(template.packet.size());
        int transport = start + template.transport;
        batch.setTransport(index, template.protocol, transport);
        if (template.protocol == IpProtocol.TCP) {
            batch.memory().i32(transport + TcpHeader.SEQUENCE, sequence);
            batch.memory().i32(transport + TcpHeader.ACKNOWLEDGMENT, turn / 3); // some go on as they were, some do not
            sequence += template.packet.size() - template.transport - TCP_HEADER;
        }
        if (template.checksumAt != NO_CHECKSUM) {
            batch.setChecksumPartial(index, transport, start + template.checksumAt);
        }
        if (template.segment > 0) {
            batch.setSegmentSize(index, template.segment);
        }
    }
}
