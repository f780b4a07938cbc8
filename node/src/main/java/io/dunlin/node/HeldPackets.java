package io.dunlin.node;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Memory;

/**
 * Packets of encrypted networks that cannot be sealed yet, as there is no security association with their VTEP: a queue, bounded in packets,
 * bytes and time. A node that starts, or comes back after a pause, is talked to before it has agreed on keys, and a moment later it has. They lie
 * here as they are and leave only by {@link #take}, to be sealed.
 *
 * <p>One ring of bytes for all VTEPs, in the order of arrival, which is also the order in which time runs out. What leaves from its middle leaves
 * a gap until all before it has left. Rejected: a queue for each VTEP, whose memory would have to be found or shared out; who looks for a VTEP's
 * packets here looks at {@value #MAX_PACKETS} at most, and only while there is no association.
 *
 * <p>Worker's thread. The memory is taken when the first packet is held; after that nothing is allocated.
 */
final class HeldPackets {
    private static final Memory NONE = Memory.of(new byte[0]);

    /** A second: keys are agreed on within some round trips and a tick or two, and TCP has said its SYN again by then. */
    static final long MAX_AGE_NANOS = 1_000_000_000;

    /** For one VTEP: the first packets of each of its endpoints' flows, or one super-packet, and not a stream. */
    static final int MAX_PACKETS_PER_PEER = 128;

    static final int MAX_BYTES_PER_PEER = 128 << 10;

    /** For all VTEPs of a worker. */
    static final int MAX_PACKETS = 1024;

    static final int MAX_BYTES = 1 << 20;

    // a ring; what is held lies between first and first + count
    private final long[] peerHigh = new long[MAX_PACKETS];
    private final long[] peerLow = new long[MAX_PACKETS];
    private final long[] sinceNanos = new long[MAX_PACKETS];
    private final int[] offset = new int[MAX_PACKETS];
    private final int[] length = new int[MAX_PACKETS];
    private final int[] flow = new int[MAX_PACKETS];
    private final boolean[] hasLeft = new boolean[MAX_PACKETS];
    private int first;
    private int count;

    private Memory memory = NONE;

    /** Where the next packet's bytes go, unless it has to begin anew at 0. */
    private int end;

    boolean isEmpty() {
        return count == 0;
    }

    /** When the first packet's time is over; of no meaning if it is empty. */
    long dueNanos() {
        return sinceNanos[first] + MAX_AGE_NANOS;
    }

    /**
     * Takes a copy of a packet that begins with its VXLAN header, of each segment if it is cut: of all of it, or of nothing.
     *
     * @return false if there is no room for it
     */
    boolean hold(PacketBatch batch, int index, long nowNanos) {
        int segments = batch.segments(index);
        if (!allows(batch.peerHigh(index), batch.peerLow(index), segments, batch.totalLength(index))) {
            return false;
        }
        int countBefore = count;
        int endBefore = end;
        for (int k = 0; k < segments; k++) {
            boolean cut = batch.isCut(index);
            int bytes = cut ? batch.headLength(index) + batch.bodyLength(index, k) : batch.length(index);
            int at = place(bytes);
            if (at < 0) {
                count = countBefore;
                end = endBefore;
                return false;
            }
            add(batch, index, at, bytes, nowNanos);
            if (cut) {
                batch.memory().copyTo(memory, batch.head(index, k), at, batch.headLength(index));
                batch.memory()
                        .copyTo(memory, batch.body(index, k), at + batch.headLength(index), batch.bodyLength(index, k));
            } else {
                batch.memory().copyTo(memory, batch.start(index), at, bytes);
            }
        }
        return true;
    }

    private boolean allows(long high, long low, int packets, int bytes) {
        int ofPeer = packets;
        int bytesOfPeer = bytes;
        for (int i = 0; i < count; i++) {
            int at = first + i & MAX_PACKETS - 1;
            if (!hasLeft[at] && peerLow[at] == low && peerHigh[at] == high) {
                ofPeer++;
                bytesOfPeer += length[at];
            }
        }
        return ofPeer <= MAX_PACKETS_PER_PEER && bytesOfPeer <= MAX_BYTES_PER_PEER && count + packets <= MAX_PACKETS;
    }

    /** Where so many bytes can lie in one piece; -1: nowhere. */
    private int place(int bytes) {
        if (count == 0) {
            return 0;
        }
        int begin = offset[first];
        if (end <= begin) { // it has begun anew at 0
            return end + bytes <= begin ? end : -1;
        }
        if (end + bytes <= MAX_BYTES) {
            return end;
        }
        return bytes <= begin ? 0 : -1;
    }

    private void add(PacketBatch batch, int index, int at, int bytes, long nowNanos) {
        if (memory == NONE) {
            memory = Memory.allocate(MAX_BYTES);
        }
        int entry = first + count & MAX_PACKETS - 1;
        peerHigh[entry] = batch.peerHigh(index);
        peerLow[entry] = batch.peerLow(index);
        flow[entry] = batch.flow(index);
        sinceNanos[entry] = nowNanos;
        offset[entry] = at;
        length[entry] = bytes;
        hasLeft[entry] = false;
        end = at + bytes;
        count++;
    }

    /** Moves packets for which there is an association now into a batch, in the order they came, until it is full. */
    void take(PacketBatch into, EspContexts contexts) {
        for (int i = 0; i < count && !into.isFull(); i++) {
            int at = first + i & MAX_PACKETS - 1;
            if (!hasLeft[at] && contexts.outbound(peerHigh[at], peerLow[at]) != null) {
                memory.copyTo(into.memory(), offset[at], into.nextStart(), length[at]);
                int index = into.append(length[at]);
                into.setPeer(index, peerHigh[at], peerLow[at]);
                into.setFlow(index, flow[at]);
                hasLeft[at] = true;
            }
        }
        closeGaps();
    }

    /**
     * Gives up packets whose time is over.
     *
     * @return how many
     */
    int expire(long nowNanos) {
        int expired = 0;
        while (count > 0 && nowNanos - dueNanos() >= 0) {
            hasLeft[first] = true;
            expired++;
            closeGaps();
        }
        return expired;
    }

    private void closeGaps() {
        while (count > 0 && hasLeft[first]) {
            first = first + 1 & MAX_PACKETS - 1;
            count--;
        }
    }
}
