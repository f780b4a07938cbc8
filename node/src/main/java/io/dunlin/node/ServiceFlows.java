package io.dunlin.node;

import io.dunlin.lb.FlowTable;
import io.dunlin.lb.ServiceTable;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the workers of a node share to balance services.
 *
 * @param flows which backend each flow was given
 * @param table published with release, read with acquire for each packet to a service
 * @param networks that it is looked at for at all
 */
record ServiceFlows(FlowTable flows, AtomicReference<ServiceTable> table, ServedNetworks networks) {
    /** For paths that have no services. */
    static ServiceFlows none() {
        return new ServiceFlows(
                new FlowTable(FlowTable.LEAST_FLOWS, () -> 0),
                new AtomicReference<>(ServiceTable.empty("none")),
                new ServedNetworks());
    }
}
