package io.dunlin.node;

import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.EspRoom;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;

/**
 * The stage that seals packets of encrypted networks, each segment of a super-packet by itself: ESP in transport mode around the UDP datagram
 * that VXLAN is (RFC 4303 section 3.1.1). A packet stays where it lies; segments are written elsewhere, side by side, as they are
 * encrypted: there is no other pass over their payload. What it cannot seal it holds back for a moment ({@link HeldPackets}) or drops: nothing
 * goes on in the clear. Worker's thread; allocates nothing but what the engine does.
 */
final class EspOutbound {
    /** Where the inner datagram goes (RFC 7348 section 8.2). */
    private static final int VXLAN_PORT = NodeConfig.VXLAN_PORT;

    /** Source ports are the dynamic ones (RFC 7348 section 5). */
    private static final int FIRST_SOURCE_PORT = 49_152;

    private static final int SOURCE_PORTS = 16_384;

    private final EspContexts contexts;
    private final Counters counters;

    EspOutbound(EspContexts contexts, Counters counters) {
        this.contexts = contexts;
        this.counters = counters;
    }

    /**
     * Seals a packet that begins with its VXLAN header, for its peer, or all segments of a super-packet that is cut.
     *
     * @return false if there is no association yet, and the packet is held back: it is not to be sent now, and is not lost
     */
    boolean seal(PacketBatch batch, int index, long nowNanos) {
        int datagrams = batch.segments(index);
        EspContexts.Outbound to = contexts.outbound(batch.peerHigh(index), batch.peerLow(index));
        if (to == null) {
            if (contexts.held().hold(batch, index, nowNanos)) {
                counters.add(Counter.ESP_HELD_BACK, datagrams);
                return false;
            }
            batch.drop(index, DropReason.NO_SECURITY_ASSOCIATION);
            return true;
        }
        long sequence = to.seal().take(datagrams);
        if (sequence == 0) {
            batch.drop(index, DropReason.SECURITY_ASSOCIATION_USED_UP);
            return true;
        }
        batch.setPeerPort(index, to.port());
        int sourcePort = sourcePort(batch.flow(index));
        if (!batch.isCut(index)) {
            int packet = batch.length(index);
            int at = batch.prepend(index, EspRoom.BEFORE);
            batch.resize(index, EspRoom.sealed(packet));
            seal(to.seal(), batch.memory(), at + EspHeader.LENGTH, packet, at, sourcePort, sequence);
        } else {
            sealSegments(to.seal(), batch, index, sourcePort, sequence);
        }
        counters.add(Counter.ESP_SEALED, datagrams);
        return true;
    }

    /**
     * From the first to the last: each segment's head goes before its payload, over what was sealed before, and its trailer behind, over what is the
     * next one's and is put back. So the engine has each in one piece, and does it by one call.
     */
    private static void sealSegments(EspSeal by, PacketBatch batch, int index, int sourcePort, long sequence) {
        Memory memory = batch.memory();
        int datagrams = batch.segments(index);
        int head = batch.headLength(index);
        batch.laySideBySide(
                index,
                EspRoom.sealed(head + batch.segmentSize(index)),
                EspRoom.sealed(head + batch.bodyLength(index, datagrams - 1)));
        for (int k = 0; k < datagrams; k++) {
            int packet = head + batch.bodyLength(index, k);
            int udp = batch.gather(index, k, UdpHeader.LENGTH);
            int end = udp + UdpHeader.LENGTH + packet;
            long behind = memory.hostI64(end);
            seal(by, memory, udp, packet, batch.datagram(index, k), sourcePort, sequence + k);
            memory.hostI64(end, behind);
        }
    }

    /** @param udp where the inner UDP header goes, with the packet behind it; {@code to}: where ESP begins */
    private static void seal(EspSeal by, Memory memory, int udp, int packet, int to, int sourcePort, long sequence) {
        int length = UdpHeader.LENGTH + packet;
        UdpHeader.writeUnsummed(memory, udp, sourcePort, VXLAN_PORT, length);
        by.seal(memory, udp, length, to, sequence, IpProtocol.UDP);
    }

    private static int sourcePort(int flow) {
        return FIRST_SOURCE_PORT + ((flow ^ flow >>> 16) & SOURCE_PORTS - 1);
    }
}
