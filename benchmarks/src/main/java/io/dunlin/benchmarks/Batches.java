package io.dunlin.benchmarks;

import io.dunlin.vxlan.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Puts prepared packets into a batch. */
public final class Batches {
    private Batches() {}

    /**
     * Appends a packet.
     *
     * @return its index
     */
    public static int add(PacketBatch batch, byte[] packet) {
        MemorySegment.copy(packet, 0, batch.memory(), ValueLayout.JAVA_BYTE, batch.nextStart(), packet.length);
        return batch.append(packet.length);
    }
}
