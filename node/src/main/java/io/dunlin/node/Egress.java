package io.dunlin.node;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import org.jspecify.annotations.Nullable;

/**
 * The last stage of both paths: hands each packet to the device or the socket that a stage before chose for it, in runs of neighbours
 * with one goal, and counts what became of the batch. Worker's thread.
 */
final class Egress {
    private static final byte LEAVES = 0;
    private static final byte WAITS = 1;
    private static final byte USED_UP = 2;

    private final int worker;
    private final UdpBatchSocket underlay;
    private final EspOutbound esp;
    private final Counters counters;

    /**
     * The endpoint each packet goes to; null: the underlay. No devices: what is stored in an array of an interface is checked each time,
     * and C2's first guess at that check is wrong, so that it compiles the whole path twice.
     */
    private final Route.@Nullable Local[] goal;

    /** Each packet's; those that do not leave go nowhere, and are not lost. */
    private final byte[] fate;

    Egress(int worker, UdpBatchSocket underlay, EspOutbound esp, Counters counters, int capacity) {
        this.worker = worker;
        this.underlay = underlay;
        this.esp = esp;
        this.counters = counters;
        this.goal = new Route.Local[capacity];
        this.fate = new byte[capacity];
    }

    void toDevice(int index, Route.Local endpoint) {
        goal[index] = endpoint;
        fate[index] = LEAVES;
    }

    /** The packet was for the node itself, which has what it wants of it. */
    void useUp(int index) {
        goal[index] = null;
        fate[index] = USED_UP;
    }

    /** The only way to the underlay. A packet of an encrypted network is sealed here, held back, or dropped. */
    void toUnderlay(PacketBatch batch, int index, ForwardingTable.Network network, long nowNanos) {
        if (network.isEncrypted()) {
            sealToUnderlay(batch, index, nowNanos);
        } else {
            goal[index] = null;
            fate[index] = LEAVES;
        }
    }

    /** The same for what is of an encrypted network for sure. */
    void sealToUnderlay(PacketBatch batch, int index, long nowNanos) {
        goal[index] = null;
        fate[index] = esp.seal(batch, index, nowNanos) ? LEAVES : WAITS;
    }

    /** Whether the packet waits for a security association. */
    boolean isHeld(int index) {
        return fate[index] == WAITS;
    }

    /** Whether it was for the node itself, and nothing became of it. */
    boolean isUsedUp(int index) {
        return fate[index] == USED_UP;
    }

    /** Sends all packets that live, and counts all. */
    void flush(PacketBatch batch) {
        int count = batch.count();
        int from = 0;
        while (from < count) {
            if (batch.isDropped(from) || batch.isPart(from) || fate[from] != LEAVES) {
                from++;
                continue;
            }
            Route.Local endpoint = goal[from];
            int to = from + 1;
            while (to < count && (batch.isDropped(to) || fate[to] == LEAVES && isSame(goal[to], endpoint))) {
                to++; // parts go where their first goes
            }
            if (endpoint == null) {
                underlay.send(batch, from, to);
            } else {
                PacketDevice device = endpoint.device().queue(worker);
                adapt(batch, from, to, device);
                device.send(batch, from, to);
            }
            from = to;
        }
        count(batch);
    }

    /** Does for a device what it cannot do itself. */
    private static void adapt(PacketBatch batch, int from, int to, PacketDevice device) {
        for (int i = from; i < to; i++) {
            if (batch.isDropped(i)) {
                continue;
            }
            if (batch.isSuperPacket(i)) {
                if (!device.takesSuperPackets(batch.protocol(i))) {
                    Segmenter.cut(batch, i, 0);
                }
            } else if (!device.takesPartialChecksums()) {
                Segmenter.completeChecksum(batch, i);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a device is an identity
    private static boolean isSame(Route.@Nullable Local one, Route.@Nullable Local other) {
        return one == other || one != null && other != null && one.device() == other.device();
    }

    private void count(PacketBatch batch) {
        long devicePackets = 0;
        long deviceBytes = 0;
        long underlayPackets = 0;
        long underlayBytes = 0;
        long cut = 0;
        for (int i = 0; i < batch.count(); i++) {
            DropReason reason = batch.dropReason(i);
            boolean first = !batch.isPart(i) && fate[i] == LEAVES; // the others of a super-packet are counted with it
            if (reason != null) {
                counters.drop(reason);
            } else if (first && goal[i] == null) {
                underlayPackets += batch.segments(i);
                underlayBytes += batch.totalLength(i);
                cut += batch.isCut(i) ? batch.segments(i) : 0;
            } else if (first) {
                devicePackets++;
                deviceBytes += batch.totalLength(i);
            }
        }
        if (cut > 0) {
            counters.add(Counter.SEGMENTS_CUT, cut);
        }
        if (underlayPackets > 0) {
            counters.add(Counter.UNDERLAY_SENT_PACKETS, underlayPackets);
            counters.add(Counter.UNDERLAY_SENT_BYTES, underlayBytes);
        }
        if (devicePackets > 0) {
            counters.add(Counter.DEVICE_SENT_PACKETS, devicePackets);
            counters.add(Counter.DEVICE_SENT_BYTES, deviceBytes);
        }
    }
}
