package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import org.jspecify.annotations.Nullable;

/** A batch with one packet in it, for tests of a stage. The slot around the packet is full of garbage, which nobody may mistake for it. */
final class OnePacket implements AutoCloseable {
    final PacketBatch batch = new PacketBatch(1, 65_535);

    OnePacket(byte[] packet) {
        put(packet);
    }

    void put(byte[] packet) {
        batch.clear();
        batch.memory().segment().fill((byte) 0xa5);
        batch.memory().put(batch.nextStart(), packet);
        batch.append(packet.length);
    }

    /** What becomes of a packet in {@link IpCheck}; null if it passes. */
    static @Nullable DropReason check(byte[] packet) {
        try (var one = new OnePacket(packet)) {
            IpCheck.check(one.batch, 0);
            return one.batch.dropReason(0);
        }
    }

    /** A packet that passed {@link IpCheck}. */
    static OnePacket checked(byte[] packet) {
        var one = new OnePacket(packet);
        IpCheck.check(one.batch, 0);
        if (one.batch.isDropped(0)) {
            one.close();
            throw new AssertionError("dropped: " + one.batch.dropReason(0));
        }
        return one;
    }

    byte[] bytes() {
        return slice(batch.start(0), batch.length(0));
    }

    byte[] slice(int at, int length) {
        return batch.memory().toArray(at, length);
    }

    @Override
    public void close() {
        batch.close();
    }
}
