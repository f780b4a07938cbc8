package io.dunlin.node;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.List;

/**
 * A service that this node tells of. {@link #close} ends that; it is a service for as long as another node tells of it. Its backends are endpoints
 * of any node that carry its name ({@link EndpointSpec#service}). Any thread.
 */
public final class OverlayService implements AutoCloseable {
    private final NetworkServices owner;

    /** Under the node's lock; another, if an elder one of the same name is heard of. */
    private ServiceRecord record;

    OverlayService(NetworkServices owner, ServiceRecord record) {
        this.owner = owner;
        this.record = record;
    }

    public String name() {
        return spec().name();
    }

    /** With the virtual IPs that it has. */
    public ServiceSpec spec() {
        return record().spec();
    }

    /** Its virtual IPs; none if its names lead to the backends themselves. */
    public List<IpAddress> vips() {
        return spec().vips();
    }

    ServiceRecord record() {
        synchronized (owner.lock()) {
            return record;
        }
    }

    /** Under the node's lock. */
    void become(ServiceRecord elder) {
        record = elder;
    }

    /** This node tells of it no more: unless others do, its virtual IPs are free, and its flows end. Idempotent. */
    @Override
    public void close() {
        owner.remove(this);
    }
}
