package io.dunlin.vxlan.io;

import io.dunlin.vxlan.packet.PacketBatch;
import java.io.IOException;

/**
 * A layer-3 network device: IPv4 and IPv6 packets without a link header. {@link #receive} and {@link #send} are called by the worker's
 * thread alone and never block.
 */
public interface PacketDevice extends Pollable, AutoCloseable {
    /** The device's name, for people: an interface's name, or one the embedding program chose. */
    String name();

    /**
     * Appends packets the workload sent to the batch, until there are no more or the batch is full.
     *
     * @return how many were appended
     * @throws IOException the device is gone
     */
    int receive(PacketBatch batch) throws IOException;

    /**
     * Hands packets {@code from} (inclusive) to {@code to} (exclusive) to the workload, but for those that are dropped already. What the
     * device does not take is marked as dropped ({@code DEVICE_FULL}, {@code DEVICE_DOWN}, {@code DEVICE_REFUSED}).
     */
    void send(PacketBatch batch, int from, int to);

    /** Ends the device. The worker must have let go of it. Idempotent. */
    @Override
    void close();
}
