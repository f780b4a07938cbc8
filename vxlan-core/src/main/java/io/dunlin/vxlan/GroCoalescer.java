package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.InternetChecksum;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import java.util.Arrays;

/**
 * Joins consecutive segments of one flow, as they arrived in one batch, into a super-packet that a device takes as one: what {@link
 * Segmenter} cut. Cutting it again would give the same segments, but for the identifications of IPv4 packets that may not be fragmented,
 * which mean nothing (RFC 6864).
 *
 * <p>A packet is joined to those before it if
 *
 * <ul>
 *   <li>it carries TCP or UDP payload, in IPv4 without options or IPv6 without extension headers, and is no fragment
 *   <li>everything in its headers is the same but lengths, checksums, identification and what counts up: of TCP the sequence number goes
 *       on where the last one ended, and of fragmentable IPv4 the identification does
 *   <li>it has no flag but ACK and ECE, and PSH or FIN, which end the super-packet
 *   <li>it is not longer than the first one; one that is shorter ends the super-packet
 *   <li>its checksum and the first one's are right: the receiving kernel will not look at them again. UDP without a checksum stays as
 *       it is.
 * </ul>
 *
 * <p>Flows do not stop each other: up to {@value #LANES} are joined side by side. Packets of one flow never overtake each other: one that
 * is not joined ends what was joined before it.
 */
public final class GroCoalescer {
    private static final int LANES = 16;
    private static final int NO_CHECKSUM = 0;
    private static final int MAX_PACKET = 65_535;

    private static final int LAST_ONLY = TcpHeader.FLAG_PSH | TcpHeader.FLAG_FIN;

    // Lane by lane, chosen by flow hash: the super-packet that may grow.
    private final int[] first = new int[LANES];
    private final int[] last = new int[LANES];
    private final int[] network = new int[LANES];
    /** Bytes before the payload of each part. */
    private final int[] headers = new int[LANES];

    private final int[] parts = new int[LANES];
    private final int[] payload = new int[LANES];
    private final int[] nextSequence = new int[LANES];
    private final int[] nextIdentification = new int[LANES];
    private final boolean[] verified = new boolean[LANES];

    /** First packets of all that has more than one, in their order. */
    private final int[] joined;

    private int joinedCount;
    private long segments;

    /** @param capacity of the batches it will see */
    public GroCoalescer(int capacity) {
        joined = new int[capacity];
        begin();
    }

    /** Forgets the last batch. */
    public void begin() {
        Arrays.fill(first, PacketBatch.NO_PACKET);
        joinedCount = 0;
        segments = 0;
    }

    /**
     * Joins a packet that passed {@link IpCheck} to those before it, if it can be. Otherwise it stays what it is, and others may be joined
     * to it.
     *
     * @param vni the packet's network: two may use the same addresses
     */
    public void add(PacketBatch batch, int index, int vni) {
        int lane = lane(batch.flow(index));
        int bytesBefore = joinableHeaders(batch, index);
        if (bytesBefore == 0) {
            first[lane] = PacketBatch.NO_PACKET;
            return;
        }
        if (first[lane] != PacketBatch.NO_PACKET
                && network[lane] == vni
                && isAlike(batch, index, lane, bytesBefore)
                && follows(batch, index, lane)) {
            if (!verified[lane]) {
                verified[lane] = isChecksumRight(batch, first[lane]);
            }
            if (verified[lane]) {
                joinIfRight(batch, index, lane);
                return;
            }
        }
        open(batch, index, lane, bytesBefore, vni);
    }

    /**
     * The same for a packet of which {@link HeaderRun} says that it goes on with the run of the last one added: what it has compared is not
     * compared again.
     */
    public void addRepeating(PacketBatch batch, int index, int vni) {
        int lane = lane(batch.flow(index));
        if (first[lane] != PacketBatch.NO_PACKET && verified[lane] && follows(batch, index, lane)) {
            joinIfRight(batch, index, lane);
        } else {
            add(batch, index, vni);
        }
    }

    private static int lane(int flow) {
        return (flow ^ flow >>> 16) & LANES - 1;
    }

    /** Bytes before the payload of a packet that may be joined to others, or 0. */
    private static int joinableHeaders(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int transport = batch.transport(index);
        if (IpHeader.version(memory, ip) == 4) {
            if (transport != ip + Ipv4Header.LENGTH || Ipv4Header.isFragment(memory, ip)) {
                return 0;
            }
        } else if (transport != ip + Ipv6Header.LENGTH) {
            return 0;
        }
        int bytes = batch.length(index) - (transport - ip);
        boolean joinable = switch (batch.protocol(index)) {
            case IpProtocol.TCP -> {
                int flags = TcpHeader.flags(memory, transport) & ~(LAST_ONLY | TcpHeader.FLAG_ECE);
                yield flags == TcpHeader.FLAG_ACK && TcpHeader.headerLength(memory, transport) < bytes;
            }
            case IpProtocol.UDP ->
                UdpHeader.datagramLength(memory, transport) == bytes
                        && bytes > UdpHeader.LENGTH
                        && UdpHeader.checksum(memory, transport) != NO_CHECKSUM;
            default -> false;
        };
        return joinable ? Segmenter.headers(batch, index) : 0;
    }

    /** Whether network and ports are those of the lane's packets: of the headers, what {@link HeaderRun} compares. */
    private boolean isAlike(PacketBatch batch, int index, int lane, int bytesBefore) {
        Memory memory = batch.memory();
        int head = first[lane];
        int ip = batch.start(index);
        int headIp = batch.start(head);
        boolean ipv4 = IpHeader.version(memory, ip) == 4;
        return batch.protocol(index) == batch.protocol(head)
                && ipv4 == (IpHeader.version(memory, headIp) == 4)
                && bytesBefore == headers[lane]
                && (ipv4 ? Ipv4Header.areAlike(memory, headIp, ip) : Ipv6Header.areAlike(memory, headIp, ip))
                && UdpHeader.ports(memory, batch.transport(index)) == UdpHeader.ports(memory, batch.transport(head));
    }

    /** Whether a packet that is alike goes on where the lane's last one ended, and has a place in the super-packet. */
    private boolean follows(PacketBatch batch, int index, int lane) {
        Memory memory = batch.memory();
        int head = first[lane];
        int ip = batch.start(index);
        int transport = batch.transport(index);
        int bytes = batch.length(index) - headers[lane];
        if (bytes <= 0
                || bytes > batch.length(head) - headers[lane]
                || parts[lane] == PacketBatch.MAX_SEGMENTS
                || headers[lane] + payload[lane] + bytes > MAX_PACKET) {
            return false;
        }
        if (IpHeader.version(memory, ip) == 4
                && (Ipv4Header.fragment(memory, ip) & Ipv4Header.DONT_FRAGMENT) == 0
                && Ipv4Header.identification(memory, ip) != nextIdentification[lane]) {
            return false;
        }
        return batch.protocol(head) == IpProtocol.TCP
                ? TcpHeader.sequence(memory, transport) == nextSequence[lane]
                        && TcpHeader.areAlike(
                                memory, batch.transport(head), transport, headers[lane] - (transport - ip))
                : UdpHeader.datagramLength(memory, transport) == UdpHeader.LENGTH + bytes
                        && UdpHeader.checksum(memory, transport) != NO_CHECKSUM;
    }

    private void joinIfRight(PacketBatch batch, int index, int lane) {
        if (isChecksumRight(batch, index)) {
            join(batch, index, lane);
        } else {
            first[lane] = PacketBatch.NO_PACKET;
        }
    }

    private static boolean isChecksumRight(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int transport = batch.transport(index);
        int bytes = batch.length(index) - (transport - ip);
        return InternetChecksum.isRight(InternetChecksum.pseudoHeader(memory, ip, batch.protocol(index), bytes)
                + InternetChecksum.sum(memory, transport, bytes));
    }

    private void join(PacketBatch batch, int index, int lane) {
        Memory memory = batch.memory();
        int head = first[lane];
        int bytes = batch.length(index) - headers[lane];
        if (parts[lane] == 1) {
            batch.setSegmentSize(head, payload[lane]);
            joined[joinedCount++] = head;
            segments++;
        }
        segments++;
        boolean ends = bytes < batch.segmentSize(head);
        if (batch.protocol(index) == IpProtocol.TCP) {
            int ending = TcpHeader.flags(memory, batch.transport(index)) & LAST_ONLY;
            if (ending != 0) {
                int transport = batch.transport(head);
                TcpHeader.setFlags(memory, transport, TcpHeader.flags(memory, transport) | ending);
                ends = true;
            }
        }
        batch.strip(index, headers[lane]);
        batch.join(head, last[lane], index);
        last[lane] = index;
        parts[lane]++;
        payload[lane] += bytes;
        nextSequence[lane] += bytes;
        nextIdentification[lane] = nextIdentification[lane] + 1 & 0xffff;
        if (ends) {
            first[lane] = PacketBatch.NO_PACKET;
        }
    }

    private void open(PacketBatch batch, int index, int lane, int bytesBefore, int vni) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int transport = batch.transport(index);
        boolean tcp = batch.protocol(index) == IpProtocol.TCP;
        if (tcp && (TcpHeader.flags(memory, transport) & LAST_ONLY) != 0) {
            first[lane] = PacketBatch.NO_PACKET;
            return;
        }
        first[lane] = index;
        last[lane] = index;
        parts[lane] = 1;
        network[lane] = vni;
        headers[lane] = bytesBefore;
        verified[lane] = false;
        payload[lane] = batch.length(index) - bytesBefore;
        nextSequence[lane] = tcp ? TcpHeader.sequence(memory, transport) + payload[lane] : 0;
        nextIdentification[lane] =
                IpHeader.version(memory, ip) == 4 ? Ipv4Header.identification(memory, ip) + 1 & 0xffff : 0;
    }

    /** Completes the headers of all super-packets that came to be. Their transport checksums are partial, as a device takes them. */
    public void finish(PacketBatch batch) {
        Memory memory = batch.memory();
        for (int i = 0; i < joinedCount; i++) {
            int head = joined[i];
            int ip = batch.start(head);
            int transport = batch.transport(head);
            int total = batch.totalLength(head);
            int transportBytes = total - (transport - ip);
            if (IpHeader.version(memory, ip) == 4) {
                Ipv4Header.setTotalLength(memory, ip, total);
            } else {
                Ipv6Header.setPayloadLength(memory, ip, transportBytes);
            }
            int protocol = batch.protocol(head);
            int partial = InternetChecksum.partial(InternetChecksum.pseudoHeader(memory, ip, protocol, transportBytes));
            if (protocol == IpProtocol.TCP) {
                TcpHeader.setChecksum(memory, transport, partial);
                batch.setChecksumPartial(head, transport, transport + TcpHeader.CHECKSUM);
            } else {
                UdpHeader.setDatagramLength(memory, transport, transportBytes);
                UdpHeader.setChecksum(memory, transport, partial);
                batch.setChecksumPartial(head, transport, transport + UdpHeader.CHECKSUM);
            }
        }
    }

    /** Segments of this batch that were joined. */
    public long joinedSegments() {
        return segments;
    }
}
