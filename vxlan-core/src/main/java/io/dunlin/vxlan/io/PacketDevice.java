package io.dunlin.vxlan.io;

import io.dunlin.vxlan.packet.PacketBatch;
import java.io.IOException;

/**
 * A layer-3 network device: IPv4 and IPv6 packets without a link header. {@link #receive} is called by one worker's thread alone; so is
 * {@link #send}, but for a device that several workers share. Neither blocks.
 */
public interface PacketDevice extends Pollable, AutoCloseable {
    /** The device's name, for people: an interface's name, or one the embedding program chose. */
    String name();

    /**
     * Appends packets the workload sent to the batch, until there are no more or the batch is full. There may be super-packets among
     * them, and packets with a partial checksum: as the device says, which {@link io.dunlin.vxlan.Segmenter#check} has to verify.
     *
     * @return how many were appended
     * @throws IOException the device is gone
     */
    int receive(PacketBatch batch) throws IOException;

    /**
     * Whether it takes super-packets of that transport protocol, TCP or UDP, as they are. One that does not is given them {@linkplain
     * PacketBatch#cut cut}.
     */
    boolean takesSuperPackets(int protocol);

    /** Whether it takes packets whose checksum is {@linkplain PacketBatch#isChecksumPartial partial}. */
    boolean takesPartialChecksums();

    /**
     * Hands packets {@code from} (inclusive) to {@code to} (exclusive) to the workload, but for those that are dropped already. Of one
     * that is {@linkplain PacketBatch#isCut cut} these are its segments; a {@linkplain PacketBatch#isPart part} goes with its first. What the
     * device does not take is marked as dropped ({@code DEVICE_FULL}, {@code DEVICE_DOWN}, {@code DEVICE_REFUSED}).
     */
    void send(PacketBatch batch, int from, int to);

    /** Queues it has: with several, each worker has one for itself, and a flow keeps to one; with 1, all workers send to the same. */
    default int queues() {
        return 1;
    }

    /** The device as worker {@code number} is to use it, which alone may do so where there are several. */
    default PacketDevice queue(int number) {
        return this;
    }

    /** Ends the device, with all its queues. The worker must have let go of it. Idempotent. */
    @Override
    void close();
}
