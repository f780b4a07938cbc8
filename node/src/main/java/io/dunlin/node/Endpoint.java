package io.dunlin.node;

import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.PacketDevice;
import java.io.IOException;

/** An endpoint on this node. {@link #close} detaches it: its device and its routes vanish. Any thread. */
public final class Endpoint implements AutoCloseable {
    private final OverlayNetwork network;
    private final EndpointSpec spec;
    private final PacketDevice device;
    private final EndpointHealth health;

    /** What is told of it. Under the node's lock. */
    private EndpointRecord record;

    Endpoint(OverlayNetwork network, EndpointSpec spec, PacketDevice device, EndpointRecord record) {
        this.record = record;
        this.network = network;
        this.spec = spec;
        this.device = device;
        this.health = new EndpointHealth(
                network.node().platform(), spec, () -> network.services().found(this));
    }

    public EndpointSpec spec() {
        return spec;
    }

    /**
     * The packets of an endpoint that was attached {@link EndpointSpec#inMemory in memory}.
     *
     * @throws IllegalStateException if the endpoint has a TUN device
     */
    public MemoryDevice packets() {
        if (device instanceof MemoryDevice memory) {
            return memory;
        }
        throw new IllegalStateException("endpoint \"" + spec.name() + "\" has the device " + device.name()
                + ": only an endpoint that is inMemory() is read and written by the program");
    }

    /** What is told of it. Under the node's lock. */
    EndpointRecord record() {
        return record;
    }

    /** Something else is told of it. Under the node's lock. */
    void become(EndpointRecord changed) {
        record = changed;
    }

    /** Under the node's lock. */
    EndpointHealth health() {
        return health;
    }

    PacketDevice device() {
        return device;
    }

    /** Detaches it. Idempotent. */
    @Override
    public void close() throws IOException {
        network.detach(this);
    }
}
