package io.dunlin.benchmarks;

import io.dunlin.vxlan.packet.PacketBatch;

/** Puts prepared packets into a batch. */
public final class Batches {
    private Batches() {}

    /**
     * Appends a packet.
     *
     * @return its index
     */
    public static int add(PacketBatch batch, byte[] packet) {
        batch.memory().put(batch.nextStart(), packet);
        return batch.append(packet.length);
    }
}
