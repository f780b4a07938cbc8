package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backend of one service as the data path knows it: by a number that no other ever gets. What it counts is shared by all snapshots that it is
 * part of; the rest is immutable.
 *
 * @param id its number
 * @param serviceId the number of the service it stands behind
 * @param backend what it is
 * @param isGone whether it has left, and is here only because flows of its are
 * @param flows how many there are. Written by whoever has the flow's shard
 */
record Member(int id, int serviceId, Backend backend, boolean isGone, AtomicInteger flows) {
    static Member create(int id, int serviceId, Backend backend) {
        return new Member(id, serviceId, backend, false, new AtomicInteger());
    }

    Member as(Backend changed) {
        return backend.equals(changed) ? this : new Member(id, serviceId, changed, false, flows);
    }

    Member gone() {
        return new Member(id, serviceId, backend, true, flows);
    }

    /** Whether it can be the same with changes: flows go to an address, so one with other addresses is another. */
    boolean isSame(Backend other) {
        return backend.name().equals(other.name()) && backend.addresses().equals(other.addresses());
    }

    boolean takesNewFlows(boolean ipv4) {
        return isSound() && backend.address(ipv4) != null;
    }

    /** Whether its flows go on for as long as nothing changes. */
    boolean isSound() {
        return !isGone && backend.state() == Backend.State.HEALTHY;
    }

    /** Whether its flows are to end: it has failed or left, or its time to drain is over. */
    boolean isLost(long nowNanos) {
        return isGone
                || switch (backend.state()) {
                    case HEALTHY -> false;
                    case DRAINING -> nowNanos - backend.drainUntilNanos() >= 0;
                    case UNHEALTHY -> true;
                };
    }

    IpAddress address(boolean ipv4) {
        IpAddress address = backend.address(ipv4);
        if (address == null) {
            throw new IllegalStateException("backend \"" + backend.name() + "\" has no such address");
        }
        return address;
    }
}
