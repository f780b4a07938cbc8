package io.dunlin.node;

import io.dunlin.benchmarks.Batches;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.packet.PacketBatch;

/**
 * A device that receives the same packet over and over, and takes every packet. The bytes are written into the one batch it may be used
 * with the first time only, as no stage changes them: what is measured is the path, not the copy.
 */
final class ReplayDevice implements PacketDevice {
    private static final int TCP_CHECKSUM = 16;

    private final byte[] packet;
    private final int segmentSize;
    private final int checksumFrom;
    private int written;

    /** How many packets the next call of {@link #receive} finds. */
    int waiting;

    ReplayDevice(byte[] packet) {
        this(packet, 0, 0);
    }

    /**
     * @param segmentSize of a TCP super-packet; 0: it is an ordinary packet
     * @param checksumFrom bytes before its TCP header
     */
    ReplayDevice(byte[] packet, int segmentSize, int checksumFrom) {
        this.packet = packet;
        this.segmentSize = segmentSize;
        this.checksumFrom = checksumFrom;
    }

    @Override
    public String name() {
        return "replay";
    }

    @Override
    public int descriptor() {
        return NO_DESCRIPTOR;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void signalTo(Signal signal) {}

    @Override
    public int receive(PacketBatch batch) {
        for (int i = 0; i < waiting; i++) {
            if (i < written) {
                batch.append(packet.length);
            } else {
                Batches.add(batch, packet);
                written++;
            }
            if (segmentSize > 0) {
                batch.setSegmentSize(i, segmentSize);
                batch.setChecksumPartial(
                        i, batch.start(i) + checksumFrom, batch.start(i) + checksumFrom + TCP_CHECKSUM);
            }
        }
        return waiting;
    }

    /** Only if it sends some itself: otherwise packets are to stay apart. */
    @Override
    public boolean takesSuperPackets(int protocol) {
        return segmentSize > 0;
    }

    @Override
    public boolean takesPartialChecksums() {
        return true;
    }

    @Override
    public void send(PacketBatch batch, int from, int to) {}

    @Override
    public void close() {}
}
