package io.dunlin.node;

import io.dunlin.vxlan.ForwardingTable;
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
    private final int worker;
    private final UdpBatchSocket underlay;
    private final EspOutbound esp;
    private final Counters counters;

    /** The device each packet goes to; null: the underlay. */
    private final @Nullable PacketDevice[] device;

    /** Packets that go nowhere now, and are not lost. */
    private final boolean[] held;

    Egress(int worker, UdpBatchSocket underlay, EspOutbound esp, Counters counters, int capacity) {
        this.worker = worker;
        this.underlay = underlay;
        this.esp = esp;
        this.counters = counters;
        this.device = new PacketDevice[capacity];
        this.held = new boolean[capacity];
    }

    void toDevice(int index, PacketDevice goal) {
        device[index] = goal.queue(worker);
        held[index] = false;
    }

    /** The only way to the underlay. A packet of an encrypted network is sealed here, held back, or dropped. */
    void toUnderlay(PacketBatch batch, int index, ForwardingTable.Network network, long nowNanos) {
        if (network.isEncrypted()) {
            sealToUnderlay(batch, index, nowNanos);
        } else {
            device[index] = null;
            held[index] = false;
        }
    }

    /** The same for what is of an encrypted network for sure. */
    void sealToUnderlay(PacketBatch batch, int index, long nowNanos) {
        device[index] = null;
        held[index] = !esp.seal(batch, index, nowNanos);
    }

    /** Whether the packet waits for a security association. */
    boolean isHeld(int index) {
        return held[index];
    }

    /** Sends all packets that live, and counts all. */
    void flush(PacketBatch batch) {
        int count = batch.count();
        int from = 0;
        while (from < count) {
            if (batch.isDropped(from) || batch.isPart(from) || held[from]) {
                from++;
                continue;
            }
            PacketDevice goal = device[from];
            int to = from + 1;
            while (to < count && (batch.isDropped(to) || !held[to] && isSame(device[to], goal))) {
                to++; // parts go where their first goes
            }
            if (goal == null) {
                underlay.send(batch, from, to);
            } else {
                adapt(batch, from, to, goal);
                goal.send(batch, from, to);
            }
            from = to;
        }
        count(batch);
    }

    /** Does for a device what it cannot do itself. */
    private static void adapt(PacketBatch batch, int from, int to, PacketDevice goal) {
        for (int i = from; i < to; i++) {
            if (batch.isDropped(i)) {
                continue;
            }
            if (batch.isSuperPacket(i)) {
                if (!goal.takesSuperPackets(batch.protocol(i))) {
                    Segmenter.cut(batch, i, 0);
                }
            } else if (!goal.takesPartialChecksums()) {
                Segmenter.completeChecksum(batch, i);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a device is an identity
    private static boolean isSame(@Nullable PacketDevice one, @Nullable PacketDevice other) {
        return one == other;
    }

    private void count(PacketBatch batch) {
        long devicePackets = 0;
        long deviceBytes = 0;
        long underlayPackets = 0;
        long underlayBytes = 0;
        long cut = 0;
        for (int i = 0; i < batch.count(); i++) {
            DropReason reason = batch.dropReason(i);
            boolean first = !batch.isPart(i) && !held[i]; // the others of a super-packet are counted with it
            if (reason != null) {
                counters.drop(reason);
            } else if (first && device[i] == null) {
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
