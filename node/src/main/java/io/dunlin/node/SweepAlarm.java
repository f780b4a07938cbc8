package io.dunlin.node;

import io.dunlin.lb.FlowSweep;
import io.dunlin.vxlan.ForwardingTable;
import java.util.concurrent.atomic.AtomicReference;

/**
 * When the flows of services are to be gone through: each second, and as soon as services change, slice by slice, so that packets do not wait for a
 * whole round. On one worker of a node.
 */
final class SweepAlarm implements Worker.Alarm {
    private final ServiceFlows shared;
    private final FlowSweep sweep;
    private final OutboundPath outbound;
    private final AtomicReference<ForwardingTable> routes;

    /** When it was asked last: what is due at once has been due since. */
    private long rangNanos;

    SweepAlarm(
            ServiceFlows shared,
            OutboundPath outbound,
            int batchCapacity,
            AtomicReference<ForwardingTable> routes,
            long nowNanos) {
        this.shared = shared;
        this.sweep = new FlowSweep(shared.flows(), shared.table(), batchCapacity);
        this.outbound = outbound;
        this.routes = routes;
        this.rangNanos = nowNanos;
    }

    @Override
    public boolean isSet() {
        return !shared.networks().isEmpty();
    }

    @Override
    public long dueNanos() {
        return sweep.dueNanos(rangNanos);
    }

    @Override
    public void ring(long nowNanos) {
        rangNanos = nowNanos;
        outbound.sendResets(sweep, routes.getAcquire(), nowNanos);
    }
}
